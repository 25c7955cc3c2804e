"""A commit whose answer was lost, and posts that take their time: exactly one is seen in the end, or a person is asked."""

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
MIB = 1024 * 1024


async def lost(stage: Any, account: Any, post: Post, call: str, kind: str, **options: Any) -> tuple[Any, MemoryJournal]:
    """A job whose commit met a fault, as it is when somebody asks what became of it."""
    journal, job = MemoryJournal(), account.posting(post)
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    stage.fault(call, kind, **options)
    assert isinstance(await account.platform.adapter.commit(job, journal.handles), Unconfirmed)
    return evolve(job, committing_at=datetime.now(UTC) - timedelta(seconds=1)), journal


@pytest.mark.parametrize("kind", ["error_after", "drop_after"])
async def test_a_last_chunk_whose_answer_was_lost_is_found_by_its_handle(stage: Any, kind: str) -> None:
    account = await stage.creator()
    job, journal = await lost(stage, account, Post(text="x", media=(await stage.clip(),)), "upload_final", kind)
    found = await account.settled(job, journal)
    assert isinstance(found, Found)
    assert [seen["post_id"] for seen in stage.posts()] == [found.publication.external_post_id]


@pytest.mark.parametrize("kind", ["error_before", "drop_before"])
@pytest.mark.parametrize("size", [200_000, 17 * MIB])
async def test_a_last_chunk_that_never_arrived_is_put_into_the_same_upload(
    stage: Any, chunked: Any, kind: str, size: int
) -> None:
    account = await stage.creator(**chunked)
    clip = await stage.clip(size)
    job, journal = await lost(stage, account, Post(text="x", media=(clip,)), "upload_final", kind)
    assert await account.settled(job, journal) == Absent()
    assert "short_since" in journal.handles
    publish_id = journal.handles["publish_id"]
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    assert journal.handles["publish_id"] == publish_id
    outcome = await account.platform.adapter.commit(job, journal.handles)
    assert isinstance(outcome, Processing)
    await journal.record(**outcome.handles)
    assert isinstance(await account.settled(job, journal), Found)
    [seen] = stage.posts()
    assert seen["media"][0]["sha256"] == clip.sha256


async def test_sending_the_last_chunk_twice_makes_one_post(stage: Any) -> None:
    """The first one arrives after all, behind a status that still missed it."""
    account = await stage.creator()
    job, journal = await lost(stage, account, Post(text="x", media=(await stage.clip(),)), "upload_final", "drop_after")
    await journal.record(short_since=datetime.now(UTC).isoformat())
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    again = await account.platform.adapter.commit(job, journal.handles)
    assert isinstance(again, Unconfirmed)
    assert again.code == "upload_416"
    assert isinstance(await account.settled(job, journal), Found)
    assert len(stage.posts()) == 1


async def test_no_refusal_of_a_second_sending_opens_another_upload(stage: Any) -> None:
    """A closed upload may have been closed by the first sending."""
    account = await stage.creator()
    job, journal = await lost(stage, account, Post(text="x", media=(await stage.clip(),)), "upload_final", "drop_before")
    assert await account.settled(job, journal) == Absent()
    for kind in ("token_expired", "token_revoked", "rate_limited"):  # 403, 404 and 429 at the upload host
        stage.fault("upload_final", kind)
        assert await account.platform.adapter.prepare(job, journal) == Ready()
        assert isinstance(await account.platform.adapter.commit(job, journal.handles), Unconfirmed)


async def test_another_process_ends_the_upload_of_a_dead_one(stage: Any) -> None:
    """Killed before the last chunk left: whoever takes over needs the address to put it into the same upload."""
    account = await stage.creator()
    post = Post(text="x", media=(await stage.clip(),))
    job, journal = await lost(stage, account, post, "upload_final", "drop_before")
    heir = evolve(account, platform=evolve(account.platform, adapter=stage.build().adapter))
    assert await heir.settled(job, journal) == Absent()
    outcome = await heir.platform.adapter.commit(job, journal.handles)
    assert isinstance(outcome, Processing)
    await journal.record(**outcome.handles)
    assert isinstance(await heir.settled(job, journal), Found)
    assert len(stage.posts()) == 1


