"""Video in one piece and in chunks, photos, pulls: what goes up, what anyone sees, and what prepare resumes."""

import hashlib
import io
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from PIL import Image

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


def fetch(url: str) -> httpx.Response:
    return httpx.get(url)


async def test_a_video_goes_up_whole_and_is_seen_once(stage: Any) -> None:
    account = await stage.creator()
    clip = await stage.clip()
    journal = MemoryJournal()
    post = Post(text="Hi #cat 🐈 @ben", media=(clip,))
    outcome = await account.publish(post, journal)
    assert isinstance(outcome, Processing)
    assert outcome.handles["accepted"] is True
    found = await account.settled(account.posting(post), journal)
    assert isinstance(found, Found)
    [seen] = stage.posts("o-ada")
    assert found.publication == Published(
        external_post_id=seen["post_id"], permalink=f"{stage.url}/tiktok/www/@ada/video/{seen['post_id']}"
    )
    assert (seen["text"], seen["kind"], seen["audience"]) == ("Hi #cat 🐈 @ben", "video", "PUBLIC_TO_EVERYONE")
    assert seen["media"][0]["sha256"] == clip.sha256
    assert fetch(found.publication.permalink).is_redirect


async def test_a_large_video_goes_up_in_chunks_of_which_prepare_sends_all_but_the_last(stage: Any, chunked: Any) -> None:
    account = await stage.creator(**chunked)
    clip = await stage.clip(17 * MIB + 123)
    journal, job = MemoryJournal(), account.posting(Post(text="Long", media=(clip,)))
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    assert (journal.handles["chunks"], journal.handles["chunks_sent"]) == (3, 2)
    assert [length for _, _, length in stage.media.reads] == [1, 5 * MIB, 5 * MIB]
    assert stage.posts() == []
    outcome = await account.platform.adapter.commit(job, journal.handles)
    assert isinstance(outcome, Processing)
    await journal.record(**outcome.handles)
    assert isinstance(await account.settled(job, journal), Found)
    assert stage.posts()[0]["media"][0]["sha256"] == clip.sha256
    assert max(length for _, _, length in stage.media.reads) <= 5 * MIB
    expected = account.platform.adapter.timing(job).commit_deadline
    assert expected == timedelta(seconds=10 + (7 * MIB + 123) / 250_000)


async def test_the_journal_holds_the_upload_address_as_a_secret_alone(stage: Any, chunked: Any) -> None:
    account = await stage.creator(**chunked)
    journal = MemoryJournal()
    await account.publish(Post(text="x", media=(await stage.clip(11 * MIB),)), journal)
    assert "upload_token" in journal.handles["upload_url"].reveal()
    written = json.dumps(journal.records, default=repr)
    assert "upload_token" not in written
    assert "://" not in written
    assert account.job.token.reveal() not in written
    assert "upload_token" not in repr(account.platform)


async def test_a_second_prepare_sends_nothing_again(stage: Any, chunked: Any) -> None:
    account = await stage.creator(**chunked)
    journal, job = MemoryJournal(), account.posting(Post(text="x", media=(await stage.clip(17 * MIB),)))
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    publish_id, reads = journal.handles["publish_id"], len(stage.media.reads)
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    assert (journal.handles["publish_id"], len(stage.media.reads)) == (publish_id, reads)


async def test_prepare_goes_on_where_the_lease_was_lost(stage: Any, chunked: Any) -> None:
    account = await stage.creator(**chunked)
    clip = await stage.clip(22 * MIB)
    journal, job = MemoryJournal(), account.posting(Post(text="x", media=(clip,)))

    class Losing(MemoryJournal):
        async def record(self, **handles: Any) -> None:
            self.lose_lease = handles.get("chunks_sent") == 2
            await super().record(**handles)

    first = Losing()
    with pytest.raises(LeaseLostError):
        await account.platform.adapter.prepare(job, first)
    assert first.handles["chunks_sent"] == 1
    await journal.record(**first.handles)
    # TikTok has two chunks and the journal one: 416 says so, and the upload goes on at the third.
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    assert journal.handles["publish_id"] == first.handles["publish_id"]
    assert [start for _, start, length in stage.media.reads if length > 1] == [0, 5 * MIB, 5 * MIB, 10 * MIB]
    assert isinstance(await account.platform.adapter.commit(job, journal.handles), Processing)
    assert (await stage.visible())[0]["media"][0]["sha256"] == clip.sha256


