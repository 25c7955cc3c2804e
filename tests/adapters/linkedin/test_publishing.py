"""Each kind of post, as a member and as a Page, ends up on the timeline once and as written."""

from typing import Any

import pytest
from attrs import evolve

from adapters_platforms.http import TransportError
from adapters_platforms.linkedin.api import LinkedInApi
from distribution_core.domain.errors import LeaseLostError
from distribution_core.domain.outcome import (
    AuthLost,
    Published,
    Ready,
    Rejected,
    Throttled,
    Unavailable,
    Unconfirmed,
)
from distribution_core.domain.post import Post
from distribution_core.domain.secret import Secret
from distribution_core.testing.memory_journal import MemoryJournal

pytestmark = pytest.mark.anyio
TEXT = "Fresh bread (and more) — *now* at https://a.test/x_y?q=1 #bakery \\o/ {really} [yes] a@b.test ~5 | 6 < 7"


@pytest.mark.parametrize("route", ["posts", "ugc"])
async def test_text_reads_as_it_was_written(stage: Any, route: str) -> None:
    account = await stage.member(posts_api=route)
    outcome = await account.publish(Post(text=TEXT))
    assert isinstance(outcome, Published)
    [post] = stage.posts("ada-li")
    assert (post["post_id"], post["text"]) == (outcome.external_post_id, TEXT)
    assert outcome.permalink == f"{stage.url}/linkedin/www/feed/update/{outcome.external_post_id}/"


async def test_a_page_posts_as_itself(stage: Any) -> None:
    account = await stage.organization("55002")
    assert isinstance(await account.publish(Post(text=TEXT)), Published)
    assert [post["text"] for post in stage.posts("55002")] == [TEXT]
    assert stage.posts("ada-li") == []


@pytest.mark.parametrize("route", ["posts", "ugc"])
async def test_a_link_becomes_a_card(stage: Any, route: str) -> None:
    account = await stage.member(posts_api=route)
    assert isinstance(await account.publish(Post(text="Read", link="https://a.test/x", title="A (title)")), Published)
    [post] = stage.posts("ada-li")
    assert (post["link"], post["title"]) == ("https://a.test/x", "A (title)")


@pytest.mark.parametrize("route", ["posts", "ugc"])
@pytest.mark.parametrize("count", [1, 3])
async def test_pictures_arrive_byte_for_byte_in_order(stage: Any, route: str, count: int) -> None:
    account = await stage.member(posts_api=route)
    pictures = tuple([await stage.picture(seed, f"picture {seed}") for seed in range(count)])
    assert isinstance(await account.publish(Post(text="Look", media=pictures)), Published)
    [post] = stage.posts("ada-li")
    assert [item["sha256"] for item in post["media"]] == [picture.sha256 for picture in pictures]
    if route == "posts":
        assert [item["alt_text"] for item in post["media"]] == [picture.alt_text for picture in pictures]


async def test_a_page_s_picture_is_waited_for_by_its_state(stage: Any) -> None:
    account = await stage.organization(member_image_wait_s="0")
    picture = await stage.picture()
    assert isinstance(await account.publish(Post(text="Look", media=(picture,))), Published)
    assert [item["sha256"] for item in stage.posts("55001")[0]["media"]] == [picture.sha256]


@pytest.mark.parametrize("route", ["posts", "ugc"])
async def test_a_video_arrives_byte_for_byte(stage: Any, route: str) -> None:
    account = await stage.member(posts_api=route)
    clip = await stage.clip(9_000_000)
    journal = MemoryJournal()
    assert isinstance(await account.publish(Post(text="Watch", media=(clip,)), journal), Published)
    [post] = stage.posts("ada-li")
    assert [item["sha256"] for item in post["media"]] == [clip.sha256]
    if route == "posts":
        assert [len(record["video_etags"]) for record in journal.records if record.get("video_etags")] == [1, 2, 3]


async def test_no_upload_address_stands_in_the_journal(stage: Any) -> None:
    account = await stage.member()
    for media in ((await stage.picture(),), (await stage.clip(),)):
        journal = MemoryJournal()
        await account.publish(Post(text="Look", media=media), journal)
        assert "http" not in str(journal.records)