async def test_without_the_address_a_person_is_asked_in_the_end(stage: Any) -> None:
    account = await stage.creator()
    post = Post(text="x", media=(await stage.clip(),))
    job, journal = await lost(stage, account, post, "upload_final", "drop_before")
    await journal.record(upload_url=None)
    elsewhere = stage.build(last_chunk_patience_s="0.3").adapter
    stranger = evolve(account, platform=evolve(account.platform, adapter=elsewhere))
    assert isinstance(await stranger.settled(job, journal), Unknown)
    # It never begins a second upload, however often it is told to go on.
    publish_id = journal.handles["publish_id"]
    assert await elsewhere.prepare(job, journal) == Ready()
    assert isinstance(await elsewhere.commit(job, journal.handles), Unconfirmed)
    assert journal.handles["publish_id"] == publish_id
    assert stage.posts() == []


async def test_waiting_is_the_other_setting(stage: Any) -> None:
    account = await stage.creator(lost_last_chunk="wait", last_chunk_patience_s="0.3")
    job, journal = await lost(stage, account, Post(text="x", media=(await stage.clip(),)), "upload_final", "drop_before")
    assert isinstance(await account.settled(job, journal), Unknown)


async def test_an_accepted_upload_is_never_short(stage: Any) -> None:
    account = await stage.creator()
    journal = MemoryJournal()
    post = Post(text="x", media=(await stage.clip(),))
    await account.publish(post, journal)
    data = {"status": "PROCESSING_UPLOAD", "uploaded_bytes": 0}
    stage.fault("status", "custom", count=None, status=200, body={"data": data, "error": {"code": "ok"}})
    for _ in range(3):
        finding = await account.platform.adapter.reconcile(account.posting(post), journal.handles)
        assert isinstance(finding, Processing)
        assert "short_since" not in finding.handles
        await journal.record(**finding.handles)


async def test_looks_grow_apart(stage: Any) -> None:
    account = await stage.creator(poll_first_s="2", poll_longest_s="10")
    journal, post = MemoryJournal(), Post(text="x", media=(await stage.clip(),))
    stage.switch(processing_seconds=60)
    outcome = await account.publish(post, journal)
    assert isinstance(outcome, Processing)
    waits = [outcome.poll_after.total_seconds()]
    for _ in range(4):
        finding = await account.platform.adapter.reconcile(account.posting(post), journal.handles)
        assert isinstance(finding, Processing)
        await journal.record(**finding.handles)
        waits.append(finding.poll_after.total_seconds())
    assert waits == [2, 4, 8, 10, 10]


async def test_a_public_post_waits_a_while_for_its_id(stage: Any) -> None:
    stage.switch(moderation_seconds=3600)
    account = await stage.creator(post_id_wait_s="0.3")
    journal, post = MemoryJournal(), Post(text="x", media=(await stage.clip(),))
    await account.publish(post, journal)
    found = await account.settled(account.posting(post), journal)
    assert found == Found(publication=Published(external_post_id=journal.handles["publish_id"]))
    assert "complete_since" in journal.handles


@pytest.mark.parametrize(
    ("reason", "kind", "content"),
    [
        ("file_format_check_failed", Rejected, True),
        ("spam_risk_text", Rejected, True),
        ("spam_risk", Rejected, False),
        ("a_new_reason", Rejected, False),
        ("spam_risk_too_many_posts", Throttled, None),
        ("internal", Unavailable, None),
        ("auth_removed", AuthLost, None),
    ],
)
async def test_a_failure_is_told_by_its_reason(stage: Any, reason: str, kind: type, content: bool | None) -> None:
    account = await stage.creator()
    post, journal = Post(text="x", media=(await stage.clip(),)), MemoryJournal()
    stage.fault("upload_final", "processing_failure", reason=reason)
    await account.publish(post, journal)
    finding = await account.settled(account.posting(post), journal)
    assert isinstance(finding, Refuted)
    assert isinstance(finding.refusal, kind)
    assert finding.refusal.code == reason
    if isinstance(finding.refusal, Rejected):
        assert finding.refusal.content is content
    assert stage.posts() == []


