"""The first run: nobody is there, and who can read what the server printed creates the master account."""

from playwright.sync_api import Browser, expect

from shells.setup_token import setup_url
from tests.browser.conftest import Guest, aside
from tests.browser.test_app_states import examine
from tests.running import Running


def test_the_first_run(browser: Browser, untouched: Running) -> None:
    printed = aside(lambda: untouched.with_product(setup_url))
    assert printed is not None
    context = browser.new_context(viewport={"width": 360, "height": 740})
    guest = Guest(context.new_page())
    page = guest.page
    page.goto(f"{untouched.web}/app")
    expect(page.get_by_role("heading", name="Create the master account")).to_be_visible()
    examine(page, "first-run")
    page.get_by_label("One-time token").fill("a guess")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill("a password of hers")
    with page.expect_console_message(lambda message: "Failed to load" in message.text):  # Chromium reports the refusal, too
        page.get_by_role("button", name="Create and sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not the token")
    guest.complaints.clear()
    page.goto("about:blank")
    page.goto(printed.reveal())
    expect(page.get_by_label("E-mail")).to_be_visible()
    expect(page.get_by_label("One-time token")).to_have_count(0)
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill("a password of hers")
    page.get_by_role("button", name="Create and sign in").click()
    expect(page.get_by_role("heading", name="Accounts")).to_be_visible()
    assert "token" not in page.url
    assert aside(lambda: untouched.with_product(setup_url)) is None
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    guest.complaints.clear()  # what was under way when she left is refused, of which Chromium tells
    page.goto(printed.reveal())
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert guest.complaints == []
    context.close()
