"""Signing in by an identity provider in a browser: its button, its pages, and back to where one was."""

import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Guest, aside
from tests.browser.test_app_states import examine
from tests.identity_provider import IdentityProvider
from tests.running import PASSWORD, Running, running_stack


@pytest.fixture(scope="module")
def here(at: IdentityProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    stack = running_stack(tmp_path_factory.mktemp("sso"), **at.settings)
    running = aside(stack.__enter__)
    at.redirect_uris = [f"{running.web}/auth/oidc/callback"]
    aside(at.start)
    yield running
    aside(lambda: stack.__exit__(None, None, None))


def consent(page: Page, person: str) -> None:
    page.locator("input[name=login]").fill(person)
    page.locator("input[name=password]").fill("any")
    page.locator("button[type=submit]").click()
    page.locator("button[type=submit]").click()


def test_linked_in_settings_it_signs_in_from_then_on(browser: Browser, here: Running, at: IdentityProvider) -> None:
    email, person = aside(here.new_user), f"person-{secrets.token_hex(4)}"
    context = browser.new_context(viewport={"width": 360, "height": 740})
    guest = Guest(context.new_page())
    page = guest.page
    page.goto(f"{here.web}/app/settings")
    expect(page.get_by_role("link", name="Sign in with Example Login")).to_be_visible()
    examine(page, "sign-in-sso")
    page.get_by_role("link", name="Sign in with Example Login").click()
    consent(page, person)
    expect(page.get_by_role("alert")).to_contain_text("link it in Settings")
    assert "sso=" not in page.url
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD.reveal())
    page.get_by_role("button", name="Sign in", exact=True).click()
    section = page.get_by_role("region", name="Example Login")
    section.get_by_role("button", name="Link").click()
    expect(section.get_by_role("status")).to_contain_text("linked now")
    expect(section).to_contain_text(at.issuer)
    examine(page, "settings-sso")
    page.get_by_role("button", name="Sign out").first.click()
    page.goto(f"{here.web}/app/activity?view=failed")
    expect(page.get_by_role("link", name="Sign in with Example Login")).to_be_visible()
    guest.complaints.clear()  # a session that ended is told of by Chromium, and what shows it comes after that
    page.get_by_role("link", name="Sign in with Example Login").click()  # known there by now, and asked nothing more
    expect(page.get_by_role("heading", name="Activity")).to_be_visible()
    assert page.url == f"{here.web}/app/activity?view=failed"
    assert guest.complaints == []
    page.goto(f"{here.web}/app/settings")
    section.get_by_role("button", name="Unlink").click()
    expect(page.get_by_text("the password alone signs you in")).to_be_visible()
    expect(section.get_by_role("button", name="Link", exact=True)).to_be_visible()
    context.close()


def test_a_provider_that_is_away_leaves_the_password(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    nobody = {"SIMULCAST_OIDC_ISSUER": "http://127.0.0.1:9", "SIMULCAST_OIDC_CLIENT_ID": "simulcast"}
    stack = running_stack(tmp_path_factory.mktemp("away"), **nobody)
    running = aside(stack.__enter__)
    try:
        email = aside(running.new_user)
        context = browser.new_context(viewport={"width": 360, "height": 740})
        page = context.new_page()
        page.goto(f"{running.web}/app/accounts")
        page.get_by_role("link", name="Sign in with Single sign-on").click()
        expect(page.get_by_role("alert")).to_contain_text("can't be reached now")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password", exact=True).fill(PASSWORD.reveal())
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", name="Accounts")).to_be_visible()
        context.close()
    finally:
        aside(lambda: stack.__exit__(None, None, None))