async def test_preparing_again_sends_nothing_again(stage: Any) -> None:
    account = await stage.member()
    for media in ((await stage.picture(1), await stage.picture(2)), (await stage.clip(),)):
        journal = MemoryJournal()
        job = account.posting(Post(text="Look", media=media))
        assert await account.platform.adapter.prepare(job, journal) == Ready()
        handles, reads = journal.handles, len(stage.media.reads)
        assert await account.platform.adapter.prepare(job, journal) == Ready()
        assert (journal.handles, len(stage.media.reads)) == (handles, reads)


@pytest.mark.parametrize("kind", ["picture", "video"])
@pytest.mark.parametrize("route", ["posts", "ugc"])
async def test_bytes_and_token_go_to_known_hosts_only(stage: Any, route: str, kind: str) -> None:
    """The same sandbox by another name, so that the addresses it hands out are those of a stranger."""
    account = await stage.member(posts_api=route)
    elsewhere = evolve(stage, url=stage.url.replace("127.0.0.1", "localhost")).build(posts_api=route)
    media = await (stage.picture() if kind == "picture" else stage.clip(9_000_000))
    answer = await elsewhere.adapter.prepare(account.posting(Post(text="Look", media=(media,))), MemoryJournal())
    assert isinstance(answer, Unavailable)
    assert "upload host that is not allowed for (127.0.0.1)" in answer.message


@pytest.mark.parametrize(
    "url",
    [
        "http://www.linkedin.com/dms-uploads/1",
        "https://linkedin.com.evil.example/",
        "https://evillinkedin.com/",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
    ],
)
async def test_what_looks_like_linkedins_is_not(stage: Any, url: str) -> None:
    api = LinkedInApi(
        http=stage.http,
        www="https://www.linkedin.com",
        api="https://api.linkedin.com",
        version="202609",
        upload_hosts=("linkedin.com", "licdn.com"),
        call_timeout_s=1,
    )
    with pytest.raises(TransportError, match="not allowed for") as error:
        await api.upload(url, b"", size_bytes=0, token=Secret("a token"))
    assert not error.value.sent


async def test_a_broken_picture_upload_goes_on_with_the_next_picture(stage: Any) -> None:
    account = await stage.member()
    first, second = await stage.picture(1), await stage.picture(2)
    job, journal = account.posting(Post(text="Look", media=(first, second))), MemoryJournal()
    stage.media.keep_from(second.key)
    with pytest.raises(ConnectionError):
        await account.platform.adapter.prepare(job, journal)
    stage.media.keep_from(None)
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    assert [key for key, _, _ in stage.media.reads].count(first.key) == 1


async def test_a_broken_video_upload_goes_on_with_the_part_that_failed(stage: Any) -> None:
    account = await stage.member()
    clip = await stage.clip(9_000_000)
    job, journal = account.posting(Post(text="Watch", media=(clip,))), MemoryJournal()
    stage.media.keep_from(clip.key, after=1)
    with pytest.raises(ConnectionError):
        await account.platform.adapter.prepare(job, journal)
    stage.media.keep_from(None)
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    starts = [start for _, start, _ in stage.media.reads]
    assert starts == [0, 4194304, 4194304, 8388608]
    await account.platform.adapter.commit(job, journal.handles)
    assert stage.posts("ada-li")[0]["media"][0]["sha256"] == clip.sha256


async def test_another_process_goes_on_with_the_part_that_failed(stage: Any) -> None:
    account = await stage.member()
    clip = await stage.clip(9_000_000)
    job, journal = account.posting(Post(text="Watch", media=(clip,))), MemoryJournal()
    stage.media.keep_from(clip.key, after=1)
    with pytest.raises(ConnectionError):
        await account.platform.adapter.prepare(job, journal)
    stage.media.keep_from(None)
    opened = journal.handles["video"]["urn"]
    other = stage.build().adapter
    assert await other.prepare(job, journal) == Ready()
    assert journal.handles["video"]["urn"] == opened
    assert [start for _, start, _ in stage.media.reads] == [0, 4194304, 4194304, 8388608]
    assert "video_parts" not in journal.handles, "nobody needs the addresses any more"
    assert isinstance(await other.commit(job, journal.handles), Published)
    assert stage.posts("ada-li")[0]["media"][0]["sha256"] == clip.sha256


