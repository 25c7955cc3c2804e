"""Writing a post: kept while it is written, saved by one key, taken back by one button, and on its timelines once."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, Route, expect

from shells.cli.demonstration.samples import picture
from shells.cli.demonstration.visitor import CONSENTS, Consent
from tests.browser.conftest import Person
from tests.browser.test_app_shell import sign_in
from tests.running import Running

FOCUSED = """words => {
  const focused = document.activeElement
  return [focused.textContent, focused.labels?.[0]?.textContent].some(text => text?.trim().startsWith(words))
}"""
PNG = {"name": "harbour.png", "mimeType": "image/png", "buffer": picture()}


def link_all(person: Person) -> list[dict[str, Any]]:
    return [account for consent in CONSENTS[:4] for account in person.visitor.link(consent)]


def choose_audience(page: Page, words: str = "Everyone") -> None:
    """What TikTok wants chosen by hand, for each post and each creator."""
    fields = page.get_by_role("region", name="On TikTok").get_by_role("combobox", name="Who can see it")
    expect(fields).not_to_have_count(0)
    for field in fields.all():
        expect(field).to_have_value("")
        field.click()
        page.get_by_role("option", name=words).click()


def test_a_post_with_a_picture_goes_to_every_active_account(person: Person, running: Running) -> None:
    page = person.page
    accounts = link_all(person)
    page.goto(f"{running.web}/app")
    targets = page.get_by_role("region", name="Goes to")
    page.get_by_label("Text", exact=True).fill("Dusk at the harbour, from the app")
    expect(targets.get_by_role("listitem")).to_have_count(len(accounts))
    expect(targets.get_by_text("TikTok takes no post without a picture or video.")).to_have_count(2)
    page.get_by_label("Pictures and videos to add").set_input_files(PNG)  # type: ignore[arg-type]
    page.get_by_label("Description of harbour.png").fill("A harbour at dusk")
    expect(targets.get_by_text("Will go")).to_have_count(len(accounts))
    choose_audience(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("region", name="Saved")).to_contain_text(f"{len(accounts)} accounts")
    expect(page.get_by_label("Text", exact=True)).to_have_value("")
    saved = person.visitor.get("/activity")["items"][0]["content"]
    person.visitor.outcomes([saved["id"]], timeout_s=60, progress=lambda done, total: None)
    mine = running.posts("Dusk at the harbour, from the app")
    assert len(mine) == len(accounts)
    assert saved["media_assets"][0]["alt_text"] == "A harbour at dusk"
    assert person.complaints == []


def test_undo_sends_nothing_and_gives_the_words_back(person: Person, running: Running) -> None:
    page = person.page
    link_all(person)
    person.visitor.send("PATCH", "/me", json={"hold_seconds": 60})
    page.goto(f"{running.web}/app")
    page.get_by_label("Text", exact=True).fill("Said too soon")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Saved")).to_contain_text("Goes to 3 accounts in")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Nothing was sent.")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Said too soon")
    assert person.visitor.get("/activity")["items"][0]["content"]["canceled_at"] is not None
    assert running.posts("Said too soon") == []


def test_a_draft_survives_a_reload_and_a_lost_session(person: Person, running: Running) -> None:
    page = person.page
    email = person.visitor.get("/me")["email"]
    page.goto(f"{running.web}/app")
    page.get_by_label("Pictures and videos to add").set_input_files(PNG)  # type: ignore[arg-type]
    expect(page.get_by_label("Description of harbour.png")).to_be_visible()
    page.get_by_label("Text", exact=True).fill("Half a thought")
    page.get_by_label("Title").fill("Later")
    page.get_by_label("Schedule").fill("2030-05-01T09:30")
    page.reload()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Half a thought")
    expect(page.get_by_label("Title")).to_have_value("Later")
    expect(page.get_by_label("Schedule")).to_have_value("2030-05-01T09:30")
    shown = page.get_by_role("list", name="Pictures and videos").locator("img")
    expect(shown).to_have_js_property("complete", value=True)
    assert shown.evaluate("picture => picture.naturalWidth") > 0
    person.visitor.send("POST", "/auth/logout")
    page.reload()
    sign_in(page, email)
    expect(page.get_by_label("Text", exact=True)).to_have_value("Half a thought")
    expect(page.get_by_label("Description of harbour.png")).to_be_visible()


def test_two_tabs_write_one_draft_and_save_it_once(person: Person, running: Running) -> None:
    page, other = person.page, person.page.context.new_page()
    person.visitor.link(CONSENTS[0])
    for each in (page, other):
        each.goto(f"{running.web}/app")
        expect(each.get_by_text("Waits for your words").first).to_be_visible()
    page.get_by_label("Text", exact=True).fill("Written in one tab, read in the other")
    expect(other.get_by_label("Text", exact=True)).to_have_value("Written in one tab, read in the other")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("region", name="Saved")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value("")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    (item,) = person.visitor.get("/activity")["items"]
    person.visitor.outcomes([item["content"]["id"]], timeout_s=60, progress=lambda done, total: None)
    assert len(running.posts("Written in one tab, read in the other")) == 2


def test_a_schedule_is_read_on_the_persons_own_clock(person: Person, running: Running) -> None:
    page = person.page
    link_all(person)
    zone = ZoneInfo("America/New_York")
    person.visitor.send("PATCH", "/me", json={"time_zone": zone.key})
    page.goto(f"{running.web}/app")
    page.get_by_label("Text", exact=True).fill("In winter, in New York")
    expect(page.get_by_text("Time in America/New York")).to_be_visible()
    wall = (datetime.now(zone) + timedelta(days=30)).replace(hour=18, minute=0, second=0, microsecond=0)
    page.get_by_label("Schedule").fill(wall.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Saved")).to_contain_text("Goes to 3 accounts on")
    assert person.visitor.get("/activity")["items"][0]["content"]["scheduled_at"] == wall.astimezone(UTC).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )


def test_other_words_for_one_platform_and_too_many_of_them(person: Person, running: Running) -> None:
    page = person.page
    link_all(person)
    page.goto(f"{running.web}/app")
    page.get_by_label("Text", exact=True).fill("The same for all")
    page.get_by_role("button", name="LinkedIn", exact=True).click()
    page.get_by_label("Text for LinkedIn").fill("x" * 3001)
    expect(
        page.get_by_role("region", name="Goes to").get_by_text("LinkedIn takes 3,000 characters; this text has 3,001.")
    ).to_have_count(1)
    page.get_by_label("Text for LinkedIn").fill("To colleagues")
    sent: list[dict[str, Any]] = []

    def listen(route: Route) -> None:
        sent.append(json.loads(route.request.post_data or "{}"))
        route.continue_()

    page.route("**/content", listen)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Saved")).to_be_visible()
    assert sent[0]["options"] == {"linkedin": {"text": "To colleagues"}}
    page.unroute("**/content")


def test_the_verdict_is_that_of_saving(person: Person, running: Running) -> None:
    """Each account's line, the fate of a picture, and the words beside them are what the server says of this very draft."""
    page = person.page
    link_all(person)
    page.goto(f"{running.web}/app")
    page.get_by_label("Text", exact=True).fill("Look: https://example.com/harbour")
    preview = page.get_by_role("region", name="Preview")
    expect(preview.get_by_text("example.com", exact=True)).to_be_visible()
    page.get_by_label("Pictures and videos to add").set_input_files(PNG)  # type: ignore[arg-type]
    expect(page.get_by_text("TikTok: gets it as JPEG")).to_be_visible()
    page.route("**/content/preview", lambda route: route.abort())  # no verdict: what this page can count stays
    page.get_by_label("Text", exact=True).fill("x" * 63_300)
    expect(page.get_by_role("region", name="Goes to").get_by_text("too many")).not_to_have_count(0)
    page.unroute("**/content/preview")


