"""The whole way of a person, from the first run to a lost token and back, on the real stack; and the same by keyboard alone."""

import re

import httpx
from playwright.sync_api import Page, expect

from shells.cli.demonstration.samples import picture
from shells.setup_token import setup_url
from tests.browser.conftest import Guest, aside
from tests.browser.test_app_compose import choose_audience
from tests.running import Running

LINKED = 6
PNG = {"name": "lantern.png", "mimeType": "image/png", "buffer": picture()}
TEXT = "Lanterns on the river, the whole way"
FOCUSED = """words => {
  const focused = document.activeElement
  return [focused.textContent, focused.ariaLabel, focused.labels?.[0]?.textContent].some(text => text?.trim().startsWith(words))
}"""


def link(page: Page, platform: str, button: str, person: str, *, leave: str | None = None) -> None:
    """Through the platform's own consent page, and back; where it opens several accounts, they are chosen from."""
    page.get_by_role("region", name=platform).get_by_role("link", name=button).click()
    page.get_by_label(person).first.check()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Accounts", exact=True)).to_be_visible()
    if leave is not None:
        if leave:
            page.get_by_role("checkbox", name=leave).uncheck()
        page.get_by_role("button", name=re.compile(r"^Link \d+ account")).click()
    expect(page.get_by_text("linked.").first).to_be_visible()


def link_all(page: Page, running: Running) -> None:
    """Two accounts on each platform."""
    page.goto(f"{running.web}/app/accounts")
    expect(page.get_by_role("region", name="Facebook")).to_be_visible()
    link(page, "Facebook", "Link account", "Ada Lovelace", leave="")
    for person in ("Ada", "Ben"):
        link(page, "TikTok", "Link account", person)
    link(page, "LinkedIn", "Link profile", "Ada Lovelace")
    link(page, "LinkedIn", "Link organizations", "Ada Lovelace", leave="Harbour Guild")


def hold(page: Page, seconds: float) -> None:
    """How long a saved post waits for an undo."""
    answer = page.evaluate(
        """async seconds => {
          const token = /simulcast_csrf=([^;]+)/.exec(document.cookie)[1]
          const headers = { "content-type": "application/json", "x-csrf-token": token }
          return (await fetch("/me", { method: "PATCH", headers, body: JSON.stringify({ hold_seconds: seconds }) })).status
        }""",
        seconds,
    )
    assert answer == 200


def test_the_whole_journey(guest: Guest, untouched: Running) -> None:
    page, running = guest.page, untouched
    printed = aside(lambda: running.with_product(setup_url))
    assert printed is not None
    page.goto(printed.reveal())
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill("a password of hers")
    page.get_by_role("button", name="Create and sign in").click()
    expect(page.get_by_role("region", name="Facebook")).to_be_visible()
    link_all(page, running)
    expect(page.get_by_text("Ready to post")).to_have_count(LINKED)
    switch = page.get_by_role("switch", name="Lovelace Works on LinkedIn")
    switch.press("Space")
    expect(switch).not_to_be_checked()
    expect(page.get_by_text("Switched off")).to_have_count(1)
    going = LINKED - 1

    hold(page, 60)
    page.goto(f"{running.web}/app")
    page.get_by_label("Text", exact=True).fill("Said too soon on the journey")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Nothing was sent.")).to_be_visible()

    hold(page, 0)
    page.goto(f"{running.web}/app")
    page.get_by_label("Text", exact=True).fill(TEXT)
    page.get_by_label("Pictures and videos to add").set_input_files(PNG)  # type: ignore[arg-type]
    page.get_by_label("Description of lantern.png").fill("Lanterns on dark water")
    expect(page.get_by_role("region", name="Goes to").get_by_text("Will go")).to_have_count(going)
    choose_audience(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("region", name="Saved")).to_contain_text(f"{going} accounts")
    page.get_by_role("link", name="See activity").click()
    expect(page.get_by_role("list", name="Posts").get_by_role("listitem").filter(has_text=TEXT).first).to_contain_text(
        f"Posted on {going}", timeout=60_000
    )
    assert len(running.posts(TEXT)) == going
    assert running.posts("Said too soon on the journey") == []

    revoke = {"platform": "tiktok", "account_id": "o-ben", "action": "revoke"}
    httpx.post(f"{running.addresses.sandbox}/_sandbox/tokens", json=revoke).raise_for_status()
    page.get_by_role("link", name="Compose").click()
    page.get_by_label("Text", exact=True).fill(f"{TEXT}, again")
    page.get_by_label("Pictures and videos to add").set_input_files(PNG)  # type: ignore[arg-type]
    choose_audience(page)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="See activity").click()
    again = page.get_by_role("list", name="Posts").get_by_role("listitem").filter(has_text=f"{TEXT}, again")
    expect(again.first).to_contain_text("1 waits for you", timeout=60_000)
    again.first.get_by_role("button").first.click()
    page.get_by_role("link", name="Reconnect").click()
    page.get_by_label("Ben").first.check()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("One account is linked.")).to_be_visible()
    page.get_by_role("link", name="Activity").click()
    expect(again.first).to_contain_text(f"Posted on {going}", timeout=60_000)
    assert len(running.posts(f"{TEXT}, again")) == going
    assert guest.complaints == []


