"""The app's frame: sign in, find the way, change the light, sign out; and what it is served with."""

import gzip
import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Guest, Person
from tests.running import PASSWORD, Running

FIRST_LOAD_BYTES_MAX = 200_000


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD.reveal())
    page.get_by_role("button", name="Sign in").click()


def test_a_person_signs_in_looks_around_and_signs_out(guest: Guest, running: Running) -> None:
    page = guest.page
    email = running.new_user()
    page.goto(running.web)
    expect(page).to_have_url(re.compile(r"/app$"))
    expect(page.get_by_role("note")).to_contain_text("Sandbox.")
    sign_in(page, email)
    pages = page.get_by_role("navigation", name="Pages")
    for name in ("Accounts", "Activity", "Compose"):
        pages.get_by_role("link", name=name).click()
        expect(page).to_have_title(f"{name} · Simulcast")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("main")).to_be_focused()
    page.get_by_role("button", name="Turn dark").click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    page.reload()
    expect(page.get_by_role("button", name="Turn light")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert guest.complaints == []


def test_a_wrong_password_is_said_and_forgiven(guest: Guest, running: Running) -> None:
    page = guest.page
    email = running.new_user()
    page.goto(f"{running.web}/app/activity")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    sign_in(page, email)
    expect(page).to_have_title("Activity · Simulcast")


def test_a_session_that_ended_elsewhere_comes_back_to_the_same_page(person: Person, running: Running) -> None:
    page = person.page
    page.goto(f"{running.web}/app")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    person.visitor.send("POST", "/auth/logout")
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    sign_in(page, running.new_user())
    expect(page).to_have_title("Activity · Simulcast")


@pytest.mark.parametrize("path", ["/app", "/app/activity", "/app/no/such/page"])
def test_every_address_of_the_app_is_its_page_under_a_strict_policy(running: Running, path: str) -> None:
    answer = httpx.get(f"{running.web}{path}")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-cache"
    assert "<style" not in answer.text
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", answer.text))


def test_assets_are_kept_for_ever_and_nothing_else_is_to_be_had(running: Running) -> None:
    page = httpx.get(f"{running.web}/app").text
    for path in re.findall(r'(?:src|href)="(/app/assets/[^"]+)"', page):
        answer = httpx.get(f"{running.web}{path}")
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-encoding"] == "gzip"
    for path in ("/app/assets/none.js", "/app/assets/..%2F.sources", "/app/assets/..%2F..%2Fpackage.json"):
        assert "react" not in httpx.get(f"{running.web}{path}").text.lower()


def test_the_first_load_is_small(person: Person, running: Running) -> None:
    """All scripts that the first page asks for, gzipped, as a phone on a slow line pays for them."""
    scripts: dict[str, int] = {}
    page = person.page
    page.on(
        "response",
        lambda answer: (
            scripts.__setitem__(answer.url, len(gzip.compress(answer.body(), 6))) if answer.url.endswith(".js") else None
        ),
    )
    page.goto(f"{running.web}/app", wait_until="networkidle")
    assert scripts
    print(f"first load: {sum(scripts.values()):,} bytes of JavaScript, gzipped, in {len(scripts)} files")  # noqa: T201
    assert sum(scripts.values()) <= FIRST_LOAD_BYTES_MAX