async def test_an_upload_whose_addresses_do_not_open_is_begun_anew(stage: Any) -> None:
    account = await stage.member()
    clip = await stage.clip(9_000_000)
    job, journal = account.posting(Post(text="Watch", media=(clip,))), MemoryJournal()
    stage.media.keep_from(clip.key, after=1)
    with pytest.raises(ConnectionError):
        await account.platform.adapter.prepare(job, journal)
    stage.media.keep_from(None)
    await journal.record(video_parts=None)
    other = stage.build().adapter
    assert await other.prepare(job, journal) == Ready()
    assert isinstance(await other.commit(job, journal.handles), Published)
    assert stage.posts("ada-li")[0]["media"][0]["sha256"] == clip.sha256


async def test_a_finalize_whose_answer_was_lost_is_not_sent_twice(stage: Any) -> None:
    account = await stage.member()
    job, journal = account.posting(Post(text="Watch", media=(await stage.clip(),))), MemoryJournal()
    stage.fault("video_finalize", "drop_after")
    assert isinstance(await account.platform.adapter.prepare(job, journal), Unavailable)
    stage.fault("video_finalize", "error_before", count=None)
    assert await account.platform.adapter.prepare(job, journal) == Ready()


async def test_a_video_that_is_still_processing_waits_at_no_cost(stage: Any) -> None:
    account = await stage.member(poll_count="1", processing_wait_s="7")
    stage.switch(processing_seconds=600)
    job, journal = account.posting(Post(text="Watch", media=(await stage.clip(),))), MemoryJournal()
    waiting = await account.platform.adapter.prepare(job, journal)
    assert isinstance(waiting, Throttled)
    assert waiting.wait is not None
    assert waiting.wait.total_seconds() == 7
    assert waiting.scope is None, "no limit was met: the account's other posts go on"
    reads = len(stage.media.reads)
    assert isinstance(await account.platform.adapter.prepare(job, journal), Throttled)
    assert len(stage.media.reads) == reads


async def test_processing_without_an_end_costs_attempts_in_the_end(stage: Any) -> None:
    account = await stage.member(poll_count="1", processing_limit_s="0")
    stage.switch(processing_seconds=600)
    job = account.posting(Post(text="Watch", media=(await stage.clip(),)))
    assert isinstance(await account.platform.adapter.prepare(job, MemoryJournal()), Unavailable)


async def test_a_video_that_cannot_be_processed_is_rejected_and_forgotten(stage: Any) -> None:
    account = await stage.member()
    stage.fault("video_finalize", "processing_failure", reason="VIDEO_TOO_ODD")
    job, journal = account.posting(Post(text="Watch", media=(await stage.clip(),))), MemoryJournal()
    refused = await account.platform.adapter.prepare(job, journal)
    assert isinstance(refused, Rejected)
    assert refused.content
    assert journal.handles == {}


async def test_media_that_is_gone_is_a_rejection(stage: Any) -> None:
    account = await stage.member()
    picture = await stage.picture()
    await stage.media.delete(picture.key)
    job = account.posting(Post(text="Look", media=(picture,)))
    assert isinstance(await account.platform.adapter.prepare(job, MemoryJournal()), Rejected)


async def test_a_lost_lease_stops_the_upload(stage: Any) -> None:
    account = await stage.member()
    job = account.posting(Post(text="Look", media=(await stage.picture(),)))
    with pytest.raises(LeaseLostError):
        await account.platform.adapter.prepare(job, MemoryJournal(lose_lease=True))
    assert stage.media.reads == []


@pytest.mark.parametrize("kind", ["error_after", "error_before", "drop_after", "drop_before"])
async def test_a_lost_answer_is_unconfirmed(stage: Any, kind: str) -> None:
    account = await stage.member()
    stage.fault("create", kind)
    assert isinstance(await account.publish(Post(text="Hi")), Unconfirmed)
    assert len(stage.posts("ada-li")) == ("after" in kind)


async def test_a_slow_answer_is_unconfirmed(stage: Any) -> None:
    account = await stage.member(commit_deadline_s="0.5")
    stage.fault("create", "slow", seconds=1.5)
    assert isinstance(await account.publish(Post(text="Hi")), Unconfirmed)


