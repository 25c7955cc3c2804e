"""The pages as a person with a phone sees them: the API's own, consent, and timelines with real pictures."""

import pytest
from playwright.sync_api import expect

from shells.cli.demonstration.samples import picture, video
from shells.cli.demonstration.visitor import CONSENTS
from tests.browser.conftest import Person
from tests.running import Running

LOADED = """video => new Promise(done => {
  if (video.readyState) done(video.videoWidth)
  else video.onloadedmetadata = () => done(video.videoWidth)
})"""


def fits(person: Person) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return bool(person.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_the_page_of_calls_names_them_and_says_sandbox(person: Person, running: Running) -> None:
    person.page.goto(f"{running.web}/calls")
    expect(person.page.get_by_role("heading", name="Simulcast")).to_be_visible()
    expect(person.page.get_by_role("note")).to_contain_text("Sandbox.")
    expect(person.page.get_by_text("/content/{content_id}/resend")).to_be_visible()
    assert fits(person)
    person.page.get_by_role("link", name="See their timelines").click()
    expect(person.page.get_by_role("heading", name="TikTok")).to_be_visible()
    assert fits(person)
    assert person.complaints == []


def test_a_person_links_one_page_by_hand(person: Person, running: Running) -> None:
    page = person.page
    page.goto(f"{running.web}/oauth/facebook/authorize")
    expect(page.get_by_role("note")).to_contain_text("Sandbox.")
    expect(page.get_by_text("asks for access")).to_be_visible()
    assert fits(person)
    page.get_by_label("Ada Lovelace").check()
    page.get_by_label("Harbour Books").uncheck()
    page.get_by_label("Old Mill").uncheck()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Facebook is linked")).to_be_visible()
    expect(page.get_by_role("listitem")).to_contain_text(["Ada's Bakery"])
    assert [account["display_name"] for account in person.visitor.get("/accounts")["accounts"]] == ["Ada's Bakery"]
    assert person.complaints == []


@pytest.mark.parametrize("platform", ["facebook", "tiktok", "linkedin"])
def test_cancelling_links_nothing(person: Person, running: Running, platform: str) -> None:
    person.page.goto(f"{running.web}/oauth/{platform}/authorize")
    assert fits(person)
    person.page.get_by_role("button", name="Cancel").click()
    expect(person.page.locator("body")).to_contain_text("nothing was linked")
    assert person.visitor.get("/accounts")["accounts"] == []


def test_timelines_show_each_post_once_with_its_media(person: Person, running: Running) -> None:
    visitor, page = person.visitor, person.page
    accounts = [account for consent in CONSENTS for account in visitor.link(consent)]
    media = [visitor.upload(picture(), "image/png"), visitor.upload(video(), "video/mp4")]
    texts = ["A harbour at dusk", "A ball that rolls"]
    saved = [
        visitor.save(body=text, media_assets=[{"key": key, "alt_text": text}]) for text, key in zip(texts, media, strict=True)
    ]
    visitor.outcomes([item["id"] for item in saved], timeout_s=60, progress=lambda done, total: None)
    for account in accounts:
        page.goto(f"{running.addresses.sandbox}/{account['platform']}/timeline/{account['external_account_id']}")
        for text in texts:
            expect(page.get_by_role("article").filter(has_text=text)).to_have_count(1)
        image = page.get_by_role("article").filter(has_text=texts[0]).locator("img")
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        film = page.get_by_role("article").filter(has_text=texts[1]).locator("video")
        assert film.evaluate(LOADED) > 0
        assert fits(person)
    assert person.complaints == []