@pytest.mark.parametrize("reading", ["last_index", "count"])
async def test_progress_is_read_from_the_answer_where_the_status_is_silent(stage: Any, chunked: Any, reading: str) -> None:
    stage.switch(upload_range_header=reading)
    account = await stage.creator(**chunked)
    journal, job = MemoryJournal(), account.posting(Post(text="x", media=(await stage.clip(22 * MIB),)))
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    await journal.record(chunks_sent=1)
    stage.fault("status", "error_before", count=None)
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    assert journal.handles["chunks_sent"] == 3


@pytest.mark.parametrize("kind", ["error_before", "error_after", "drop_before", "drop_after"])
async def test_a_fault_in_a_chunk_is_mended_in_place(stage: Any, chunked: Any, kind: str) -> None:
    account = await stage.creator(**chunked)
    clip = await stage.clip(17 * MIB)
    stage.fault("upload", kind)
    post = Post(text="x", media=(clip,))
    assert isinstance(await account.publish(post), Processing)
    assert stage.faults_left() == [0]
    [seen] = await stage.visible()
    assert seen["media"][0]["sha256"] == clip.sha256


async def test_an_upload_that_stays_broken_is_tried_again_later(stage: Any, chunked: Any) -> None:
    account = await stage.creator(**chunked)
    journal, job = MemoryJournal(), account.posting(Post(text="x", media=(await stage.clip(11 * MIB),)))
    stage.fault("upload", "error_before", count=None)
    assert isinstance(await account.platform.adapter.prepare(job, journal), Unavailable)
    stage.fault("upload", "rate_limited", wait_seconds=90)
    assert await account.platform.adapter.prepare(job, journal) == Throttled(
        message="TikTok's upload host answered 429.", code="upload_429", wait=timedelta(seconds=90)
    )
    assert await account.platform.adapter.prepare(job, journal) == Ready()


async def test_another_process_goes_on_with_the_same_upload(stage: Any, chunked: Any) -> None:
    account = await stage.creator(**chunked)
    journal, post = MemoryJournal(), Post(text="x", media=(await stage.clip(11 * MIB),))
    job = account.posting(post)
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    first, reads = journal.handles["publish_id"], len(stage.media.reads)
    elsewhere = stage.build(**chunked).adapter
    assert await elsewhere.prepare(job, journal) == Ready()
    assert (journal.handles["publish_id"], len(stage.media.reads)) == (first, reads)
    assert isinstance(await elsewhere.commit(job, journal.handles), Processing)
    assert len(await stage.visible()) == 1


async def test_an_upload_whose_address_does_not_open_is_begun_anew_while_its_last_chunk_is_unsent(
    stage: Any, chunked: Any
) -> None:
    """The account was linked anew meanwhile, so that its key is another one."""
    account = await stage.creator(**chunked)
    journal, post = MemoryJournal(), Post(text="x", media=(await stage.clip(11 * MIB),))
    job = account.posting(post)
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    first = journal.handles["publish_id"]
    await journal.record(upload_url=None)
    elsewhere = stage.build(**chunked).adapter
    assert await elsewhere.commit(job, journal.handles) == Unavailable(
        message="The upload's address is not known any more; it starts afresh.", stale=True
    )
    assert await elsewhere.prepare(job, journal) == Ready()
    assert journal.handles["publish_id"] != first
    assert isinstance(await elsewhere.commit(job, journal.handles), Processing)
    assert len(await stage.visible()) == 1


async def test_an_expired_upload_starts_afresh(stage: Any) -> None:
    account = await stage.creator()
    journal, job = MemoryJournal(), account.posting(Post(text="x", media=(await stage.clip(),)))
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    stage.advance(3601)
    outcome = await account.platform.adapter.commit(job, journal.handles)
    assert outcome == Unavailable(message="TikTok's upload host answered 403.", code="upload_403", stale=True)
    # By our own clock: the address is not used when it cannot last through the commit.
    await journal.record(url_expires_at="2026-01-01T00:00:00+00:00")
    assert await account.platform.adapter.commit(job, journal.handles) == Unavailable(
        message="The upload's address is not known any more; it starts afresh.", stale=True
    )


