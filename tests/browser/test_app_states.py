"""Every page of the app, light and dark, on a phone and on a desk: nobody is kept out, and nothing runs over the edge."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shells.cli.demonstration.visitor import CONSENTS
from tests.browser.axe import SIZES, sideways, violations
from tests.browser.conftest import Guest, Person
from tests.running import Running

PAGES = {"compose": "/app", "activity": "/app/activity", "accounts": "/app/accounts"}


def examine(page: Page, name: str) -> None:
    """In both schemes and sizes. APP_PICTURES names a folder for pictures of what was seen."""
    pictures = os.environ.get("APP_PICTURES")
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)  # type: ignore[arg-type]
            if pictures:
                page.screenshot(path=Path(pictures) / f"{name}-{scheme}-{size}.png", full_page=True)
            found += [f"{scheme}, {size}: {violation}" for violation in violations(page)]
            found += [f"{scheme}, {size}: runs over the edge"] if sideways(page) else []
    assert found == []


def test_signing_in(guest: Guest, running: Running) -> None:
    guest.page.goto(f"{running.web}/app")
    expect(guest.page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(guest.page.get_by_role("note")).to_be_visible()
    examine(guest.page, "sign-in")


@pytest.mark.parametrize("name", PAGES)
def test_pages_of_somebody_new(person: Person, running: Running, name: str) -> None:
    person.page.goto(f"{running.web}{PAGES[name]}", wait_until="networkidle")
    examine(person.page, f"{name}-empty")
    assert person.complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_pages_with_accounts_and_posts(person: Person, running: Running, name: str) -> None:
    visitor = person.visitor
    accounts = [account for consent in CONSENTS for account in visitor.link(consent)]
    off = {account["platform"]: account for account in accounts}["facebook"]
    visitor.send("PATCH", f"/accounts/{off['id']}/toggle", json={"is_active": False})
    saved = [visitor.save(body=f"The shop opens at nine, as ever. {number}") for number in range(3)]
    visitor.outcomes([item["id"] for item in saved], timeout_s=60, progress=lambda done, total: None)
    person.page.goto(f"{running.web}{PAGES[name]}", wait_until="networkidle")
    examine(person.page, f"{name}-full")
    assert person.complaints == []
