"""The accounts page: link through the consent page, switch, refused switch, unlink with one question."""

import json

import httpx
from playwright.sync_api import Route, expect

from shells.cli.demonstration.visitor import CONSENTS
from tests.browser.conftest import Guest, Person
from tests.running import Running


def test_linking_from_the_page_comes_back_to_it(person: Person, running: Running) -> None:
    page = person.page
    page.goto(f"{running.web}/app/accounts")
    page.get_by_role("region", name="Facebook").get_by_role("link", name="Link account").click()
    page.get_by_label("Ada Lovelace").check()
    page.get_by_role("button", name="Allow").click()
    page.get_by_role("button", name="Link 2 accounts").click()
    expect(page.get_by_text("2 accounts are linked.")).to_be_visible()
    expect(page.get_by_role("region", name="Facebook").get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_text("Ready to post")).to_have_count(2)
    assert person.complaints == []


def test_only_what_is_chosen_is_linked(person: Person, running: Running) -> None:
    page = person.page
    page.goto(f"{running.web}/app/accounts")
    page.get_by_role("region", name="Facebook").get_by_role("link", name="Link account").click()
    page.get_by_label("Ada Lovelace").check()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Which accounts on Facebook?")).to_be_visible()
    page.get_by_role("checkbox", name="Harbour Books").uncheck()
    page.get_by_role("button", name="Link 1 account").click()
    expect(page.get_by_text("Ada's Bakery is linked.")).to_be_visible()
    assert [account["display_name"] for account in person.visitor.get("/accounts")["accounts"]] == ["Ada's Bakery"]
    assert "choose" not in page.url
    page.get_by_role("region", name="Facebook").get_by_role("link", name="Link account").click()
    page.get_by_label("Ada Lovelace").check()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("checkbox", name="Ada's Bakery")).to_be_disabled()
    page.get_by_role("button", name="Link none").click()
    expect(page.get_by_role("heading", name="Which accounts on Facebook?")).to_be_hidden()
    assert len(person.visitor.get("/accounts")["accounts"]) == 1
    assert person.complaints == []


def test_a_switch_moves_at_once_and_holds(person: Person, running: Running) -> None:
    page = person.page
    account = person.visitor.link(CONSENTS[1])[0]
    page.goto(f"{running.web}/app/accounts")
    switch = page.get_by_role("switch", name=f"{account['display_name']} on TikTok is active")
    expect(switch).to_be_checked()
    switch.press("Space")
    expect(switch).not_to_be_checked()
    expect(page.get_by_text("Switched off")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(switch).not_to_be_checked()
    assert person.visitor.get("/accounts")["accounts"][0]["is_active"] is False
    assert person.complaints == []


def test_a_refused_switch_goes_back_and_says_why(person: Person, running: Running) -> None:
    page = person.page
    account = person.visitor.link(CONSENTS[1])[0]
    page.goto(f"{running.web}/app/accounts")
    switch = page.get_by_role("switch", name=account["display_name"])
    expect(switch).to_be_checked()
    person.visitor.send("DELETE", f"/accounts/{account['id']}")  # in another tab
    switch.press("Space")
    expect(page.get_by_text(f"{account['display_name']} stays on.")).to_be_visible()


def test_a_switch_that_is_under_way_already_shows_its_end(person: Person, running: Running) -> None:
    page = person.page
    account = person.visitor.link(CONSENTS[1])[0]
    page.goto(f"{running.web}/app/accounts")
    held: list[Route] = []
    page.route("**/toggle", lambda route: held.append(route))
    switch = page.get_by_role("switch", name=account["display_name"])
    switch.press("Space")
    expect(switch).not_to_be_checked()
    page.wait_for_function("() => true")
    assert json.loads(held[0].request.post_data or "") == {"is_active": False}
    held[0].continue_()
    page.unroute("**/toggle")


def test_unlinking_asks_once(person: Person, running: Running) -> None:
    page = person.page
    account = person.visitor.link(CONSENTS[1])[0]
    name = account["display_name"]
    page.goto(f"{running.web}/app/accounts")
    page.get_by_role("button", name=f"Unlink {name}").click()
    dialog = page.get_by_role("dialog", name=f"Unlink {name}?")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name=f"Unlink {name}").click()
    dialog.get_by_role("button", name="Unlink").click()
    expect(page.get_by_text(f"{name} is unlinked.")).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_count(0)
    assert person.visitor.get("/accounts")["accounts"] == []
    assert person.complaints == []


def test_a_lost_token_asks_to_reconnect_and_the_waiting_post_goes_out(person: Person, running: Running) -> None:
    page = person.page
    person.visitor.link(CONSENTS[0])
    tokens = {"platform": "facebook", "account_id": "1020", "action": "revoke"}
    httpx.post(f"{running.addresses.sandbox}/_sandbox/tokens", json=tokens).raise_for_status()
    saved = person.visitor.save(body="Waits for its person")
    page.goto(f"{running.web}/app/activity")
    post = page.get_by_role("list", name="Posts").get_by_role("listitem").filter(has_text="Waits for its person")
    expect(post.first).to_contain_text("for you", timeout=30_000)
    page.get_by_role("link", name="Accounts").click()
    expect(page.get_by_text("Access was taken back").first).to_be_visible()
    page.get_by_role("link", name="Reconnect").first.click()
    page.get_by_label("Ada Lovelace").check()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("2 accounts are linked.")).to_be_visible()
    expect(page.get_by_text("Ready to post")).to_have_count(2)
    person.visitor.outcomes([saved["id"]], timeout_s=60, progress=lambda done, total: None)
    assert len(running.posts("Waits for its person")) == 2


def test_linking_without_a_session_leads_to_the_sign_in(guest: Guest, running: Running) -> None:
    page = guest.page
    page.goto(f"{running.web}/oauth/tiktok/authorize?choose=true")
    expect(page).to_have_url(f"{running.web}/app/accounts")
    expect(page.get_by_role("textbox", name="Password")).to_be_visible()