def test_tiktok_is_asked_for_nothing_that_was_not_chosen(person: Person, running: Running) -> None:
    page = person.page
    creators = [account["id"] for account in link_all(person) if account["platform"] == "tiktok"]
    page.goto(f"{running.web}/app")
    page.get_by_label("Text", exact=True).fill("A new jar, from a friend's workshop")
    page.get_by_label("Pictures and videos to add").set_input_files(PNG)  # type: ignore[arg-type]
    rules = page.get_by_role("region", name="On TikTok")
    expect(rules).to_contain_text("Goes out as Ada and Ben.")
    expect(page.get_by_test_id("plan")).to_have_text("Choose who can see it on TikTok as Ada.")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    expect(rules.get_by_label("Allow comments")).not_to_be_checked()
    choose_audience(page)
    rules.get_by_label("It promotes a brand").press("Space")
    expect(page.get_by_test_id("plan")).to_have_text("Say whose brand it promotes on TikTok.")
    rules.get_by_label("Branded content").check()
    expect(rules).to_contain_text("Paid partnership")
    expect(rules.get_by_role("link", name="Branded Content Policy")).to_be_visible()
    sent: list[dict[str, Any]] = []

    def listen(route: Route) -> None:
        sent.append(json.loads(route.request.post_data or "{}"))
        route.continue_()

    page.route("**/content", listen)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Saved")).to_be_visible()
    page.unroute("**/content")
    assert sent[0]["options"] == {
        "tiktok": {
            "accounts": {creator: {"privacy_level": "PUBLIC_TO_EVERYONE"} for creator in creators},
            "disable_comment": True,
            "brand_organic_toggle": False,
            "brand_content_toggle": True,
        }
    }


