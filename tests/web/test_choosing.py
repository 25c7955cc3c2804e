"""After consent a person chooses which accounts to link, over HTTP and through the sandbox's consent pages."""

from typing import Any

import pytest

from shells.cli.demonstration.visitor import Consent, Visitor
from tests.running import Running
from tests.web.test_content import refusal

PAGES = Consent(platform="facebook", person="1020")
HTML = {"accept": "text/html"}


def offered(visitor: Visitor, consent: Consent = PAGES) -> Any:
    return visitor.get(visitor.consent(consent, choose="true"))


def chosen(visitor: Visitor, offer: Any, *ids: str) -> Any:
    return visitor.send("POST", f"/link-intents/{offer['id']}/accounts", json={"ids": ids})


def test_only_the_chosen_page_is_linked(visitor: Visitor) -> None:
    offer = offered(visitor)
    assert visitor.get("/accounts")["accounts"] == [], "nothing is linked before the choice"
    assert visitor.get(f"/link-intents/{offer['id']}/candidates") == offer
    usable = [candidate for candidate in offer["candidates"] if candidate["problem"] is None]
    assert {candidate["display_name"] for candidate in usable} == {"Ada's Bakery", "Harbour Books"}
    assert len(offer["candidates"]) == len(usable) + 1, "the Page without the right to post is shown with why"
    assert "token" not in str(offer)
    page = usable[1]
    linked = chosen(visitor, offer, page["id"])
    assert [account["external_account_id"] for account in linked["accounts"]] == [page["id"]]
    assert [account["display_name"] for account in visitor.get("/accounts")["accounts"]] == [page["display_name"]]
    saved = visitor.save(body="By the one that was chosen")
    outcome = visitor.outcomes([saved["id"]], timeout_s=30, progress=lambda done, total: None)[saved["id"]]
    assert [delivery["status"] for delivery in outcome["deliveries"]] == ["success"]


def test_a_choice_is_made_once_and_adds_to_what_was_linked(visitor: Visitor) -> None:
    offer = offered(visitor)
    one, two = [candidate["id"] for candidate in offer["candidates"] if candidate["problem"] is None]
    chosen(visitor, offer, one)
    path = f"/link-intents/{offer['id']}/accounts"
    assert refusal(visitor, "POST", path, json={"ids": [two]})[0] == 404
    again = offered(visitor)
    assert {candidate["id"] for candidate in again["candidates"] if candidate["linked"]} == {one}
    chosen(visitor, again, two)
    assert {account["external_account_id"] for account in visitor.get("/accounts")["accounts"]} == {one, two}


def test_what_cannot_be_chosen_is_refused_and_the_choice_stands(running: Running, visitor: Visitor) -> None:
    offer = offered(visitor)
    path = f"/link-intents/{offer['id']}/accounts"
    (unusable,) = [candidate["id"] for candidate in offer["candidates"] if candidate["problem"]]
    for ids in ([], ["made up"], [unusable]):
        assert refusal(visitor, "POST", path, json={"ids": ids})[0] == 422
    stranger = running.visitor()
    assert refusal(stranger, "GET", f"/link-intents/{offer['id']}/candidates")[0] == 404
    assert refusal(stranger, "POST", path, json={"ids": [offer["candidates"][0]["id"]]})[0] == 404
    stranger.close()
    assert refusal(visitor, "GET", "/link-intents/none/candidates")[0] == 404
    usable = next(candidate["id"] for candidate in offer["candidates"] if not candidate["problem"])
    assert len(chosen(visitor, offer, usable)["accounts"]) == 1


def test_a_linkedin_consent_offers_its_organizations(visitor: Visitor) -> None:
    offer = offered(visitor, Consent(platform="linkedin", person="ada-li", app="community"))
    assert {candidate["kind"] for candidate in offer["candidates"]} == {"organization"}
    assert len(chosen(visitor, offer, offer["candidates"][0]["id"])["accounts"]) == 1


def test_a_single_account_needs_no_choice(visitor: Visitor) -> None:
    assert len(offered(visitor, Consent(platform="tiktok", person="o-ben"))["accounts"]) == 1


@pytest.mark.parametrize(("consent", "query"), [(PAGES, "choose="), (Consent(platform="tiktok", person="o-ben"), "linked=1")])
def test_a_browser_comes_back_to_the_app(running: Running, visitor: Visitor, consent: Consent, query: str) -> None:
    back = visitor.consent(consent, choose="true")
    answer = visitor._client.get(back, headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{running.web}/app/accounts?platform={consent.platform}&{query}")
    repeated = visitor._client.get(back, headers=HTML)
    assert (repeated.status_code, repeated.headers["content-type"].partition(";")[0]) == (400, "text/html")