def tab_to(page: Page, words: str, *, most: int = 80) -> None:
    """Press the tabulator until what begins with `words` has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED, words):
            return
    raise AssertionError(f"{words} is not to be reached with the tabulator")


def consent_by_keys(page: Page, who: str) -> None:
    """On the platform's own page: the one who consents, and Allow."""
    expect(page.get_by_role("heading", name="Log in with")).to_be_visible()
    for _ in range(3):  # the radio buttons of persons are one stop
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "person":
            break
    for _ in range(page.get_by_role("radio").count()):
        if page.evaluate("who => document.activeElement.closest('label').textContent.trim().startsWith(who)", who):
            break
        page.keyboard.press("ArrowDown")
    tab_to(page, "Allow")
    page.keyboard.press("Enter")


def sign_in_by_keys(page: Page, email: str) -> None:
    expect(page.get_by_label("E-mail")).to_be_visible()
    tab_to(page, "E-mail")
    page.keyboard.type(email)
    tab_to(page, "Password")
    page.keyboard.type("a password for tests")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Accounts", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Facebook")).to_be_visible()


def go_by_keys(page: Page, name: str) -> None:
    """By the navigation, from the top of the page."""
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+Home")
    tab_to(page, name)
    page.keyboard.press("Enter")
    expect(page).to_have_title(f"{name} · Simulcast")


def write_by_keys(page: Page, text: str) -> None:
    """Words, a picture with its description, and who may see it on TikTok."""
    tab_to(page, "Text")
    page.keyboard.type(text)
    tab_to(page, "Choose files")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Description of lantern.png")).to_be_visible()
    tab_to(page, "Description of lantern.png")
    page.keyboard.type("Lanterns on dark water")
    expect(page.get_by_role("combobox", name="Who can see it")).to_be_visible()
    tab_to(page, "Who can see it")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", name="Everyone")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Save")).to_be_enabled()


def test_the_journey_by_keyboard_alone(guest: Guest, running: Running) -> None:
    """Sign in, link, switch off, write with a picture, undo, save, look, lose a token and reconnect: no pointer at all."""
    page, text = guest.page, "Keys alone, from end to end"
    # From the start: a chooser that opens just as one begins to listen for it is missed.
    page.on("filechooser", lambda chooser: chooser.set_files(PNG))  # type: ignore[arg-type]
    page.goto(f"{running.web}/app/accounts")
    sign_in_by_keys(page, running.new_user())
    tab_to(page, "Link account on Facebook")
    page.keyboard.press("Enter")
    consent_by_keys(page, "Ada Lovelace")
    expect(page.get_by_role("heading", name="Which accounts on Facebook?")).to_be_visible()
    tab_to(page, "Link 2 accounts")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ready to post")).to_have_count(2)
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+Home")
    tab_to(page, "Link account on TikTok")
    page.keyboard.press("Enter")
    consent_by_keys(page, "Ben")
    expect(page.get_by_text("Ready to post")).to_have_count(3)
    first = page.get_by_role("switch").first
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+Home")
    tab_to(page, first.get_attribute("aria-label") or "")
    page.keyboard.press("Space")
    expect(first).not_to_be_checked()
    expect(page.get_by_text("Switched off")).to_be_visible()

    hold(page, 60)
    go_by_keys(page, "Settings")  # so that the composer reads it anew
    page.reload()
    go_by_keys(page, "Compose")
    write_by_keys(page, text)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("region", name="Saved")).to_contain_text("2 accounts")
    page.keyboard.press("Control+Home")
    tab_to(page, "Undo")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing was sent.")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value(text)

    hold(page, 0)
    page.reload()
    expect(page.get_by_label("Text", exact=True)).to_have_value(text)
    expect(page.get_by_role("button", name="Save")).to_be_enabled()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("region", name="Saved")).to_contain_text("2 accounts")
    tab_to(page, "See activity")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Posted on 2")).to_be_visible(timeout=60_000)
    assert len(running.posts(text)) == 2

    revoke = {"platform": "facebook", "account_id": "1020", "action": "revoke"}
    httpx.post(f"{running.addresses.sandbox}/_sandbox/tokens", json=revoke).raise_for_status()
    go_by_keys(page, "Compose")
    write_by_keys(page, f"{text}, again")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("region", name="Saved")).to_contain_text("2 accounts")
    go_by_keys(page, "Activity")
    expect(page.get_by_text("1 waits for you")).to_be_visible(timeout=60_000)
    tab_to(page, f"{text}, again")
    page.keyboard.press("Enter")
    tab_to(page, "Reconnect")
    page.keyboard.press("Enter")
    consent_by_keys(page, "Ada Lovelace")
    expect(page.get_by_text("2 accounts are linked.")).to_be_visible()
    go_by_keys(page, "Activity")
    expect(page.get_by_text("Posted on 2")).to_have_count(2, timeout=60_000)
    assert len(running.posts(f"{text}, again")) == 2
    assert guest.complaints == []
