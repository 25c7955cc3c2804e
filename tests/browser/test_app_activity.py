"""What became of a post, as it happens: outcomes, reasons, and one next step for each."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Locator, expect

from shells.cli.demonstration.visitor import CONSENTS
from tests.browser.conftest import Person
from tests.running import REJECT_ONCE, Running
from tests.web.test_unconfirmed import unconfirmed

PAGES = CONSENTS[0]  # two Facebook Pages, of which one takes what the other refuses


def saved(person: Person, **content: Any) -> dict[str, Any]:
    answer: dict[str, Any] = person.visitor.save(**content)
    return answer


def settle(person: Person, content: dict[str, Any]) -> None:
    person.visitor.outcomes([content["id"]], timeout_s=60, progress=lambda done, total: None)


def card(person: Person, text: str) -> Locator:
    return (
        person.page.get_by_role("list", name="Posts")
        .get_by_role("listitem")
        .filter(has=person.page.get_by_role("button", name=text))
    )


def test_outcomes_arrive_while_one_looks(person: Person, running: Running) -> None:
    page = person.page
    person.visitor.link(PAGES)
    page.goto(f"{running.web}/app/activity")
    expect(page.get_by_role("heading", name="Nothing yet")).to_be_visible()
    page.get_by_role("link", name="Write a post").click()
    page.get_by_label("Text", exact=True).fill("Watched from the first second")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="See activity").click()
    expect(card(person, "Watched from the first second")).to_contain_text("Posted on 2", timeout=30_000)
    page.get_by_role("button", name="Watched from the first second").press("Enter")
    expect(page.get_by_role("link", name="See the post")).to_have_count(2)
    page.get_by_role("button", name="Timeline").first.click()
    expect(page.get_by_text("Try 1:")).to_be_visible()
    assert person.complaints == []


def test_what_is_saved_elsewhere_is_told_at_once(person: Person, running: Running) -> None:
    """By the stream alone: a page that hears of changes asks by itself once in a minute."""
    page = person.page
    person.visitor.link(PAGES)
    with page.expect_response(lambda answer: "/events" in answer.url and answer.ok):
        page.goto(f"{running.web}/app/activity")
    expect(page.get_by_role("heading", name="Nothing yet")).to_be_visible()
    saved(person, body="Told, not asked for")
    expect(card(person, "Told, not asked for")).to_contain_text("Posted on 2", timeout=8_000)
    assert person.complaints == []


def test_without_a_stream_the_page_asks(person: Person, running: Running) -> None:
    page = person.page
    person.visitor.link(PAGES)
    page.route("**/events*", lambda route: route.abort())
    page.goto(f"{running.web}/app/activity")
    expect(page.get_by_role("heading", name="Nothing yet")).to_be_visible()
    saved(person, body="Asked for, not told")
    expect(card(person, "Asked for, not told")).to_contain_text("Posted on 2", timeout=30_000)


def test_a_failure_says_why_and_is_tried_again(person: Person, running: Running) -> None:
    page = person.page
    person.visitor.link(PAGES)
    running.faults(REJECT_ONCE)
    content = saved(person, body="Refused the first time")
    settle(person, content)
    running.faults()
    page.goto(f"{running.web}/app/activity")
    expect(card(person, "Refused the first time")).to_contain_text("1 not posted")
    page.get_by_role("button", name="Refused the first time").click()
    failed = card(person, "Refused the first time").get_by_role("listitem").filter(has_text="Not posted")
    expect(failed.get_by_role("button", name="Try again")).to_have_count(0)
    failed.get_by_text("Details").click()
    expect(failed.get_by_text("Code 100")).to_be_visible()
    failed.get_by_role("button", name="Timeline").click()
    failed.get_by_role("button", name="Try again as it is").click()
    expect(card(person, "Refused the first time")).to_contain_text("Posted on 2", timeout=30_000)
    assert len(running.posts("Refused the first time")) == 2
    assert person.complaints == []


def test_what_was_refused_is_edited_and_sent_to_who_refused_it(person: Person, running: Running) -> None:
    page = person.page
    person.visitor.link(PAGES)
    running.faults(REJECT_ONCE)
    settle(person, saved(person, body="Not quite right"))
    running.faults()
    page.goto(f"{running.web}/app/activity")
    page.get_by_role("button", name="Not quite right").click()
    page.get_by_role("button", name="Edit and send again").click()
    text = page.get_by_label("Text", exact=True)
    expect(text).to_have_value("Not quite right")
    text.fill("Just right")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Saved")).to_contain_text("1 account")
    page.get_by_role("link", name="See activity").click()
    expect(card(person, "Just right")).to_contain_text("Posted on 1", timeout=30_000)
    assert (len(running.posts("Not quite right")), len(running.posts("Just right"))) == (1, 1)
    assert person.complaints == []


def test_what_is_scheduled_is_moved_and_reworded(person: Person, running: Running) -> None:
    page = person.page
    person.visitor.link(PAGES)
    at = datetime.now(UTC) + timedelta(days=2)
    content = saved(person, body="Two days from now", scheduled_at=at.isoformat())
    page.goto(f"{running.web}/app/activity?view=scheduled")
    page.get_by_role("button", name="Two days from now").click()
    page.get_by_role("button", name="Edit or move it").click()
    page.get_by_label("Text", exact=True).fill("Three days from now")
    page.get_by_label("Schedule").fill((at + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Saved")).to_be_visible()
    changed = person.visitor.get(f"/content/{content['id']}")
    assert changed["body"] == "Three days from now"
    assert changed["scheduled_at"] > content["scheduled_at"]


def test_dead_letters_are_sent_again_together(person: Person, running: Running) -> None:
    page = person.page
    person.visitor.link(PAGES)
    running.faults(REJECT_ONCE | {"count": 2})
    content = saved(person, body="Both refused")
    settle(person, content)
    running.faults()
    page.goto(f"{running.web}/app/activity?view=dead")
    dead = page.get_by_role("region", name="Not sent")
    expect(dead.get_by_text("Both refused")).to_have_count(2)
    page.get_by_role("combobox", name="Reason").click()
    page.get_by_role("option", name="Post not accepted (2)").click()
    expect(dead.get_by_role("button", name="Edit and send again")).to_have_count(2)
    page.get_by_role("checkbox", name="All 2 that can be sent again").check()
    page.get_by_role("button", name="Send 2 again").click()
    expect(page.get_by_role("heading", name="Nothing fits")).to_be_visible()
    page.get_by_role("button", name="Show everything").click()
    expect(page.get_by_role("heading", name="Nothing is stuck")).to_be_visible()
    settle(person, content)
    assert len(running.posts("Both refused")) == 2


def test_scheduled_posts_stand_in_order_and_are_taken_back(person: Person, running: Running) -> None:
    page = person.page
    person.visitor.link(PAGES)
    now = datetime.now(UTC)
    saved(person, body="The later one", scheduled_at=(now + timedelta(days=3)).isoformat())
    saved(person, body="The sooner one", scheduled_at=(now + timedelta(days=2)).isoformat())
    page.goto(f"{running.web}/app/activity?view=scheduled")
    posts = page.get_by_role("list", name="Posts").locator("> li")
    expect(posts).to_have_count(2)
    expect(posts.first).to_contain_text("The sooner one")
    page.get_by_role("button", name="The sooner one").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Nothing was sent.")).to_be_visible()
    expect(posts).to_have_count(1)


def test_filters_narrow_the_list_and_say_what_was_left_out(person: Person, running: Running) -> None:
    page = person.page
    person.visitor.link(PAGES)
    person.visitor.link(CONSENTS[1])
    for text in ("About bread", "About boats"):
        settle(person, saved(person, body=text))
    page.goto(f"{running.web}/app/activity")
    page.get_by_role("textbox", name="Words").fill("boats")
    expect(page.get_by_role("list", name="Posts").locator("> li")).to_have_count(1)
    page.get_by_role("button", name="About boats").click()
    expect(page.get_by_role("list", name="Left out")).to_contain_text("without a picture or video")
    page.get_by_role("textbox", name="Words").fill("")
    page.get_by_role("combobox", name="Outcome").click()
    page.get_by_role("option", name="Not posted", exact=True).click()
    expect(page.get_by_role("heading", name="Nothing fits")).to_be_visible()
    page.get_by_role("button", name="Show everything").click()
    expect(page.get_by_role("list", name="Posts").locator("> li")).to_have_count(2)
    page.get_by_label("To day").fill("2020-01-01")
    expect(page.get_by_role("heading", name="Nothing fits")).to_be_visible()
    page.get_by_label("To day").fill("")
    page.get_by_role("textbox", name="Words").fill("nothing of the kind")
    expect(page).to_have_url(re.compile(r"text=nothing"))
    page.reload()
    expect(page.get_by_role("textbox", name="Words")).to_have_value("nothing of the kind")
    expect(page.get_by_role("heading", name="Nothing fits")).to_be_visible()
    page.get_by_role("button", name="Show everything").click()
    expect(page.get_by_role("list", name="Posts").locator("> li")).to_have_count(2)
    assert person.complaints == []


def test_what_nobody_could_confirm_is_looked_at_and_decided(person: Person, running: Running) -> None:
    page = person.page
    unconfirmed(running, person.visitor, "Posted, says its reader", "drop_after")
    page.goto(f"{running.web}/app/activity")
    page.get_by_role("button", name="Posted, says its reader").click()
    expect(page.get_by_role("link", name="Look there")).to_be_visible()
    expect(page.get_by_role("button", name="It is posted")).to_have_count(0)
    page.get_by_role("button", name="I have looked").click()
    expect(page.get_by_role("group", name="Is it posted on")).to_contain_text("it stands there twice")
    page.get_by_role("button", name="It is posted").click()
    expect(card(person, "Posted, says its reader")).to_contain_text("Posted on 1", timeout=30_000)
    assert len(running.posts("Posted, says its reader")) == 1
    assert person.complaints == []


def test_what_is_not_posted_is_sent_again(person: Person, running: Running) -> None:
    page = person.page
    unconfirmed(running, person.visitor, "Nowhere to be seen", "drop_before")
    page.goto(f"{running.web}/app/activity")
    page.get_by_role("button", name="Nowhere to be seen").click()
    page.get_by_role("button", name="I have looked").click()
    page.get_by_role("button", name="It is not: send again").click()
    expect(card(person, "Nowhere to be seen")).to_contain_text("Posted on 1", timeout=30_000)
    assert len(running.posts("Nowhere to be seen")) == 1
    assert person.complaints == []