async def test_conflict_on_the_create_is_unconfirmed(stage: Any) -> None:
    account = await stage.member()
    stage.fault("create", "custom", status=409, body={"status": 409, "code": "CONFLICT", "message": "x"})
    assert isinstance(await account.publish(Post(text="Hi")), Unconfirmed)


async def test_a_success_without_a_name_is_unconfirmed(stage: Any) -> None:
    account = await stage.member()
    stage.fault("create", "custom", status=201, body={})
    assert isinstance(await account.publish(Post(text="Hi")), Unconfirmed)


async def test_a_host_that_is_not_there_got_nothing(stage: Any) -> None:
    account = await stage.member()
    stage.url = "http://127.0.0.1:9"
    adapter = stage.build().adapter
    outcome = await adapter.commit(account.posting(Post(text="Hi")), {})
    assert isinstance(outcome, Unavailable)


@pytest.mark.parametrize(("kind", "refreshable"), [("token_expired", True), ("token_revoked", False)])
async def test_a_token_that_ended(stage: Any, kind: str, refreshable: bool) -> None:
    account = await stage.member()
    stage.fault("create", kind)
    outcome = await account.publish(Post(text="Hi"))
    assert isinstance(outcome, AuthLost)
    assert outcome.refreshable is refreshable
    assert stage.posts() == []


@pytest.mark.parametrize(("action", "refreshable"), [("expire", True), ("revoke", False)])
async def test_a_token_that_the_sandbox_ended(stage: Any, action: str, refreshable: bool) -> None:
    account = await stage.member()
    stage.tokens(action, "ada-li")
    outcome = await account.publish(Post(text="Hi"))
    assert isinstance(outcome, AuthLost)
    assert outcome.refreshable is refreshable


async def test_a_limit_waits_shortly_at_first_and_then_for_the_next_day(stage: Any) -> None:
    account = await stage.member(throttle_wait_s="9")
    stage.fault("create", "rate_limited", count=None)
    waits = []
    for _ in range(2):
        outcome = await account.publish(Post(text="Hi"))
        assert isinstance(outcome, Throttled)
        assert outcome.wait is not None
        waits.append(outcome.wait.total_seconds())
    assert waits[0] == 9
    assert 0 < waits[1] < 86_400 + 300


async def test_the_same_post_twice_is_rejected_not_adopted(stage: Any) -> None:
    account = await stage.member()
    first = await account.publish(Post(text="Hi"))
    second = await account.publish(Post(text="Hi"))
    assert isinstance(first, Published)
    assert isinstance(second, Rejected)
    assert second.code == "DUPLICATE_POST"
    assert first.external_post_id in second.message
    assert len(stage.posts()) == 1


async def test_a_foreign_author_is_refused(stage: Any) -> None:
    account = await stage.organization("55003")
    outcome = await account.publish(Post(text="Hi"))
    assert isinstance(outcome, Rejected)
    assert not outcome.content
    assert stage.posts() == []


async def test_a_dead_version_is_a_matter_of_settings_and_all_waits_for_it(stage: Any) -> None:
    account = await stage.member(api_version="202511")
    outcome = await account.publish(Post(text="Hi"))
    assert isinstance(outcome, Unavailable)
    assert outcome.down
    assert "API version" in outcome.message


async def test_ugc_needs_no_version(stage: Any) -> None:
    account = await stage.member(api_version="202511", posts_api="ugc")
    assert isinstance(await account.publish(Post(text="Hi")), Published)


async def test_uploads_stay_with_the_api_that_made_them(stage: Any) -> None:
    account = await stage.member(posts_api="ugc")
    job, journal = account.posting(Post(text="Look", media=(await stage.picture(),))), MemoryJournal()
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    assert isinstance(await stage.build(posts_api="posts").adapter.commit(job, journal.handles), Published)


async def test_a_commit_without_its_uploads_sends_nothing(stage: Any) -> None:
    account = await stage.member()
    job = account.posting(Post(text="Look", media=(await stage.picture(),)))
    outcome = await account.platform.adapter.commit(job, {})
    assert isinstance(outcome, Unavailable)
    assert outcome.stale
    assert stage.posts() == []
