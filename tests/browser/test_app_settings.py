"""The settings page: how long Undo waits, every place where one is signed in, and keys for programs."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
from playwright.sync_api import expect

from shells.cli.demonstration.visitor import CONSENTS, Visitor
from tests.browser.axe import violations
from tests.browser.conftest import Person
from tests.running import PASSWORD, Running


def test_undo_waits_as_long_as_one_likes(person: Person, running: Running) -> None:
    page = person.page
    page.goto(f"{running.web}/app/settings")
    seconds = page.get_by_label("Seconds")
    seconds.fill("42")
    page.get_by_role("button", name="Keep this").click()
    expect(page.get_by_text("What you save now waits 42 s for an Undo.")).to_be_visible()
    assert person.visitor.get("/me")["hold_seconds"] == 42
    page.get_by_role("button", name="As usual").click()
    expect(page.get_by_role("button", name="As usual")).to_be_hidden()
    assert person.visitor.get("/me")["hold_is_own"] is False
    assert person.complaints == []


def test_times_are_shown_on_the_clocks_of_ones_choice(person: Person, running: Running) -> None:
    page = person.page
    person.visitor.link(CONSENTS[0])
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(hour=12, minute=34)
    person.visitor.save(body="At noon in UTC", scheduled_at=tomorrow.isoformat())
    shown = rf"{tomorrow.astimezone(ZoneInfo('Pacific/Auckland')).hour % 12:02}:34"
    page.goto(f"{running.web}/app/settings")
    zone = page.get_by_role("combobox", name="Zone")
    zone.fill("auckland")
    page.get_by_role("option", name="Pacific/Auckland").click()
    page.get_by_role("button", name="Use this zone").click()
    expect(page.get_by_text("Times are shown as in Pacific/Auckland.")).to_be_visible()
    assert person.visitor.get("/me")["time_zone"] == "Pacific/Auckland"
    page.goto(f"{running.web}/app/activity?view=scheduled")
    expect(page.get_by_role("list", name="Posts")).to_contain_text(re.compile(shown))
    page.goto(f"{running.web}/app")
    expect(page.get_by_text("Time in Pacific/Auckland")).to_be_visible()
    page.goto(f"{running.web}/app/settings")
    zone.click()
    zone.fill("As on this")
    page.get_by_role("option", name="As on this device").click()
    page.get_by_role("button", name="Use this zone").click()
    expect(page.get_by_role("button", name="Use this zone")).to_be_disabled()
    assert person.visitor.get("/me")["time_zone"] is None
    assert person.complaints == []


def test_another_session_is_seen_and_ended(person: Person, running: Running) -> None:
    page = person.page
    email = person.visitor.get("/me")["email"]
    elsewhere = [Visitor(running.web), Visitor(running.web), Visitor(running.web)]
    for visitor in elsewhere:
        visitor.sign_in(email, PASSWORD)
    page.goto(f"{running.web}/app/settings")
    sessions = page.get_by_role("region", name="Where you are signed in")
    expect(sessions.get_by_role("listitem")).to_have_count(4)
    expect(sessions.get_by_text("This one")).to_have_count(1)
    sessions.get_by_role("button", name="Sign out python-httpx").first.click()
    expect(sessions.get_by_role("listitem")).to_have_count(3)
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.get_by_text("2 other sessions were ended.")).to_be_visible()
    expect(sessions.get_by_role("listitem")).to_have_count(1)
    for visitor in elsewhere:
        visitor.close()
    assert person.complaints == []


def test_a_program_gets_a_key_that_is_shown_once_and_revoked(person: Person, running: Running) -> None:
    page = person.page
    page.goto(f"{running.web}/app/settings")
    keys = page.get_by_role("region", name="Keys for programs")
    expect(keys.get_by_role("button", name="Make a key")).to_be_disabled()
    keys.get_by_label("What it is for").fill("The newsletter")
    keys.get_by_label("Save posts, take them back, try again").uncheck()
    keys.get_by_role("button", name="Make a key").click()
    expect(keys.get_by_role("status")).to_contain_text("it is not shown again")
    key = keys.get_by_role("status").locator("code").inner_text()
    bearer = {"authorization": f"Bearer {key}"}
    assert httpx.get(f"{running.web}/accounts", headers=bearer).status_code == 403
    assert httpx.get(f"{running.web}/activity", headers=bearer).status_code == 200
    keys.get_by_role("button", name="Done").click()
    assert key not in page.content()
    listed = keys.get_by_role("list", name="Keys").get_by_role("listitem")
    expect(listed).to_contain_text("The newsletter")
    expect(listed).to_contain_text("content:read")
    assert violations(page) == []
    keys.get_by_role("button", name="Revoke The newsletter").click()
    expect(listed).to_have_count(0)
    assert httpx.get(f"{running.web}/activity", headers=bearer).status_code == 401
    assert person.complaints == []
