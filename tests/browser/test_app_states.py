"""Every page of the app, light and dark, on a phone and on a desk: nobody is kept out, and nothing runs over the edge."""

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from shells.cli.demonstration.samples import picture
from shells.cli.demonstration.visitor import CONSENTS
from tests.browser.axe import SIZES, sideways, violations
from tests.browser.conftest import Guest, Person, aside
from tests.browser.test_app_compose import choose_audience
from tests.browser.test_app_shell import sign_in
from tests.running import REJECT_ONCE, Running, running_stack
from tests.web.test_unconfirmed import unconfirmed

PAGES = {"compose": "/app", "activity": "/app/activity", "accounts": "/app/accounts", "settings": "/app/settings"}

# How far what was already shown moved by itself, as web.dev/articles/cls counts it: up to 0.1 is good.
SHIFTS = """window.shifted = 0
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value
}).observe({ type: "layout-shift", buffered: true })"""
SHIFT_MAX = 0.05
# More than TikTok takes, and fit to be seen in a picture of the composer.
LONG = "Two days of rest, one hour in the oven: this is how our rye gets its crust. " * 31


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A stack in which no platform is set up, and none is imitated."""
    stack = running_stack(tmp_path_factory.mktemp("bare"), SIMULCAST_SANDBOX_URL="")
    yield aside(stack.__enter__)
    aside(lambda: stack.__exit__(None, None, None))


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
                picture_of(page, viewport["width"], Path(pictures) / f"{name}-{scheme}-{size}.png")
            found += [f"{scheme}, {size}: {violation}" for violation in violations(page)]
            found += [f"{scheme}, {size}: runs over the edge"] if sideways(page) else []
    assert found == []


def picture_of(page: Page, width: int, path: Path) -> None:
    """Of the whole page, in a window as high as it is, so that what sticks to the window's edges stays where it belongs."""
    before = page.viewport_size
    height = page.evaluate("scrollTo(0, 0), Math.max(document.documentElement.scrollHeight, innerHeight)")
    page.set_viewport_size({"width": width, "height": height})
    page.screenshot(path=path)
    if before is not None:
        page.set_viewport_size(before)


def test_signing_in(guest: Guest, running: Running) -> None:
    guest.page.goto(f"{running.web}/app")
    expect(guest.page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(guest.page.get_by_role("note")).to_be_visible()
    examine(guest.page, "sign-in")


def test_pages_of_somebody_new(person: Person, running: Running) -> None:
    for name, path in PAGES.items():
        person.page.goto(f"{running.web}{path}", wait_until="networkidle")
        examine(person.page, f"{name}-empty")
    assert person.complaints == []


def test_pages_with_accounts_and_posts(person: Person, running: Running) -> None:
    """And while they load nothing jumps: what is shown first stays where it is."""
    page, visitor = person.page, person.visitor
    page.add_init_script(SHIFTS)
    accounts = [account for consent in CONSENTS for account in visitor.link(consent)]
    off = {account["platform"]: account for account in accounts}["facebook"]
    visitor.send("PATCH", f"/accounts/{off['id']}/toggle", json={"is_active": False})
    saved = [visitor.save(body=f"The shop opens at nine, as ever. {secrets.token_hex(2)}") for _ in range(3)]
    visitor.outcomes([item["id"] for item in saved], timeout_s=60, progress=lambda done, total: None)
    shifts = {}
    for name, path in PAGES.items():
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)  # type: ignore[arg-type]
            page.goto(f"{running.web}{path}", wait_until="networkidle")
            shifts[f"{name}, {size}"] = page.evaluate("window.shifted")
        examine(page, f"{name}-full")
    assert {name: shift for name, shift in shifts.items() if shift > SHIFT_MAX} == {}
    assert person.complaints == []


