"""GET /accounts/{id}/creator-info: what TikTok wants shown before each post, through the sandbox."""

from typing import Any

from shells.cli.demonstration.visitor import Consent, Visitor
from tests.running import Running
from tests.web.test_content import FACEBOOK, refusal


def creator(visitor: Visitor, person: str) -> str:
    (account,) = visitor.link(Consent(platform="tiktok", person=person))
    return f"/accounts/{account['id']}/creator-info"


def test_what_a_creator_may_do(visitor: Visitor) -> None:
    info: dict[str, Any] = visitor.get(creator(visitor, "o-ben"))
    assert (info["applicable"], info["nickname"], info["username"]) == (True, "Ben", "ben")
    assert "PUBLIC_TO_EVERYONE" in info["privacy_levels"]
    assert (info["comment_disabled"], info["duet_disabled"]) == (True, False)
    assert info["video_duration_ms_max"] > 0


def test_a_private_creator_offers_other_audiences(visitor: Visitor) -> None:
    info = visitor.get(creator(visitor, "o-cleo"))
    assert "PUBLIC_TO_EVERYONE" not in info["privacy_levels"]
    assert info["duet_disabled"]
    assert info["stitch_disabled"]


def test_it_is_kept_for_a_while(running: Running, visitor: Visitor) -> None:
    path = creator(visitor, "o-ben")
    first = visitor.get(path)
    running.faults({"platform": "tiktok", "call": "creator_info", "kind": "error_before", "count": 100})
    assert visitor.get(path) == first


def test_who_may_not_post_now_is_told_so(visitor: Visitor) -> None:
    for person in ("o-dora", "o-eve"):
        status, problem = refusal(visitor, "GET", creator(visitor, person))
        assert (status, problem["code"].startswith("creator_")) == (409, True), person
        assert problem["detail"]


def test_elsewhere_it_does_not_apply_and_nobody_elses_is_told(running: Running, visitor: Visitor) -> None:
    (page,) = visitor.link(FACEBOOK)
    assert visitor.get(f"/accounts/{page['id']}/creator-info")["applicable"] is False
    stranger = running.visitor()
    assert refusal(stranger, "GET", creator(visitor, "o-ben"))[0] == 404
    stranger.close()