def test_each_creator_has_an_audience_of_their_own(person: Person, running: Running) -> None:
    page = person.page
    ben, cleo = (person.visitor.link(Consent(platform="tiktok", person=each))[0] for each in ("o-ben", "o-cleo"))
    page.goto(f"{running.web}/app")
    page.get_by_label("Text", exact=True).fill("Seen by two audiences")
    page.get_by_label("Pictures and videos to add").set_input_files(PNG)  # type: ignore[arg-type]
    rules = page.get_by_role("region", name="On TikTok")
    rules.get_by_role("combobox", name="Who can see it as Cleo").click()
    expect(page.get_by_role("option", name="Everyone")).to_have_count(0)
    page.get_by_role("option", name="Followers").click()
    expect(page.get_by_test_id("plan")).to_have_text("Choose who can see it on TikTok as Ben.")
    rules.get_by_role("combobox", name="Who can see it as Ben").click()
    page.get_by_role("option", name="Everyone").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Saved")).to_contain_text("2 accounts")
    saved = person.visitor.get("/activity")["items"][0]["content"]
    outcome = person.visitor.outcomes([saved["id"]], timeout_s=60, progress=lambda done, total: None)[saved["id"]]
    assert {each["account_id"]: each["status"] for each in outcome["deliveries"]} == {ben["id"]: "success", cleo["id"]: "success"}
    assert person.complaints == []


def test_a_creator_who_can_not_post_now_is_said_and_keeps_nobody_else(person: Person, running: Running) -> None:
    page = person.page
    for each in ("o-ben", "o-dora"):
        person.visitor.link(Consent(platform="tiktok", person=each))
    page.goto(f"{running.web}/app")
    page.get_by_label("Text", exact=True).fill("One of us has posted enough")
    page.get_by_label("Pictures and videos to add").set_input_files(PNG)  # type: ignore[arg-type]
    rules = page.get_by_role("region", name="On TikTok")
    expect(rules).to_contain_text("It waits until TikTok takes it.")
    expect(page.get_by_role("region", name="Goes to")).to_contain_text("TikTok takes no more posts of this creator today.")
    choose_audience(page, "Only me")
    expect(page.get_by_role("button", name="Save")).to_be_enabled()
    # A 409 is the answer for her, and a browser writes it down.
    assert [each for each in person.complaints if "409" not in each] == []


def test_what_is_refused_is_said_and_kept(person: Person, running: Running) -> None:
    page = person.page
    page.goto(f"{running.web}/app")
    page.get_by_label("Text", exact=True).fill("For yesterday")
    page.get_by_label("Schedule").fill("2020-01-01T10:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Your draft is kept.")
    expect(page.get_by_label("Text", exact=True)).to_have_value("For yesterday")


def test_there_is_no_publish_button(person: Person, running: Running) -> None:
    person.page.goto(f"{running.web}/app")
    expect(person.page.get_by_role("button", name="Save")).to_be_visible()
    words = " ".join(person.page.get_by_role("button").all_inner_texts()).lower()
    assert not {"publish", "post", "send", "share"} & set(words.split())