async def test_a_question_that_cannot_be_put_concludes_nothing(stage: Any) -> None:
    account = await stage.creator()
    post, journal = Post(text="x", media=(await stage.clip(),)), MemoryJournal()
    await account.publish(post, journal)
    job = account.posting(post)
    for kind, refusal in (("error_before", Unavailable), ("drop_before", Unavailable), ("rate_limited", Throttled)):
        stage.fault("status", kind)
        finding = await account.platform.adapter.reconcile(job, journal.handles)
        assert isinstance(finding, CannotAsk)
        assert isinstance(finding.refusal, refusal)
    stage.tokens("expire")
    finding = await account.platform.adapter.reconcile(job, journal.handles)
    assert isinstance(finding, CannotAsk)
    assert isinstance(finding.refusal, AuthLost)
    assert finding.refusal.refreshable


async def test_a_handle_that_vanished_is_unknown(stage: Any) -> None:
    account = await stage.creator()
    job = account.posting(Post(text="x", media=(await stage.clip(),)))
    assert isinstance(await account.platform.adapter.reconcile(job, {"publish_id": "v_pub_file~v2-1.404"}), Unknown)


@pytest.mark.parametrize("kind", ["error_after", "drop_after"])
async def test_a_lost_photo_init_is_looked_for_among_public_posts(stage: Any, kind: str) -> None:
    account = await stage.creator()
    text = "A long caption, longer than what TikTok lists of it. " * 6
    post = Post(text=text, media=(await stage.picture(),))
    job, journal = await lost(stage, account, post, "content_init", kind)
    assert "publish_id" not in journal.handles
    found = await account.settled(job, journal)
    assert isinstance(found, Found)
    [seen] = stage.posts()
    assert found.publication == Published(external_post_id=seen["post_id"], permalink=seen["permalink"])


async def test_a_photo_init_that_never_arrived_is_left_to_a_person(stage: Any) -> None:
    account = await stage.creator(look_back_s="0.5")
    job, journal = await lost(stage, account, Post(text="x", media=(await stage.picture(),)), "content_init", "drop_before")
    assert isinstance(await account.settled(job, journal), Unknown)
    assert stage.posts() == []


async def test_look_back_takes_no_post_of_another_delivery_or_of_before(stage: Any) -> None:
    account = await stage.creator(look_back_s="0.5")
    post = Post(text="the same words", media=(await stage.picture(),))
    before = MemoryJournal()
    await account.publish(post, before)
    first = await account.settled(account.posting(post), before)
    assert isinstance(first, Found)
    job, journal = await lost(stage, account, post, "content_init", "drop_before")
    held = evolve(job, claimed_post_ids=frozenset({first.publication.external_post_id}))
    assert isinstance(await account.settled(held, journal), Unknown)
    await journal.record(ready_at=(datetime.now(UTC) + timedelta(minutes=5)).isoformat(), polls=None)
    assert not isinstance(await account.platform.adapter.reconcile(job, journal.handles), Found)


async def test_what_tiktok_never_lists_is_not_looked_for(stage: Any) -> None:
    account = await stage.creator()
    picture = await stage.picture()
    private = Post(text="x", media=(picture,), options={"privacy_level": "SELF_ONLY"})
    job, journal = await lost(stage, account, private, "content_init", "drop_after")
    assert isinstance(await account.platform.adapter.reconcile(job, journal.handles), Unknown)
    job, journal = await lost(stage, account, Post(text="y", media=(picture,)), "content_init", "drop_after")
    blind = evolve(job, scopes=("user.info.basic", "video.publish"))
    assert isinstance(await account.platform.adapter.reconcile(blind, journal.handles), Unknown)
    job, journal = await lost(stage, account, Post(text="", media=(picture,)), "content_init", "drop_before")
    wordless = await account.platform.adapter.reconcile(job, journal.handles)
    assert isinstance(wordless, Processing | Unknown)


async def test_a_lost_video_pull_is_found_too(stage: Any) -> None:
    account = await stage.creator(video_source="url")
    job, journal = await lost(stage, account, Post(text="pulled", media=(await stage.clip(),)), "video_init", "drop_after")
    assert isinstance(await account.settled(job, journal), Found)
    assert len(stage.posts()) == 1
