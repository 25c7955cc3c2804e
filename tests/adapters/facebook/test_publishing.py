"""Text, links, photos and videos: what goes up, what anyone sees, and what prepare resumes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from distribution_core.domain.content import MediaAsset, MediaKind
from distribution_core.domain.errors import LeaseLostError
from distribution_core.domain.outcome import (
    AuthLost,
    Found,
    Processing,
    Published,
    Ready,
    Rejected,
    Throttled,
    Unavailable,
)
from distribution_core.domain.post import Post
from distribution_core.domain.rules import check
from distribution_core.testing.memory_journal import MemoryJournal

pytestmark = pytest.mark.anyio
MIB = 1024 * 1024


@pytest.fixture(params=["draft", "direct"])
def flow(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_words_are_seen_once_as_they_were_written(stage: Any, flow: str) -> None:
    account = await stage.page(post_flow=flow)
    text = "Hi @[5550002] #cat 🐈 & 100% <b>\n\näöü 'quoted' + plus"
    outcome = await account.publish(Post(text=text))
    [seen] = stage.posts()
    assert (seen["account_id"], seen["text"], seen["kind"]) == ("5550001", text, "text")
    assert outcome == Published(external_post_id=seen["post_id"], permalink=seen["permalink"])


async def test_a_link_is_a_card(stage: Any, flow: str) -> None:
    account = await stage.page(post_flow=flow)
    await account.publish(Post(text="Read this", link="https://example.com/a?b=1&c=ä"))
    [seen] = stage.posts()
    assert (seen["kind"], seen["link"], seen["text"]) == ("link", "https://example.com/a?b=1&c=ä", "Read this")


@pytest.mark.parametrize("count", [1, 3, 10])
async def test_photos_are_one_post_in_their_order(stage: Any, flow: str, count: int) -> None:
    account = await stage.page(post_flow=flow)
    pictures = tuple([await stage.picture(seed, alt_text=f"Picture {seed}") for seed in range(count)])
    outcome = await account.publish(Post(text="Look", link="https://example.com", media=pictures))
    assert isinstance(outcome, Published)
    [seen] = stage.posts()
    assert [item["sha256"] for item in seen["media"]] == [picture.sha256 for picture in pictures]
    assert [item["alt_text"] for item in seen["media"]] == [f"Picture {seed}" for seed in range(count)]
    assert (seen["kind"], seen["text"]) == ("photo", "Look")


async def test_a_photo_needs_no_words(stage: Any, flow: str) -> None:
    account = await stage.page(post_flow=flow)
    assert isinstance(await account.publish(Post(text="", media=(await stage.picture(),))), Published)
    assert stage.posts()[0]["text"] == ""


async def test_nothing_is_seen_before_the_commit(stage: Any, flow: str) -> None:
    account = await stage.page(post_flow=flow)
    for post in (Post(text="a"), Post(text="b", media=(await stage.picture(),)), Post(text="c", media=(await stage.clip(),))):
        assert await account.platform.adapter.prepare(account.posting(post), MemoryJournal()) == Ready()
    assert stage.posts() == []


@pytest.mark.parametrize("kind", ["none", "DRAFT"])
async def test_a_hidden_post_may_be_called_a_draft(stage: Any, kind: str) -> None:
    account = await stage.page(unpublished_content_type=kind)
    assert isinstance(await account.publish(Post(text="x")), Published)
    assert len(stage.posts()) == 1


async def test_a_video_goes_up_in_the_chunks_that_facebook_asks_for(stage: Any) -> None:
    account = await stage.page()
    clip = await stage.clip(3 * MIB + 17)
    journal = MemoryJournal()
    post = Post(text="Watch", title="A film", media=(clip,))
    outcome = await account.publish(post, journal)
    assert isinstance(outcome, Processing)
    found = await account.settled(account.later(post), journal)
    [seen] = stage.posts()
    assert (seen["kind"], seen["text"], seen["title"]) == ("video", "Watch", "A film")
    assert seen["media"][0]["sha256"] == clip.sha256
    assert isinstance(found, Found)
    assert found.publication.external_post_id == seen["post_id"]
    offsets = [records["video"]["offset"] for records in journal.records if "video" in records]
    assert offsets == [0, MIB, 2 * MIB, 3 * MIB, 3 * MIB + 17]
    assert max(length for _, _, length in stage.media.reads) <= MIB


async def test_chunks_may_be_smaller_than_what_is_asked(stage: Any) -> None:
    account = await stage.page(video_chunk_bytes="300000")
    journal, post = MemoryJournal(), Post(text="x", media=(await stage.clip(700_000),))
    await account.publish(post, journal)
    assert isinstance(await account.settled(account.later(post), journal), Found)
    offsets = [records["video"]["offset"] for records in journal.records if "video" in records]
    assert offsets == [0, 300_000, 600_000, 700_000]


async def test_a_second_prepare_sends_nothing_again(stage: Any) -> None:
    account = await stage.page()
    for post in (
        Post(text="a", media=(await stage.picture(1), await stage.picture(2))),
        Post(text="b", media=(await stage.clip(2 * MIB),)),
    ):
        journal, job = MemoryJournal(), account.posting(post)
        assert await account.platform.adapter.prepare(job, journal) == Ready()
        handles, reads = journal.handles, len(stage.media.reads)
        assert await account.platform.adapter.prepare(job, journal) == Ready()
        assert (journal.handles, len(stage.media.reads)) == (handles, reads)


async def test_photos_go_on_where_they_broke_off(stage: Any) -> None:
    account = await stage.page()
    pictures = tuple([await stage.picture(seed) for seed in range(3)])
    post = Post(text="x", media=pictures)
    journal, job = MemoryJournal(), account.posting(post)
    journal_one = MemoryJournal()
    assert await account.platform.adapter.prepare(account.posting(Post(text="x", media=pictures[:1])), journal_one) == Ready()
    first = journal_one.handles["photos"]
    await journal.record(photos=first)
    stage.media.reads.clear()
    # A photo that already stands in a draft can't be taken: the handles are dead, and that is said.
    refused = await account.platform.adapter.prepare(job, journal)
    assert isinstance(refused, Unavailable)
    assert refused.stale
    assert {key for key, _, _ in stage.media.reads} == {picture.key for picture in pictures[1:]}
    journal = MemoryJournal()
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    assert isinstance(await account.platform.adapter.commit(job, journal.handles), Published)
    assert len(stage.posts()) == 1


@pytest.mark.parametrize("kind", ["error_before", "error_after", "drop_before", "drop_after"])
@pytest.mark.parametrize("call", ["photos", "feed"])
async def test_a_lost_answer_before_the_commit_costs_nothing(stage: Any, call: str, kind: str) -> None:
    account = await stage.page()
    post = Post(text="x", media=(await stage.picture(),))
    journal, job = MemoryJournal(), account.posting(post)
    stage.fault(call, kind)
    lost = await account.platform.adapter.prepare(job, journal)
    assert isinstance(lost, Unavailable)
    again = await account.platform.adapter.prepare(job, journal)
    if isinstance(again, Unavailable):
        # The draft whose answer was lost holds the photo.
        assert again.stale
        again = await account.platform.adapter.prepare(job, journal := MemoryJournal())
    assert again == Ready()
    assert isinstance(await account.platform.adapter.commit(job, journal.handles), Published)
    assert len(stage.posts()) == 1


@pytest.mark.parametrize("kind", ["error_before", "error_after", "drop_before", "drop_after"])
@pytest.mark.parametrize("call", ["video_start", "video_transfer"])
async def test_an_upload_is_resumed_where_facebook_says(stage: Any, call: str, kind: str) -> None:
    account = await stage.page()
    clip = await stage.clip(3 * MIB)
    post = Post(text="x", media=(clip,))
    journal, job = MemoryJournal(), account.posting(post)
    stage.fault(call, kind)
    assert isinstance(await account.platform.adapter.prepare(job, journal), Unavailable)
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    assert isinstance(await account.platform.adapter.commit(job, journal.handles), Processing)
    assert isinstance(await account.settled(account.later(post), journal), Found)
    assert [item["sha256"] for item in stage.posts()[0]["media"]] == [clip.sha256]


async def test_an_upload_that_never_moves_is_given_up(stage: Any) -> None:
    account = await stage.page()
    journal, job = MemoryJournal(), account.posting(Post(text="x", media=(await stage.clip(2 * MIB),)))
    stuck = {"start_offset": "0", "end_offset": str(MIB)}
    stage.fault("video_transfer", "custom", count=None, status=200, body=stuck)
    assert isinstance(await account.platform.adapter.prepare(job, journal), Unavailable)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": 7},
        {"id": ""},
        {"video_id": "1"},
        {"video_id": "", "upload_session_id": "", "start_offset": 0, "end_offset": 0},
        [],
    ],
)
async def test_an_answer_that_cannot_be_understood_is_no_handle(stage: Any, body: Any) -> None:
    account = await stage.page()
    posts = {"feed": (), "photos": (await stage.picture(),), "video_start": (await stage.clip(),)}
    for call, media in posts.items():
        stage.fault(call, "custom", status=200, body=body)
        journal = MemoryJournal()
        found = await account.platform.adapter.prepare(account.posting(Post(text="x", media=media)), journal)
        assert isinstance(found, Unavailable)
        assert journal.handles == {}


async def test_old_photos_go_up_again_with_a_new_draft(stage: Any) -> None:
    account = await stage.page()
    journal, job = MemoryJournal(), account.posting(Post(text="x", media=(await stage.picture(),)))
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    old = journal.handles
    day_ago = (datetime.now(UTC) - timedelta(hours=23, minutes=5)).isoformat()
    await journal.record(photos=[{"id": old["photos"][0]["id"], "at": day_ago}])
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    assert journal.handles["photos"][0]["id"] != old["photos"][0]["id"]
    assert journal.handles["draft"] != old["draft"]
    assert isinstance(await account.platform.adapter.commit(job, journal.handles), Published)
    assert len(stage.posts()) == 1


async def test_a_draft_that_may_be_published_is_never_replaced(stage: Any) -> None:
    account = await stage.page()
    post = Post(text="x", media=(await stage.picture(),))
    journal = MemoryJournal()
    assert await account.platform.adapter.prepare(account.posting(post), journal) == Ready()
    day_ago = (datetime.now(UTC) - timedelta(hours=30)).isoformat()
    await journal.record(photos=[{"id": journal.handles["photos"][0]["id"], "at": day_ago}])
    before = journal.handles
    assert await account.platform.adapter.prepare(account.later(post), journal) == Ready()
    assert journal.handles == before


async def test_an_old_upload_session_is_opened_anew_unless_its_end_was_asked_for(stage: Any) -> None:
    account = await stage.page()
    post = Post(text="x", media=(await stage.clip(),))
    journal = MemoryJournal()
    assert await account.platform.adapter.prepare(account.posting(post), journal) == Ready()
    old = dict(journal.handles["video"])
    await journal.record(video=old | {"since": (datetime.now(UTC) - timedelta(hours=21)).isoformat()})
    assert await account.platform.adapter.prepare(account.later(post), journal) == Ready()
    assert journal.handles["video"]["id"] == old["id"]
    assert await account.platform.adapter.prepare(account.posting(post), journal) == Ready()
    assert journal.handles["video"]["id"] != old["id"]


async def test_a_lost_lease_stops_the_work(stage: Any) -> None:
    account = await stage.page()
    for media in ((await stage.picture(),), (await stage.clip(),), ()):
        with pytest.raises(LeaseLostError):
            await account.platform.adapter.prepare(account.posting(Post(text="x", media=media)), MemoryJournal(lose_lease=True))
    assert stage.posts() == []


async def test_the_journal_holds_no_token(stage: Any) -> None:
    account = await stage.page()
    journal = MemoryJournal()
    await account.publish(Post(text="x", media=(await stage.picture(),)), journal)
    video = MemoryJournal()
    await account.publish(Post(text="y", media=(await stage.clip(),)), video)
    written = json.dumps([*journal.records, *video.records])
    assert account.job.token.reveal() not in written
    assert "sandbox-facebook-secret" not in written + repr(account.platform) + repr(account.job)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (("rate_limited", {"wait_seconds": 600}), Throttled(message="", code="80001", wait=timedelta(minutes=10))),
        (("rate_limited", {}), Throttled(message="", code="80001")),
        (("token_expired", {}), AuthLost(message="", code="190/463")),
        (("token_revoked", {}), AuthLost(message="", code="190/460", refreshable=False)),
    ],
)
@pytest.mark.parametrize("call", ["photos", "update"])
async def test_refusals_name_the_next_step_before_and_at_the_commit(stage: Any, call: str, fault: Any, expected: Any) -> None:
    account = await stage.page()
    post = Post(text="x", media=(await stage.picture(),))
    journal, job = MemoryJournal(), account.posting(post)
    if call == "update":
        assert await account.platform.adapter.prepare(job, journal) == Ready()
    stage.fault(call, fault[0], **fault[1])
    if call == "update":
        found: Any = await account.platform.adapter.commit(job, journal.handles)
    else:
        found = await account.platform.adapter.prepare(job, journal)
    assert evolve(found, message="") == expected
    assert stage.posts() == []


async def test_a_page_without_the_right_to_post_is_refused(stage: Any) -> None:
    account = await stage.page("5550003")
    found = await account.platform.adapter.prepare(account.posting(Post(text="x")), MemoryJournal())
    assert isinstance(found, Rejected)
    assert not found.content


async def test_a_persons_token_does_not_post_to_a_page(stage: Any) -> None:
    account = await stage.page()
    consent = await stage.link(account.platform)
    job = evolve(account.posting(Post(text="x")), token=consent.tokens.access)
    found = await account.platform.adapter.prepare(job, MemoryJournal())
    assert isinstance(found, Rejected)
    assert found.code == "190/2069032"


async def test_a_link_that_facebook_cannot_see_is_the_contents_fault(stage: Any, flow: str) -> None:
    account = await stage.page(post_flow=flow)
    journal, job = MemoryJournal(), account.posting(Post(text="x", link="https://www.facebook.com/x"))
    found: Any = await account.platform.adapter.prepare(job, journal)
    if flow == "direct":
        assert found == Ready()
        found = await account.platform.adapter.commit(job, journal.handles)
    assert isinstance(found, Rejected)
    assert (found.content, found.code) == (True, "100/1609008")
    assert stage.posts() == []


async def test_the_same_words_twice_are_a_duplicate_only_in_one_call(stage: Any) -> None:
    account = await stage.page(post_flow="direct")
    assert isinstance(await account.publish(Post(text="same")), Published)
    found = await account.publish(Post(text="same"))
    assert isinstance(found, Rejected)
    assert found.code == "506"
    assert len(stage.posts()) == 1


async def test_a_video_that_is_none_is_refuted(stage: Any) -> None:
    account = await stage.page()
    journal, post = MemoryJournal(), Post(text="x", media=(await stage.clip(),))
    stage.fault("video_finish", "processing_failure", reason="1363128: too long")
    await account.publish(post, journal)
    found = await account.settled(account.later(post), journal)
    assert "too long" in found.refusal.message
    assert isinstance(found.refusal, Rejected)
    assert stage.posts() == []


async def test_the_rules_take_what_facebook_takes(stage: Any) -> None:
    rules = stage.build().adapter.rules
    assert check(rules, Post(text="x" * 63206)).ok
    assert not check(rules, Post(text="x" * 63207)).ok
    assert not check(rules, Post(text="")).ok
    picture = MediaAsset(key="k", kind=MediaKind.IMAGE, mime="image/png", size_bytes=1, sha256="00", width=9, height=9)
    assert check(rules, Post(text="", media=(picture,) * 10)).ok
    assert not check(rules, Post(text="", media=(picture,) * 11)).ok
    assert not check(rules, Post(text="", media=(evolve(picture, mime="image/webp"),))).ok
    assert not check(rules, Post(text="", media=(evolve(picture, size_bytes=4_000_001),))).ok
    assert not check(rules, Post(text="x", options={"privacy": "public"})).ok


async def test_the_commit_carries_no_bytes_so_its_deadline_is_fixed(stage: Any) -> None:
    adapter = stage.build(commit_deadline_s="33", read_lag_s="4").adapter
    timing = adapter.timing(None)
    assert (timing.commit_deadline, timing.settle) == (timedelta(seconds=33), timedelta(seconds=4))
