"""After a lost answer: a Page's list finds the post or nobody knows; a member's post is unknown unless the probe is on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from distribution_core.domain.outcome import (
    CannotAsk,
    Found,
    Processing,
    Published,
    Ready,
    Refuted,
    Rejected,
    Unconfirmed,
    Unknown,
)
from distribution_core.domain.post import Post
from distribution_core.testing.memory_journal import MemoryJournal

pytestmark = pytest.mark.anyio
TEXT = "Fresh bread (and more) #bakery *now* \\o/"


async def lost(stage: Any, account: Any, post: Post, kind: str = "drop_after") -> tuple[Any, MemoryJournal]:
    """A job whose commit was sent and whose answer was lost."""
    job, journal = account.posting(post), MemoryJournal()
    assert await account.platform.adapter.prepare(job, journal) == Ready()
    stage.fault("create", kind)
    assert isinstance(await account.platform.adapter.commit(job, journal.handles), Unconfirmed)
    return account.later(job), journal


@pytest.mark.parametrize("kind", ["drop_after", "error_after"])
async def test_a_page_s_post_is_found_by_its_text(stage: Any, kind: str) -> None:
    account = await stage.organization()
    job, journal = await lost(stage, account, Post(text=TEXT, link="https://a.test"), kind)
    found = await account.platform.adapter.reconcile(job, journal.handles)
    [post] = stage.posts("55001")
    assert found == Found(
        publication=Published(
            external_post_id=post["post_id"], permalink=f"{stage.url}/linkedin/www/feed/update/{post['post_id']}/"
        ),
        by_likeness=True,
    )


async def test_a_page_s_pictures_are_found_by_their_handles(stage: Any) -> None:
    account = await stage.organization()
    job, journal = await lost(stage, account, Post(text="", media=(await stage.picture(1), await stage.picture(2))))
    assert isinstance(await account.platform.adapter.reconcile(job, journal.handles), Found)


async def test_nothing_found_proves_nothing(stage: Any) -> None:
    account = await stage.organization()
    job, journal = await lost(stage, account, Post(text=TEXT), "drop_before")
    assert isinstance(await account.platform.adapter.reconcile(job, journal.handles), Unknown)


async def test_another_delivery_s_post_is_not_adopted(stage: Any) -> None:
    account = await stage.organization()
    job, journal = await lost(stage, account, Post(text=TEXT))
    claimed = frozenset(post["post_id"] for post in stage.posts())
    taken = account.later(job, claimed_post_ids=claimed)
    assert isinstance(await account.platform.adapter.reconcile(taken, journal.handles), Unknown)


async def test_a_post_from_before_the_attempt_is_not_adopted(stage: Any) -> None:
    account = await stage.organization()
    assert isinstance(await account.publish(Post(text=TEXT)), Published)
    job = account.posting(Post(text=TEXT), committing_at=datetime.now(UTC) + timedelta(seconds=60))
    assert isinstance(await account.platform.adapter.reconcile(job, {}), Unknown)


@pytest.mark.parametrize("other", [Post(text="Fresh bread (and less) #bakery"), Post(text=TEXT, link="https://b.test/")])
async def test_another_post_is_not_adopted(stage: Any, other: Post) -> None:
    account = await stage.organization()
    assert isinstance(await account.publish(other), Published)
    job = account.later(account.posting(Post(text=TEXT, link="https://a.test/")))
    assert isinstance(await account.platform.adapter.reconcile(job, {}), Unknown)


async def test_a_text_does_not_adopt_a_picture_with_the_same_words(stage: Any) -> None:
    account = await stage.organization()
    assert isinstance(await account.publish(Post(text=TEXT, media=(await stage.picture(),))), Published)
    job = account.later(account.posting(Post(text=TEXT)))
    assert isinstance(await account.platform.adapter.reconcile(job, {}), Unknown)


@pytest.mark.parametrize("kind", ["error_before", "drop_before", "rate_limited", "token_expired"])
async def test_a_question_that_failed_concludes_nothing(stage: Any, kind: str) -> None:
    account = await stage.organization()
    job, journal = await lost(stage, account, Post(text=TEXT))
    stage.fault("finder", kind)
    assert isinstance(await account.platform.adapter.reconcile(job, journal.handles), CannotAsk)
    assert isinstance(await account.platform.adapter.reconcile(job, journal.handles), Found)


async def test_a_page_that_may_not_be_read_is_unknown(stage: Any) -> None:
    account = await stage.organization()
    job, journal = await lost(stage, account, Post(text=TEXT))
    denied = {"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED", "message": "Not enough permissions"}
    stage.fault("finder", "custom", status=403, body=denied)
    assert isinstance(await account.platform.adapter.reconcile(job, journal.handles), Unknown)


@pytest.mark.parametrize(
    ("state", "finding"), [("PUBLISH_REQUESTED", Processing), ("PUBLISH_FAILED", Refuted), ("DRAFT", Unknown)]
)
async def test_a_listed_post_that_is_not_out(stage: Any, state: str, finding: type) -> None:
    account = await stage.organization()
    job = account.later(account.posting(Post(text=TEXT)))
    element = {
        "id": "urn:li:share:7",
        "commentary": "Fresh bread \\(and more\\) {hashtag|\\#|bakery} \\*now\\* \\\\o/",
        "lifecycleState": state,
        "createdAt": int(datetime.now(UTC).timestamp() * 1000),
    }
    stage.fault("finder", "custom", status=200, body={"elements": [element], "paging": {"start": 0, "count": 50}})
    assert isinstance(await account.platform.adapter.reconcile(job, {}), finding)


async def test_a_member_s_lost_post_is_unknown_and_nothing_is_sent(stage: Any) -> None:
    account = await stage.member()
    job, journal = await lost(stage, account, Post(text=TEXT), "drop_before")
    assert isinstance(await account.platform.adapter.reconcile(job, journal.handles), Unknown)
    assert stage.posts() == []


async def test_the_probe_adopts_the_post_that_its_duplicate_names(stage: Any) -> None:
    account = await stage.member(member_duplicate_probe="on")
    job, journal = await lost(stage, account, Post(text=TEXT))
    found = await account.platform.adapter.reconcile(job, journal.handles)
    [post] = stage.posts("ada-li")
    assert isinstance(found, Found)
    assert found.publication.external_post_id == post["post_id"]


async def test_the_probe_publishes_what_never_arrived(stage: Any) -> None:
    account = await stage.member(member_duplicate_probe="on")
    job, journal = await lost(stage, account, Post(text=TEXT), "drop_before")
    found = await account.platform.adapter.reconcile(job, journal.handles)
    [post] = stage.posts("ada-li")
    assert isinstance(found, Found)
    assert found.publication.external_post_id == post["post_id"]
    again = await account.platform.adapter.reconcile(job, journal.handles)
    assert again == evolve(found, by_likeness=True), "the duplicate that it now is names the post"


async def test_the_probe_calls_an_older_twin_a_duplicate(stage: Any) -> None:
    account = await stage.member(member_duplicate_probe="on")
    job, journal = await lost(stage, account, Post(text=TEXT))
    began = account.later(job, committing_at=datetime.now(UTC) + timedelta(seconds=0))
    stage.fault(
        "create",
        "custom",
        status=422,
        body={"status": 422, "message": "Content is a duplicate of urn:li:share:7131420369940480000", "code": "DUPLICATE_POST"},
    )
    found = await account.platform.adapter.reconcile(began, journal.handles)
    assert isinstance(found, Refuted)
    assert isinstance(found.refusal, Rejected)


def urn_at(moment: datetime) -> str:
    return f"urn:li:share:{int(moment.timestamp() * 1000) << 22}"


async def test_the_probe_does_not_believe_in_ghosts(stage: Any) -> None:
    account = await stage.member(member_duplicate_probe="on")
    job, journal = await lost(stage, account, Post(text=TEXT), "drop_before")
    for message in (f"duplicate of {urn_at(datetime.now(UTC) + timedelta(minutes=1))}", "duplicate"):
        stage.fault("create", "custom", status=422, body={"code": "DUPLICATE_POST", "message": message})
        assert isinstance(await account.platform.adapter.reconcile(job, journal.handles), Unknown)


async def test_the_probe_does_not_adopt_another_delivery_s_post(stage: Any) -> None:
    account = await stage.member(member_duplicate_probe="on")
    job, journal = await lost(stage, account, Post(text=TEXT))
    claimed = frozenset(post["post_id"] for post in stage.posts())
    taken = account.later(job, claimed_post_ids=claimed)
    assert isinstance(await account.platform.adapter.reconcile(taken, journal.handles), Unknown)


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "error_after"])
async def test_a_probe_whose_answer_is_lost_is_not_repeated(stage: Any, kind: str) -> None:
    account = await stage.member(member_duplicate_probe="on")
    job, journal = await lost(stage, account, Post(text=TEXT), "drop_before")
    stage.fault("create", kind)
    assert isinstance(await account.platform.adapter.reconcile(job, journal.handles), Unknown)
    assert stage.faults_left() == [0]


async def test_the_probe_asks_again_where_nothing_was_taken(stage: Any) -> None:
    account = await stage.member(member_duplicate_probe="on")
    job, journal = await lost(stage, account, Post(text=TEXT))
    stage.fault("create", "rate_limited")
    assert isinstance(await account.platform.adapter.reconcile(job, journal.handles), CannotAsk)


async def test_the_probe_is_not_for_old_attempts_nor_for_bytes_that_were_not_kept(stage: Any) -> None:
    account = await stage.member(member_duplicate_probe="on")
    job, journal = await lost(stage, account, Post(text=TEXT), "drop_before")
    old = account.posting(job.post, committing_at=datetime.now(UTC) - timedelta(minutes=10))
    assert isinstance(await account.platform.adapter.reconcile(old, journal.handles), Unknown)
    assert isinstance(await account.platform.adapter.reconcile(job, {}), Unknown)
    assert stage.posts() == []