async def test_a_lost_init_answer_does_no_harm(stage: Any) -> None:
    account = await stage.creator()
    journal, job = MemoryJournal(), account.posting(Post(text="x", media=(await stage.clip(),)))
    for kind in ("drop_after", "error_after"):
        stage.fault("video_init", kind)
        assert isinstance(await account.platform.adapter.prepare(job, journal), Unavailable)
    assert isinstance(await account.publish(job.post, journal), Processing)
    assert len(await stage.visible()) == 1


async def test_a_foreign_upload_host_gets_no_bytes(stage: Any) -> None:
    account = await stage.creator()
    data = {"publish_id": "v_pub_file~v2-1.1", "upload_url": "https://tiktokapis.com.evil.example/video/?upload_id=1"}
    stage.fault("video_init", "custom", status=200, body={"data": data, "error": {"code": "ok"}})
    job = account.posting(Post(text="x", media=(await stage.clip(),)))
    refused = await account.platform.adapter.prepare(job, MemoryJournal())
    assert isinstance(refused, Rejected)
    assert (refused.code, refused.content) == ("upload_host", False)


async def test_photos_are_made_jpeg_and_pulled(stage: Any) -> None:
    account = await stage.creator()
    pictures = (await stage.picture(1, (1600, 2400)), await stage.picture(2, (800, 600)))
    post = Post(text="Two", title="A title", media=pictures, options={"photo_cover_index": 1, "auto_add_music": True})
    journal = MemoryJournal()
    outcome = await account.publish(post, journal)
    assert isinstance(outcome, Processing)
    assert outcome.handles["publish_id"].startswith("p_pub_url~")
    assert isinstance(await account.settled(account.posting(post), journal), Found)
    [seen] = stage.posts()
    assert (seen["kind"], seen["title"], seen["text"]) == ("photo", "A title", "Two")
    sizes = []
    for item, key in zip(seen["media"], journal.handles["photos"], strict=True):
        data = fetch(f"{stage.url}/_sandbox/blobs/{item['sha256']}").content
        assert hashlib.sha256(data).hexdigest() == item["sha256"]
        assert data == stage.media.bytes_at(key)
        with Image.open(io.BytesIO(data)) as image:
            assert image.format == "JPEG"
            sizes.append(image.size)
    assert sizes == [(1080, 1620), (800, 600)]


async def test_photos_are_converted_once(stage: Any) -> None:
    account = await stage.creator()
    picture = await stage.picture()
    job = account.posting(Post(text="x", media=(picture,)))
    journal = MemoryJournal()
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    assert await account.platform.adapter.prepare(job, MemoryJournal()) == Ready()
    assert [key for key, _, length in stage.media.reads if key == picture.key] == [picture.key]


async def test_a_video_can_be_pulled(stage: Any) -> None:
    account = await stage.creator(video_source="url")
    clip = await stage.clip()
    post, journal = Post(text="Pulled", media=(clip,)), MemoryJournal()
    outcome = await account.publish(post, journal)
    assert isinstance(outcome, Processing)
    assert outcome.handles["publish_id"].startswith("v_pub_url~")
    assert isinstance(await account.settled(account.posting(post), journal), Found)
    [seen] = stage.posts()
    assert seen["media"][0]["sha256"] == clip.sha256
    assert account.platform.adapter.timing(account.posting(post)).commit_deadline == timedelta(seconds=30)


async def test_an_unverified_domain_is_told_in_words(stage: Any) -> None:
    stage.switch(allow_loopback_pull=False)
    account = await stage.creator()
    outcome = await account.publish(Post(text="x", media=(await stage.picture(),)))
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.content) == ("url_ownership_unverified", False)
    assert "verify" in outcome.message


@pytest.mark.parametrize(
    ("person", "kind", "code"),
    [
        ("o-dora", Throttled, "spam_risk_too_many_posts"),
        ("o-eve", Rejected, "spam_risk_user_banned_from_posting"),
    ],
)
async def test_caps_and_bans_come_out_before_anything_goes_up(stage: Any, person: str, kind: type, code: str) -> None:
    account = await stage.creator(person)
    journal = MemoryJournal()
    refused = await account.platform.adapter.prepare(account.posting(Post(text="x", media=(await stage.clip(),))), journal)
    assert isinstance(refused, kind)
    assert refused.code == code
    assert journal.handles == {}
    if isinstance(refused, Throttled):
        assert refused.wait == timedelta(hours=3)


