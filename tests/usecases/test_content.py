"""Saving: what is taken, what is refused in words, and what becomes of it on each account."""

from datetime import timedelta

import pytest
from attrs import evolve

from distribution_core.domain.content import MediaAsset, MediaKind, StoredMedia, Visibility
from distribution_core.domain.delivery import DeliveryStatus
from distribution_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from distribution_core.domain.outcome import Rejected
from distribution_core.usecases.activity import activity, content_activity
from distribution_core.usecases.create_content import create_content, edit_content, resend_content
from distribution_core.usecases.judge_content import Draft, MediaRef
from distribution_core.usecases.redrive import redrive
from distribution_core.usecases.select_accounts import release_due
from distribution_core.usecases.toggle_account import toggle_account
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio


async def _stored(house: House, key: str = "k1", kind: MediaKind = MediaKind.IMAGE, mime: str = "image/png") -> MediaRef:
    asset = MediaAsset(key=key, kind=kind, mime=mime, size_bytes=10, sha256="00" * 32, width=640, height=480)
    async with house.ctx.ledger.begin() as tx:
        await tx.media.add(StoredMedia(user_id=house.user_id, asset=asset, created_at=tx.now))
    return MediaRef(key=key, alt_text="A harbour")


ACCOUNT = "019d3677-0000-7000-8000-000000000000"


async def _contents(house: House) -> int:
    async with house.ctx.ledger.begin() as tx:
        return len(await tx.contents.recent(house.user_id, 100))


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (Draft(body=""), "empty"),
        (Draft(body="x" * 100_001), "text_too_long"),
        (Draft(body="x", title="t" * 301), "title_too_long"),
        (Draft(body="a\0b"), "text_unusable"),
        (Draft(body="x", options={"alpha": {"text": "a\0b"}}), "text_unusable"),
        (Draft(body="x", media=(MediaRef(key="https://elsewhere.test/a.png"),)), "media_url"),
        (Draft(body="x", media=(MediaRef(key="nothing"),)), "media_unknown"),
        (Draft(body="x", options={"myspace": {}}), "unknown_platform"),
        (Draft(body="x", options={"alpha": {"text": 5}}), "option_value"),
        (Draft(body="x", options={"alpha": {"tone": "shrill"}}), "option_value"),
        (Draft(body="x", options={"alpha": {"mood": "good"}}), "unknown_option"),
        (Draft(body="x", options={"alpha": {"accounts": {ACCOUNT: {"tone": "shrill"}}}}), "option_value"),
        (Draft(body="x", options={"alpha": {"accounts": {ACCOUNT: {"text": "Mine"}}}}), "option_value"),
        (Draft(body="x", options={"alpha": {"accounts": {ACCOUNT: "warm"}}}), "option_value"),
        (Draft(body="x", options={"alpha": {"accounts": {"page-1": {}}}}), "option_value"),
        (Draft(body="x", options={"alpha": {"accounts": ["warm"]}}), "option_value"),
        (Draft(body="x", visibility=Visibility.SCHEDULED), "schedule_missing"),
    ],
)
async def test_what_cannot_be_taken_is_refused_and_leaves_nothing(house: House, draft: Draft, code: str) -> None:
    await house.link("alpha", "ada", "one")
    with pytest.raises(InvalidInputError) as refused:
        await create_content(house.ctx, house.user_id, draft)
    assert code in {problem.code for problem in refused.value.problems}
    assert await _contents(house) == 0


