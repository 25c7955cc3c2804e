"""What nobody could confirm: shown with what is known and where to look, and settled by its person alone."""

from typing import Any

import pytest

from shells.cli.demonstration.visitor import Consent, Visitor
from tests.running import Running
from tests.web.test_content import refusal

MEMBER = Consent(platform="linkedin", person="ada-li", accounts=("ada-li",))


def unconfirmed(running: Running, visitor: Visitor, text: str, kind: str) -> dict[str, Any]:
    """A post on a LinkedIn member, whose posts no app may read, with its answer lost."""
    (account,) = visitor.link(MEMBER)
    assert account["platform"] == "linkedin"
    running.faults({"platform": "linkedin", "call": "create", "kind": kind, "count": 1})
    saved = visitor.save(body=text)
    found = visitor.outcomes([saved["id"]], timeout_s=90, progress=lambda done, total: None)[saved["id"]]
    (delivery,) = found["deliveries"]
    assert (delivery["status"], delivery["unconfirmed"]) == ("failed", True)
    return dict(delivery)


def test_it_says_what_is_known_and_where_to_look(running: Running, visitor: Visitor) -> None:
    delivery = unconfirmed(running, visitor, "Seen by its reader alone", "drop_after")
    assert delivery["actions"] == ["look", "resolve"]
    assert delivery["sent_at"]
    assert delivery["last_error"]["kind"] == "unconfirmed"
    page = visitor._client.get(delivery["look_url"])
    assert "Seen by its reader alone" in page.text
    status, problem = refusal(visitor, "POST", f"/deliveries/{delivery['id']}/retry")
    assert status == 409
    assert "look" in problem["detail"].lower()
    bulk = visitor.send("POST", f"/content/{delivery['content_id']}/retry")
    assert (bulk["again"], list(bulk["skipped"])) == ([], [delivery["id"]])
    (post,) = running.posts("Seen by its reader alone")
    settled = visitor.send(
        "POST", f"/deliveries/{delivery['id']}/resolve", json={"outcome": "posted", "external_post_id": post["post_id"]}
    )
    assert (settled["status"], settled["external_post_id"], settled["actions"]) == ("success", post["post_id"], [])
    assert refusal(visitor, "POST", f"/deliveries/{delivery['id']}/resolve", json={"outcome": "not_posted"})[0] == 409
    assert len(running.posts("Seen by its reader alone")) == 1


def test_not_posted_is_sent_again(running: Running, visitor: Visitor) -> None:
    delivery = unconfirmed(running, visitor, "Never arrived", "drop_before")
    visitor.send("POST", f"/deliveries/{delivery['id']}/resolve", json={"outcome": "not_posted"})
    found = visitor.outcomes([delivery["content_id"]], timeout_s=60, progress=lambda done, total: None)
    assert found[delivery["content_id"]]["deliveries"][0]["status"] == "success"
    assert len(running.posts("Never arrived")) == 1


@pytest.mark.parametrize("body", [{"outcome": "perhaps"}, {}, {"outcome": "posted", "external_post_id": ""}, {"outcome": 1}])
def test_other_words_are_refused(running: Running, visitor: Visitor, body: dict[str, Any]) -> None:
    status, _ = refusal(visitor, "POST", "/deliveries/019d3677-9375-787e-82a6-fa3f1a05c47d/resolve", json=body)
    assert status == 422


def test_a_strangers_delivery_is_not_there(running: Running, visitor: Visitor) -> None:
    with_none = refusal(visitor, "POST", "/deliveries/019d3677-9375-787e-82a6-fa3f1a05c47d/resolve", json={"outcome": "posted"})
    assert with_none[0] == 404
