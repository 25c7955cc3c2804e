"""Linking over HTTP, through the sandbox's consent pages."""

from urllib.parse import parse_qs, urlsplit

import pytest

from shells.cli.demonstration.visitor import CONSENTS, Consent, Visitor
from shells.cli.failure import CommandError
from tests.running import Running


def _begin(visitor: Visitor, platform: str) -> str:
    """The state of a round trip under way."""
    answer = visitor._client.get(f"/oauth/{platform}/authorize")
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]


def test_every_platform_links_and_names_its_accounts(visitor: Visitor) -> None:
    for consent in CONSENTS:
        assert visitor.link(consent)
    accounts = visitor.get("/accounts")["accounts"]
    assert {account["platform"] for account in accounts} == {"facebook", "tiktok", "linkedin"}
    assert all(account["is_active"] and account["status"] == "valid" for account in accounts)
    assert all("token" not in key or key == "token_expires_at" for account in accounts for key in account)


def test_one_facebook_consent_links_any_number_of_pages(visitor: Visitor) -> None:
    names = {account["display_name"] for account in visitor.link(Consent(platform="facebook", person="1020"))}
    assert names == {"Ada's Bakery", "Harbour Books"}, "the Page without the right to post is not linked"


def test_a_facebook_user_without_pages_is_told_so(visitor: Visitor) -> None:
    with pytest.raises(CommandError, match="nothing was linked"):
        visitor.link(Consent(platform="facebook", person="1021"))
    assert visitor.get("/accounts")["accounts"] == []


@pytest.mark.parametrize("platform", ["facebook", "tiktok", "linkedin"])
def test_wrong_reused_and_foreign_states_link_nothing(running: Running, visitor: Visitor, platform: str) -> None:
    client = visitor._client
    path = f"/oauth/{platform}/callback"
    for query in ({}, {"state": "made-up", "code": "c"}, {"code": "c"}):
        answer = client.get(path, params=query)
        assert (answer.status_code, answer.json()["code"]) == (400, "state_invalid")
    state = _begin(visitor, platform)
    denied = client.get(path, params={"state": state, "error": "access_denied"})
    assert (denied.status_code, denied.json()["code"]) == (400, "consent_denied")
    assert client.get(path, params={"state": state, "code": "c"}).json()["code"] == "state_invalid"
    stranger = running.visitor()
    foreign = stranger._client.get(path, params={"state": _begin(visitor, platform), "code": "c"})
    assert foreign.json()["code"] == "state_invalid"
    assert visitor.get("/accounts")["accounts"] == stranger.get("/accounts")["accounts"] == []
    stranger.close()


@pytest.mark.parametrize("platform", ["facebook", "tiktok", "linkedin"])
def test_a_code_that_the_platform_refuses_is_said_so(visitor: Visitor, platform: str) -> None:
    answer = visitor._client.get(f"/oauth/{platform}/callback", params={"state": _begin(visitor, platform), "code": "made-up"})
    assert answer.status_code in (400, 502)
    assert answer.headers["content-type"] == "application/problem+json"
    assert visitor.get("/accounts")["accounts"] == []


def test_unknown_platforms_and_apps(visitor: Visitor) -> None:
    client = visitor._client
    assert client.get("/oauth/myspace/authorize").status_code == 404
    assert client.get("/oauth/myspace/callback", params={"state": "x"}).status_code == 404
    assert client.get("/oauth/linkedin/authorize", params={"app": "other"}).json()["code"] == "unknown_app"


def test_switching_unlinking_and_somebody_elses_account(running: Running, visitor: Visitor) -> None:
    (account,) = visitor.link(Consent(platform="tiktok", person="o-ben"))
    assert visitor.send("PATCH", f"/accounts/{account['id']}/toggle", json={"is_active": False})["account"]["is_active"] is False
    stranger = running.visitor()
    for method, path in (
        ("PATCH", f"/accounts/{account['id']}/toggle"),
        ("DELETE", f"/accounts/{account['id']}"),
        ("POST", f"/accounts/{account['id']}/refresh"),
    ):
        with pytest.raises(CommandError, match="answered 404"):
            stranger.send(method, path, **({"json": {"is_active": True}} if method == "PATCH" else {}))
    stranger.close()
    visitor.send("DELETE", f"/accounts/{account['id']}")
    assert visitor.get("/accounts")["accounts"] == []


def test_a_token_can_be_refreshed_by_hand(visitor: Visitor) -> None:
    (account,) = visitor.link(Consent(platform="tiktok", person="o-ada"))
    assert visitor.send("POST", f"/accounts/{account['id']}/refresh")["status"] == "valid"


def test_the_callback_shows_a_person_a_page(visitor: Visitor) -> None:
    answer = visitor._client.get("/oauth/tiktok/callback", params={"state": "x"}, headers={"accept": "text/html"})
    assert answer.status_code == 400
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