@pytest.mark.parametrize(
    ("offset", "code"),
    [(timedelta(seconds=-1), "schedule_past"), (timedelta(0), "schedule_past"), (timedelta(days=400), "schedule_far")],
)
async def test_a_schedule_must_lie_ahead(house: House, offset: timedelta, code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await house.save(scheduled_at=house.clock.at + offset)
    assert [problem.code for problem in refused.value.problems] == [code]


async def test_too_long_for_every_active_platform_is_refused_and_for_one_is_left_out(house: House) -> None:
    await house.link("alpha", "ada", "one")
    with pytest.raises(InvalidInputError) as refused:
        await house.save("x" * 501)
    assert refused.value.problems[0].platform == "alpha"
    await house.link("beta", "ada", "two")
    saved = await house.save("x" * 501, options={"beta": {"text": "short"}})
    assert {verdict.platform: verdict.goes for verdict in saved.verdicts} == {"alpha": False, "beta": True}
    house.clock.advance(10)
    await release_due(house.ctx)
    outcome = (await content_activity(house.ctx, house.user_id, saved.content.id)).items[0]
    assert [delivery.platform for delivery in outcome.deliveries] == ["beta"]
    assert [exclusion.code for exclusion in outcome.exclusions] == ["text_too_long"]


async def test_with_no_active_account_it_is_kept_and_the_answer_says_so(house: House) -> None:
    saved = await house.save()
    assert saved.notice is not None
    assert "nothing is sent" in saved.notice
    house.clock.advance(10)
    await release_due(house.ctx)
    assert await house.deliveries(saved.content.id) == []


async def test_an_account_that_is_off_is_left_out_with_its_reason(house: House) -> None:
    await house.link("alpha", "ada", "one", "two")
    accounts = await house.accounts()
    await toggle_account(house.ctx, house.user_id, accounts["two"].id, is_active=False)
    deliveries = await house.release()
    assert [delivery.social_account_id for delivery in deliveries] == [accounts["one"].id]
    outcome = (await activity(house.ctx, house.user_id)).items[0]
    assert [(item.social_account_id, item.code) for item in outcome.exclusions] == [(accounts["two"].id, "switched_off")]


async def test_private_content_is_kept_and_sent_nowhere(house: House) -> None:
    await house.link("alpha", "ada", "one")
    saved = await house.save(visibility=Visibility.PRIVATE)
    assert saved.content.release_at is None
    house.clock.advance(10_000)
    assert await release_due(house.ctx) == 0


async def test_a_schedule_is_kept_to_the_second(house: House) -> None:
    await house.link("alpha", "ada", "one")
    at = house.clock.at + timedelta(hours=3)
    saved = await house.save(scheduled_at=at)
    assert saved.content.visibility is Visibility.SCHEDULED
    house.clock.at = at - timedelta(seconds=1)
    assert await release_due(house.ctx) == 0
    house.clock.at = at
    assert await release_due(house.ctx) == 1


async def test_an_edit_before_release_restarts_the_hold_and_is_what_goes(house: House) -> None:
    await house.link("alpha", "ada", "one")
    saved = await house.save("Frist")
    house.clock.advance(9)
    edited = await edit_content(house.ctx, house.user_id, saved.content.id, {"body": "First"})
    assert edited.content.release_at == house.clock.at + house.ctx.limits.hold
    house.clock.advance(2)
    assert await release_due(house.ctx) == 0
    house.clock.advance(8)
    assert await release_due(house.ctx) == 1
    await house.round()
    (delivery,) = await house.deliveries(saved.content.id)
    assert delivery.post is not None
    assert delivery.post.text == "First"


async def test_after_release_nothing_changes_it(house: House) -> None:
    await house.link("alpha", "ada", "one")
    (delivery,) = await house.release()
    with pytest.raises(ConflictError):
        await edit_content(house.ctx, house.user_id, delivery.content_id, {"body": "Other"})


async def test_taking_it_back_is_making_it_private(house: House) -> None:
    await house.link("alpha", "ada", "one")
    saved = await house.save()
    await edit_content(house.ctx, house.user_id, saved.content.id, {"visibility": Visibility.PRIVATE})
    house.clock.advance(100)
    assert await release_due(house.ctx) == 0


async def test_a_repeated_request_gets_the_first_answer(house: House) -> None:
    await house.link("alpha", "ada", "one")
    draft = Draft(body="Once")
    first = await create_content(house.ctx, house.user_id, draft, idempotency_key="k")
    again = await create_content(house.ctx, house.user_id, draft, idempotency_key="k")
    assert (again.content, again.verdicts, again.repeated) == (first.content, first.verdicts, True)
    assert await _contents(house) == 1
    with pytest.raises(ConflictError):
        await create_content(house.ctx, house.user_id, Draft(body="Twice"), idempotency_key="k")


async def test_resending_goes_to_the_accounts_that_failed_and_to_no_other(house: House) -> None:
    await house.link("alpha", "ada", "one", "two")
    adapter = house.fakes["alpha"].adapter
    adapter.commits.append(Rejected(message="No such word.", code="100"))
    deliveries = await house.release("Bad word")
    await house.round()
    failed = [d for d in await house.deliveries(deliveries[0].content_id) if d.status is DeliveryStatus.FAILED]
    again = await resend_content(house.ctx, house.user_id, deliveries[0].content_id, {"body": "Good word"})
    assert again.content.resend_of == deliveries[0].content_id
    house.clock.advance(10)
    await release_due(house.ctx)
    sent = await house.deliveries(again.content.id)
    assert [item.social_account_id for item in sent] == [failed[0].social_account_id]
    await house.round()
    assert adapter.visible("one") == adapter.visible("two") == 1
    with pytest.raises(ConflictError):
        await resend_content(house.ctx, house.user_id, again.content.id, {})


async def test_what_is_not_mine_does_not_exist(house: House) -> None:
    await house.link("alpha", "ada", "one")
    (delivery,) = await house.release()
    stranger = house.ctx.new_id()
    for attempt in (
        content_activity(house.ctx, stranger, delivery.content_id),
        edit_content(house.ctx, stranger, delivery.content_id, {"body": "x"}),
        resend_content(house.ctx, stranger, delivery.content_id, {}),
        redrive(house.ctx, stranger, delivery.id),
        toggle_account(house.ctx, stranger, delivery.social_account_id, is_active=False),
    ):
        with pytest.raises(NotFoundError):
            await attempt
    assert (await activity(house.ctx, stranger)).items == ()


async def test_media_of_mine_goes_with_its_alt_text(house: House) -> None:
    await house.link("alpha", "ada", "one")
    ref = await _stored(house)
    (delivery,) = await house.release("", media=(ref,))
    await house.round()
    (after,) = await house.deliveries(delivery.content_id)
    assert after.post is not None
    assert after.post.media[0].alt_text == "A harbour"


async def test_a_failed_delivery_is_redriven_and_a_finished_one_is_not(house: House) -> None:
    await house.link("alpha", "ada", "one")
    house.fakes["alpha"].adapter.commits.append(Rejected(message="Not now.", content=False))
    (delivery,) = await house.release()
    await house.round()
    again = await redrive(house.ctx, house.user_id, delivery.id)
    assert (again.status, again.attempts) == (DeliveryStatus.RETRIED, 0)
    await house.round()
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.SUCCESS
    with pytest.raises(ConflictError):
        await redrive(house.ctx, house.user_id, delivery.id)


async def test_an_account_over_its_day_is_left_out_and_says_why(house: House) -> None:
    await house.link("alpha", "ada", "one")
    adapter = house.fakes["alpha"].adapter
    adapter.rules = evolve(adapter.rules, posts_per_day=2)
    for number in range(2):
        await house.release(f"Post {number}")
        await house.round()
    deliveries = await house.release("One too many")
    assert deliveries == []
    found = await activity(house.ctx, house.user_id, limit=1)
    (exclusion,) = found.items[0].exclusions
    assert exclusion.code == "over_quota"
    assert "2 posts a day" in exclusion.reason
    house.clock.advance(24 * 3600)
    assert len(await house.release("The next day")) == 1