def test_without_a_network_nothing_is_lost_and_nothing_goes_twice(person: Person, running: Running) -> None:
    page = person.page
    accounts = person.visitor.link(CONSENTS[0])
    page.goto(f"{running.web}/app")
    page.get_by_label("Text", exact=True).fill("Written in a tunnel")
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    # The page is told before its requests are cut off: one that fails says that they are.
    page.wait_for_function("() => fetch('/health').then(() => false, () => true)")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("we don't know yet whether it was saved")).to_be_visible()
    expect(page.get_by_role("button", name="Ask again")).to_be_enabled()
    page.context.set_offline(False)
    expect(page.get_by_role("region", name="Saved")).to_be_visible()  # asked again by itself
    items = person.visitor.get("/activity")["items"]
    assert len(items) == 1
    person.visitor.outcomes([items[0]["content"]["id"]], timeout_s=60, progress=lambda done, total: None)
    assert len(running.posts("Written in a tunnel")) == len(accounts)


def test_a_lost_answer_is_asked_for_again_and_later_words_are_a_post_of_their_own(person: Person, running: Running) -> None:
    page = person.page
    person.visitor.link(CONSENTS[0])
    page.goto(f"{running.web}/app")
    text = page.get_by_label("Text", exact=True)
    text.fill("Saved, and nobody said so")
    page.route("**/content", lambda route: (route.fetch(), route.abort()))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("we don't know yet whether it was saved")).to_be_visible()
    page.unroute("**/content")
    text.fill("Saved, and nobody said so. More words.")
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("region", name="Saved")).to_have_count(1)
    expect(text).to_have_value("Saved, and nobody said so. More words.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Saved")).to_have_count(2)
    bodies = [item["content"]["body"] for item in person.visitor.get("/activity")["items"]]
    assert bodies == ["Saved, and nobody said so. More words.", "Saved, and nobody said so"]


def test_a_poll_that_fails_takes_nothing_away(person: Person, running: Running) -> None:
    page = person.page
    account = person.visitor.link(CONSENTS[0])[0]
    page.goto(f"{running.web}/app")
    page.get_by_label("Text", exact=True).fill("Half of a sentence")
    page.route("**/accounts", lambda route: route.fulfill(status=502, body="bad gateway"))
    with page.expect_response(lambda answer: answer.url.endswith("/accounts") and answer.status == 502):
        person.visitor.send("PATCH", f"/accounts/{account['id']}/toggle", json={"is_active": False})
    expect(page.get_by_label("Text", exact=True)).to_have_value("Half of a sentence")
    expect(page.get_by_text("This could not be loaded")).to_have_count(0)


def test_each_saved_post_keeps_its_undo(person: Person, running: Running) -> None:
    page = person.page
    person.visitor.link(CONSENTS[0])
    person.visitor.send("PATCH", "/me", json={"hold_seconds": 60})
    page.goto(f"{running.web}/app")
    text = page.get_by_label("Text", exact=True)
    for words in ("The first of two", "The second of two"):
        text.fill(words)
        text.press("Control+Enter")
        expect(text).to_have_value("")
    cards = page.get_by_role("region", name="Saved")
    expect(cards).to_have_count(2)
    text.fill("Being written")
    cards.last.get_by_role("button", name="Undo").click()
    expect(cards).to_have_count(1)
    expect(text).to_have_value("Being written")
    page.get_by_role("button", name="Write them again").click()
    expect(text).to_have_value("The first of two")


def test_the_whole_way_by_keyboard_alone(person: Person, running: Running) -> None:
    page = person.page
    person.visitor.link(CONSENTS[0])
    page.goto(f"{running.web}/app")
    expect(page.get_by_label("Text", exact=True)).to_be_visible()

    def tab_to(what: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate(FOCUSED, what):
                return
        raise AssertionError(f"{what} is not to be reached with the tabulator")

    tab_to("Text")
    page.keyboard.type("Written without a mouse")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("region", name="Saved")).to_be_visible()
    tab_to("See activity")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    expect(page.get_by_role("button", name="Written without a mouse")).to_be_visible()
    tab_to("Written without a mouse")
    page.keyboard.press("Space")
    expect(page.get_by_role("link", name="See the post").first).to_be_visible(timeout=30_000)
