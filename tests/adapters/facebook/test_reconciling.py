"""A lost answer to the call that publishes: asked by handle, or looked for, and never a second post."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from distribution_core.domain.outcome import (
    Absent,
    AuthLost,
    CannotAsk,
    Found,
    Processing,
    Published,
    Ready,
    Refuted,
    Rejected,
    Throttled,
    Unavailable,
    Unconfirmed,
    Unknown,
)
from distribution_core.domain.post import Post
from distribution_core.testing.memory_journal import MemoryJournal

pytestmark = pytest.mark.anyio
AFTER = ["error_after", "drop_after"]
BEFORE = ["error_before", "drop_before"]


async def lost(stage: Any, account: Any, post: Post, call: str, kind: str, **options: Any) -> MemoryJournal:
    """Prepared, then committed with an answer that says nothing."""
    journal, job = MemoryJournal(), account.posting(post)
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    stage.fault(call, kind, **options)
    assert isinstance(await account.platform.adapter.commit(job, journal.handles), Unconfirmed)
    return journal


@pytest.mark.parametrize("photos", [0, 2])
@pytest.mark.parametrize("kind", AFTER)
async def test_a_draft_that_was_published_is_found_by_its_id(stage: Any, kind: str, photos: int) -> None:
    account = await stage.page()
    post = Post(text="x", media=tuple([await stage.picture(seed) for seed in range(photos)]))
    journal = await lost(stage, account, post, "update", kind)
    found = await account.platform.adapter.reconcile(account.later(post), journal.handles)
    [seen] = stage.posts()
    assert found == Found(publication=Published(external_post_id=seen["post_id"], permalink=seen["permalink"]))


@pytest.mark.parametrize("kind", BEFORE)
async def test_a_draft_that_is_still_hidden_is_published_again(stage: Any, kind: str) -> None:
    account = await stage.page()
    post = Post(text="x", media=(await stage.picture(),))
    journal = await lost(stage, account, post, "update", kind)
    job = account.later(post)
    assert await account.platform.adapter.reconcile(job, journal.handles) == Absent()
    reads = len(stage.media.reads)
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    assert isinstance(await account.platform.adapter.commit(job, journal.handles), Published)
    assert len(stage.media.reads) == reads
    assert len(stage.posts()) == 1


async def test_publishing_a_draft_twice_makes_one_post(stage: Any) -> None:
    account = await stage.page()
    journal, post = MemoryJournal(), Post(text="x")
    first = await account.publish(post, journal)
    assert await account.platform.adapter.commit(account.posting(post), journal.handles) == first
    assert len(stage.posts()) == 1


async def test_a_slow_answer_is_unconfirmed_and_then_found(stage: Any) -> None:
    account = await stage.page(commit_deadline_s="0.2")
    post = Post(text="x")
    journal = await lost(stage, account, post, "update", "slow", seconds=1)
    assert isinstance(await account.platform.adapter.reconcile(account.later(post), journal.handles), Found)


async def test_a_draft_that_vanished_proves_nothing(stage: Any) -> None:
    account = await stage.page()
    journal = MemoryJournal()
    await journal.record(draft="5550001_1")
    assert isinstance(await account.platform.adapter.reconcile(account.later(Post(text="x")), journal.handles), Unknown)


async def test_a_draft_that_vanished_is_made_anew_unless_it_was_sent_before(stage: Any) -> None:
    account = await stage.page()
    handles = {"draft": "5550001_1"}
    post = Post(text="x")
    first = await account.platform.adapter.commit(account.posting(post), handles)
    assert isinstance(first, Unavailable)
    assert first.stale
    assert isinstance(await account.platform.adapter.commit(account.later(post), handles), Unconfirmed)


@pytest.mark.parametrize("body", [{}, {"id": "5550001_1"}, {"is_published": "yes"}, [], {"is_published": None}])
async def test_a_draft_of_which_nothing_is_said_proves_nothing(stage: Any, body: Any) -> None:
    account = await stage.page()
    stage.fault("read", "custom", status=200, body=body)
    found = await account.platform.adapter.reconcile(account.later(Post(text="x")), {"draft": "5550001_1"})
    assert isinstance(found, Unknown)


@pytest.mark.parametrize("kind", AFTER)
@pytest.mark.parametrize("photos", [0, 2])
async def test_a_direct_post_is_found_by_its_words(stage: Any, kind: str, photos: int) -> None:
    account = await stage.page(post_flow="direct")
    post = Post(text="Hi  there\n🐈", media=tuple([await stage.picture(seed) for seed in range(photos)]))
    journal = await lost(stage, account, post, "feed", kind)
    found = await account.platform.adapter.reconcile(account.later(post), journal.handles)
    [seen] = stage.posts()
    assert found == Found(publication=Published(external_post_id=seen["post_id"], permalink=seen["permalink"]), by_likeness=True)


@pytest.mark.parametrize("kind", BEFORE)
async def test_a_direct_post_that_is_not_listed_proves_nothing(stage: Any, kind: str) -> None:
    account = await stage.page(post_flow="direct")
    post = Post(text="x")
    journal = await lost(stage, account, post, "feed", kind)
    assert isinstance(await account.platform.adapter.reconcile(account.later(post), journal.handles), Unknown)
    assert stage.posts() == []


async def test_what_is_not_ours_is_not_adopted(stage: Any) -> None:
    """A post by hand, one that another delivery holds, one from before the attempt, one with other words or photos."""
    account = await stage.page(post_flow="direct")
    reconcile = account.platform.adapter.reconcile
    stage.switch(posted_by_hand={"page_id": "5550001", "message": "x"}, refuse_duplicates=False)
    assert isinstance(await reconcile(account.later(Post(text="x")), {}), Unknown)
    ours = await account.publish(Post(text="x"))
    job = account.later(Post(text="x"))
    assert isinstance(await reconcile(job, {}), Found)
    assert isinstance(await reconcile(evolve(job, claimed_post_ids=frozenset({ours.external_post_id})), {}), Unknown)
    assert isinstance(await reconcile(evolve(job, committing_at=datetime.now(UTC) + timedelta(minutes=1)), {}), Unknown)
    assert isinstance(await reconcile(evolve(job, committing_at=datetime.now(UTC) - timedelta(hours=1)), {}), Unknown)
    assert isinstance(await reconcile(account.later(Post(text="y")), {}), Unknown)
    with_photo = Post(text="x", media=(await stage.picture(),))
    assert isinstance(await reconcile(account.later(with_photo), {}), Unknown)
    assert isinstance(await reconcile(evolve(job, committing_at=None), {}), Unknown)


async def test_two_that_could_be_ours_are_a_question_for_a_person(stage: Any) -> None:
    stage.switch(refuse_duplicates=False)
    account = await stage.page(post_flow="direct")
    for _ in range(2):
        await account.publish(Post(text="x"))
    assert isinstance(await account.platform.adapter.reconcile(account.later(Post(text="x")), {}), Unknown)


async def test_the_journal_decides_the_way_though_the_setting_changed(stage: Any) -> None:
    """Else a direct post whose answer was lost would be taken for a hidden draft and sent again."""
    drafting = await stage.page(post_flow="draft")
    direct = evolve(drafting, platform=stage.build(post_flow="direct"))
    post = Post(text="x")
    journal, job = MemoryJournal(), drafting.posting(post)
    assert await drafting.platform.adapter.prepare(job, journal) == Ready()
    assert await direct.platform.adapter.prepare(job, journal) == Ready()
    stage.fault("*", "drop_after")
    assert isinstance(await direct.platform.adapter.commit(job, journal.handles), Unconfirmed)
    [seen] = stage.posts()
    assert seen["post_id"] == journal.handles["draft"]
    for account in (direct, drafting):
        assert isinstance(await account.platform.adapter.reconcile(account.later(post), journal.handles), Found)
    lost_direct = await lost(stage, direct, Post(text="y"), "feed", "error_before")
    found = await drafting.platform.adapter.reconcile(drafting.later(Post(text="y")), lost_direct.handles)
    assert isinstance(found, Unknown)


@pytest.mark.parametrize("kind", AFTER)
async def test_a_finished_video_is_found_by_its_id(stage: Any, kind: str) -> None:
    account = await stage.page()
    post = Post(text="x", media=(await stage.clip(),))
    journal = await lost(stage, account, post, "video_finish", kind)
    found = await account.settled(account.later(post), journal)
    [seen] = stage.posts()
    assert isinstance(found, Found)
    assert found.publication.external_post_id == seen["post_id"]


@pytest.mark.parametrize("kind", BEFORE)
async def test_a_video_that_was_never_finished_is_finished_again(stage: Any, kind: str) -> None:
    account = await stage.page()
    post = Post(text="x", media=(await stage.clip(),))
    journal = await lost(stage, account, post, "video_finish", kind)
    job = account.later(post)
    assert await account.platform.adapter.reconcile(job, journal.handles) == Absent()
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    assert isinstance(await account.platform.adapter.commit(job, journal.handles), Processing)
    assert isinstance(await account.settled(job, journal), Found)
    assert len(stage.posts()) == 1


async def test_a_video_is_processing_for_as_long_as_it_takes(stage: Any) -> None:
    account = await stage.page()
    stage.switch(processing_seconds=3600)
    journal, post = MemoryJournal(), Post(text="x", media=(await stage.clip(),))
    assert isinstance(await account.publish(post, journal), Processing)
    found = await account.platform.adapter.reconcile(account.later(post), journal.handles)
    assert found == Processing(poll_after=timedelta(seconds=5))
    long_ago = account.later(post, committing_at=datetime.now(UTC) - timedelta(minutes=20))
    assert await account.platform.adapter.reconcile(long_ago, journal.handles) == Processing(poll_after=timedelta(seconds=60))
    stage.advance(3601)
    assert isinstance(await account.platform.adapter.reconcile(account.later(post), journal.handles), Found)


async def test_a_fresh_video_that_cannot_be_read_is_asked_about_later(stage: Any) -> None:
    account = await stage.page()
    journal, post = MemoryJournal(), Post(text="x", media=(await stage.clip(),))
    await account.publish(post, journal)
    stage.switch(read_lag_polls=2)
    asked = [await account.platform.adapter.reconcile(account.later(post), journal.handles) for _ in range(2)]
    assert [type(found) for found in asked] == [CannotAsk, CannotAsk]
    assert isinstance(await account.settled(account.later(post), journal), Found)


VIDEO: dict[str, Any] = {"video": {"id": "999", "session": "4", "offset": 9, "end": 9}, "finished": True}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"status": {"video_status": "ready"}, "post_id": "5_7"}, Found),
        ({"status": {"video_status": "ready"}, "published": True}, Found),
        ({"status": {"video_status": "ready"}, "published": False}, Processing),
        ({"status": {"video_status": "processing"}, "published": True}, Processing),
        ({"status": {"video_status": "ready", "publishing_phase": {"publish_status": "published"}}}, Found),
        ({"status": {"video_status": "ready", "publishing_phase": {"publish_status": "draft"}}}, Processing),
        ({"status": {"video_status": "ready", "publishing_phase": {"publish_status": "error"}}}, Refuted),
        ({"status": {"video_status": "ready", "publishing_phase": "complete"}}, Found),
        ({"status": {"video_status": "error"}}, Refuted),
        ({"status": {"video_status": "expired"}}, Refuted),
        ({"status": {"video_status": "upload_failed"}}, Refuted),
        ({"status": {"video_status": "upload_complete"}}, Processing),
        ({"status": "ready"}, Processing),
        ({}, Processing),
    ],
)
async def test_every_state_of_a_finished_video(stage: Any, body: dict[str, Any], expected: type) -> None:
    account = await stage.page()
    post = Post(text="x", media=(await stage.clip(),))
    stage.fault("read", "custom", status=200, body=body)
    assert type(await account.platform.adapter.reconcile(account.later(post), VIDEO)) is expected


async def test_an_upload_that_came_to_nothing_is_tried_afresh_and_a_bad_video_is_not(stage: Any) -> None:
    account = await stage.page()
    post = Post(text="x", media=(await stage.clip(),))
    stage.fault("read", "custom", status=200, body={"status": {"video_status": "expired"}})
    found = await account.platform.adapter.reconcile(account.later(post), VIDEO)
    assert isinstance(found.refusal, Unavailable)
    failed = {"video_status": "error", "processing_phase": {"status": "error", "error": {"message": "bad codec"}}}
    stage.fault("read", "custom", status=200, body={"status": failed})
    found = await account.platform.adapter.reconcile(account.later(post), VIDEO)
    assert found == Refuted(refusal=Rejected(message="Facebook could not use the video: bad codec", code="error"))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("drop_before", Unavailable),
        ("error_before", Unavailable),
        ("rate_limited", Throttled),
        ("token_expired", AuthLost),
    ],
)
async def test_a_question_that_failed_concludes_nothing(stage: Any, kind: str, expected: type) -> None:
    for flow, handles, media in (
        ("draft", {"draft": "5550001_1"}, ()),
        ("direct", {}, ()),
        ("draft", VIDEO, (await stage.clip(),)),
    ):
        account = await stage.page(post_flow=flow)
        stage.fault("*", kind)
        found = await account.platform.adapter.reconcile(account.later(Post(text="x", media=media)), handles)
        assert isinstance(found, CannotAsk)
        assert type(found.refusal) is expected


async def test_a_commit_that_never_left_us_had_no_effect(stage: Any) -> None:
    account = await stage.page()
    away = stage.build(graph="http://127.0.0.1:9/facebook/graph")
    found = await away.adapter.commit(account.posting(Post(text="x")), {"draft": "5550001_1"})
    assert isinstance(found, Unavailable)


@pytest.mark.parametrize("flow", ["draft", "direct"])
@pytest.mark.parametrize("body", [{}, {"success": "yes"}, {"id": 7}, [], {"error": {"code": 1}}])
async def test_an_answer_that_cannot_be_understood_is_unconfirmed(stage: Any, flow: str, body: Any) -> None:
    account = await stage.page(post_flow=flow)
    await lost(stage, account, Post(text="x"), "update" if flow == "draft" else "feed", "custom", status=200, body=body)


async def test_photos_that_are_spent_may_be_our_own_post(stage: Any) -> None:
    account = await stage.page(post_flow="direct")
    post = Post(text="x", media=(await stage.picture(),))
    journal = await lost(stage, account, post, "feed", "drop_after")
    assert isinstance(await account.platform.adapter.commit(account.posting(post), journal.handles), Unconfirmed)
    assert len(stage.posts()) == 1