def test_a_post_that_is_being_written_and_one_that_is_saved(person: Person, running: Running) -> None:
    page, visitor = person.page, person.visitor
    for consent in CONSENTS:
        visitor.link(consent)
    visitor.send("PATCH", "/me", json={"hold_seconds": 300})
    page.goto(f"{running.web}/app")
    page.get_by_label("Text", exact=True).fill("New on Saturday: rye bread with walnuts, from seven in the morning. " * 4)
    page.get_by_label("Pictures and videos to add").set_input_files(
        {"name": "bread.png", "mimeType": "image/png", "buffer": picture()}  # type: ignore[arg-type]
    )
    expect(page.get_by_label("Description of bread.png")).to_be_visible()
    page.get_by_role("button", name="TikTok", exact=True).click()
    page.get_by_label("Text for TikTok").fill(LONG)
    examine(page, "compose-written")
    page.get_by_label("Text for TikTok").fill("Rye!")
    choose_audience(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    examine(page, "compose-saved")
    assert person.complaints == []


def test_a_post_that_failed_in_part_and_what_is_left_of_it(person: Person, running: Running) -> None:
    page, visitor = person.page, person.visitor
    for consent in CONSENTS:
        visitor.link(consent)
    running.faults(REJECT_ONCE)
    saved = visitor.save(body=f"Opening late today, sorry. {secrets.token_hex(2)}")
    visitor.outcomes([saved["id"]], timeout_s=60, progress=lambda done, total: None)
    running.faults()
    page.goto(f"{running.web}/app/activity")
    page.get_by_role("button", name="Opening late today").click()
    page.get_by_role("button", name="Timeline").first.click()
    expect(page.get_by_text("Try 1:")).to_be_visible()
    examine(page, "activity-open")
    page.get_by_text("Not sent (1)").click()
    expect(page.get_by_role("checkbox", name="The one that can be sent again")).to_be_visible()
    examine(page, "activity-dead")
    assert person.complaints == []


def test_what_needs_its_person(person: Person, running: Running) -> None:
    """A post that nobody could confirm, one that waits for a reconnect, and one that waits for its time."""
    page, visitor = person.page, person.visitor
    unconfirmed(running, visitor, "Was it posted", "drop_after")
    visitor.link(CONSENTS[0])
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    visitor.save(body="Fresh bread at seven, on Sunday", scheduled_at=later)
    revoke = {"platform": "facebook", "account_id": "1020", "action": "revoke"}
    httpx.post(f"{running.addresses.sandbox}/_sandbox/tokens", json=revoke).raise_for_status()
    waiting = visitor.save(body="Waits for a reconnect")
    page.goto(f"{running.web}/app/activity")
    expect(page.get_by_role("list", name="Posts")).to_contain_text("2 wait for you", timeout=30_000)
    page.get_by_role("button", name="Was it posted").click()
    page.get_by_role("button", name="I have looked").click()
    page.get_by_role("button", name="Waits for a reconnect").click()
    expect(page.get_by_role("link", name="Reconnect").first).to_be_visible()
    examine(page, "activity-asks")
    page.get_by_role("combobox", name="Outcome").click()
    expect(page.get_by_role("option", name="Unconfirmed")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.goto(f"{running.web}/app/activity?view=scheduled")
    expect(page.get_by_text("Fresh bread at seven, on Sunday")).to_be_visible()
    examine(page, "activity-scheduled")
    page.goto(f"{running.web}/app/accounts")
    expect(page.get_by_role("link", name="Reconnect").first).to_be_visible()
    examine(page, "accounts-reconnect")
    assert visitor.get(f"/content/{waiting['id']}")["id"] == waiting["id"]
    assert person.complaints == []


def test_what_stands_in_the_way(person: Person, running: Running) -> None:
    """A page that there is none of, a dialog, no network, an answer that does not come."""
    page = person.page
    person.visitor.link(CONSENTS[0])
    page.goto(f"{running.web}/app/nowhere-at-all")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    examine(page, "nowhere")
    page.goto(f"{running.web}/app/accounts")
    page.get_by_role("button", name="Unlink").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    examine(page, "accounts-unlink")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.route("**/content?**", lambda route: route.abort())
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_role("alert")).to_contain_text("This could not be loaded", timeout=30_000)
    examine(page, "activity-error")
    page.unroute("**/content?**")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Nothing yet")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    examine(page, "offline")
    page.context.set_offline(False)
    expect(page.get_by_text("You are offline.")).to_have_count(0)


def test_what_comes_in_between(person: Person, running: Running) -> None:
    """Accounts to choose from, a notice with something to press, and a session that has ended."""
    page, visitor = person.page, person.visitor
    page.goto(f"{running.web}/app/accounts")
    page.get_by_role("link", name="Link account on Facebook").click()
    page.get_by_label("Ada Lovelace").check()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Which accounts on Facebook?")).to_be_visible()
    examine(page, "accounts-choose")
    page.get_by_role("button", name="Link 2 accounts").click()
    expect(page.get_by_text("2 accounts are linked.")).to_be_visible()
    visitor.send("PATCH", "/me", json={"hold_seconds": 300})
    page.goto(f"{running.web}/app")
    page.get_by_label("Text", exact=True).fill("Said too soon")
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Text", exact=True).fill("Said since")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Write them again")).to_be_visible()
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []
    expect(page.get_by_role("button", name="Write them again")).to_be_visible()
    visitor.send("POST", "/auth/logout")
    # The page may hear of it by itself before anybody presses anything.
    page.evaluate("""document.querySelector('a[href="/app/activity"]')?.click()""")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    examine(page, "session-ended")


def test_platforms_that_are_not_set_up(guest: Guest, bare: Running) -> None:
    page = guest.page
    page.goto(f"{bare.web}/app/accounts")
    sign_in(page, bare.new_user())
    expect(page.get_by_text("Not set up yet.").first).to_be_visible()
    expect(page.get_by_text("Redirect address to register").first).to_be_visible()
    expect(page.get_by_role("link", name="Link")).to_have_count(0)
    examine(page, "accounts-not-set-up")
    assert guest.complaints == []


def test_pages_that_still_load(person: Person, running: Running) -> None:
    """What stands there until the answers come, which here they do not."""
    page = person.page
    held: list[Route] = []
    for path in ("/accounts", "/content?**", "/me/sessions", "/me/api-keys", "/deadletters?**"):
        page.route(f"{running.web}{path}", lambda route: held.append(route))
    for path in (*PAGES.values(), "/app/activity?view=dead"):
        page.goto(f"{running.web}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(".mantine-Skeleton-root").first).to_be_visible()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            assert violations(page) == [], (path, scheme)
    page.unroute_all(behavior="ignoreErrors")