async def test_a_private_account_is_told_what_it_may_choose(stage: Any) -> None:
    account = await stage.creator("o-cleo")
    clip = await stage.clip()
    refused = await account.platform.adapter.prepare(account.posting(Post(text="x", media=(clip,))), MemoryJournal())
    assert isinstance(refused, Rejected)
    assert refused.content
    assert "FOLLOWER_OF_CREATOR, MUTUAL_FOLLOW_FRIENDS, SELF_ONLY" in refused.message
    post, journal = Post(text="x", media=(clip,), options={"privacy_level": "SELF_ONLY"}), MemoryJournal()
    await account.publish(post, journal)
    found = await account.settled(account.posting(post), journal)
    # Nobody else sees it, so TikTok tells no id: the handle stands for it.
    assert found == Found(publication=Published(external_post_id=journal.handles["publish_id"]))
    assert [seen["audience"] for seen in stage.posts()] == ["SELF_ONLY"]


async def test_no_default_privacy_means_that_it_has_to_be_said(stage: Any) -> None:
    account = await stage.creator(default_privacy_level="")
    job = account.posting(Post(text="x", media=(await stage.clip(),)))
    refused = await account.platform.adapter.prepare(job, MemoryJournal())
    assert isinstance(refused, Rejected)
    assert "set privacy_level to one of PUBLIC_TO_EVERYONE, MUTUAL_FOLLOW_FRIENDS, SELF_ONLY" in refused.message


async def test_an_unaudited_app_is_told_in_words(stage: Any) -> None:
    stage.switch(unaudited=True)
    account = await stage.creator()
    job = account.posting(Post(text="x", media=(await stage.clip(),)))
    refused = await account.platform.adapter.prepare(job, MemoryJournal())
    assert isinstance(refused, Rejected)
    assert (refused.code, refused.content) == ("unaudited_client_can_only_post_to_private_accounts", False)


async def test_an_ended_token_asks_for_a_refresh(stage: Any) -> None:
    account = await stage.creator()
    clip, picture = await stage.clip(), await stage.picture()
    journal, pulled = MemoryJournal(), account.posting(Post(text="x", media=(picture,)))
    assert await account.platform.adapter.prepare(pulled, journal) == Ready()
    stage.tokens("expire")
    lost = await account.platform.adapter.prepare(account.posting(Post(text="x", media=(clip,))), MemoryJournal())
    assert isinstance(lost, AuthLost)
    assert lost.refreshable
    assert isinstance(await account.platform.adapter.commit(pulled, journal.handles), AuthLost)


@pytest.mark.parametrize("source", ["file", "url"])
async def test_media_that_is_gone_is_said_before_anything_is_sent(stage: Any, source: str) -> None:
    account = await stage.creator(video_source=source)
    for asset in (await stage.clip(), await stage.picture()):
        await stage.media.delete(asset.key)
        gone = await account.platform.adapter.prepare(account.posting(Post(text="x", media=(asset,))), MemoryJournal())
        assert isinstance(gone, Rejected)
        assert gone.code == "media_gone"


async def test_the_rules_hold_what_tiktok_takes(stage: Any) -> None:
    rules = stage.build().adapter.rules
    clip, picture = await stage.clip(), await stage.picture()
    assert [p.code for p in check(rules, Post(text="words alone")).problems] == ["needs_media"]
    assert check(rules, Post(text="🐈" * 1100, media=(clip,))).ok
    assert [p.code for p in check(rules, Post(text="🐈" * 1101, media=(clip,))).problems] == ["text_too_long"]
    assert check(rules, Post(text="x" * 4000, media=(picture,) * 35)).ok
    options = {"privacy_level": "SELF_ONLY", "disable_duet": True, "is_aigc": False, "cover_timestamp_ms": 1500}
    assert check(rules, Post(text="", media=(clip,), options=options)).ok
    wrong = check(rules, Post(text="", media=(clip,), options={"privacy_level": "ALL", "disable_duet": "yes"})).problems
    assert [p.code for p in wrong] == ["option_value", "option_value"]
