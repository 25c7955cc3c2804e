"""Undo, cancel, resolve and redrive: what a person does midway, and what they are told."""

from datetime import timedelta
from uuid import uuid4

import pytest
from attrs import evolve

from distribution_core.domain.audit import AuditAction
from distribution_core.domain.content import Visibility
from distribution_core.domain.delivery import Delivery, DeliveryStatus, Phase
from distribution_core.domain.errors import ConflictError, InvalidInputError, NotFoundError
from distribution_core.domain.outcome import Processing, Rejected, Unconfirmed, Unknown
from distribution_core.testing.fake_platform import lost
from distribution_core.usecases.cancel_content import CancelOutcome, cancel_content
from distribution_core.usecases.change_settings import change_settings
from distribution_core.usecases.create_content import edit_content
from distribution_core.usecases.redrive import redrive, redrive_failed
from distribution_core.usecases.resolve import resolve
from distribution_core.usecases.select_accounts import release_due
from distribution_core.usecases.toggle_account import toggle_account
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio


async def unconfirmed(house: House, *, effect: bool) -> Delivery:
    """A delivery that was sent, whose answer was lost, and of which the platform does not tell."""
    adapter = house.fakes["alpha"].adapter
    adapter.commits.append(lost(effect=effect))
    adapter.findings.append(Unknown(message="nobody can tell"))
    (delivery,) = await house.release()
    await house.until_quiet(hours=1)
    found = await house.delivery(delivery.id)
    assert found.is_unconfirmed
    return found


async def test_undone_within_its_hold_nothing_is_sent_at_all(house: House) -> None:
    await house.link("alpha", "ada", "one")
    saved = await house.save()
    house.clock.advance(9.9)
    canceled = await cancel_content(house.ctx, house.user_id, saved.content.id)
    assert (canceled.content.canceled_at, canceled.deliveries) == (house.clock.at, ())
    house.clock.advance(3600)
    assert await release_due(house.ctx) == 0
    assert await house.deliveries(saved.content.id) == []
    assert (await cancel_content(house.ctx, house.user_id, saved.content.id)).content == canceled.content
    with pytest.raises(ConflictError, match="taken back"):
        await edit_content(house.ctx, house.user_id, saved.content.id, {"body": "Changed"})


async def test_a_hold_of_nothing_leaves_at_once(house: House) -> None:
    await house.link("alpha", "ada", "one")
    saved = await house.save(hold=timedelta())
    assert await release_due(house.ctx) == 1
    assert len(await house.deliveries(saved.content.id)) == 1


async def test_the_hold_is_the_users_own(house: House) -> None:
    await change_settings(house.ctx, house.user_id, {"hold": timedelta(seconds=42)})
    assert (await house.save()).content.release_at == house.clock.at + timedelta(seconds=42)
    await change_settings(house.ctx, house.user_id, {"hold": None})
    assert (await house.save()).content.release_at == house.clock.at + house.ctx.limits.hold
    for wrong in (timedelta(seconds=-1), timedelta(seconds=301)):
        with pytest.raises(InvalidInputError):
            await change_settings(house.ctx, house.user_id, {"hold": wrong})
        with pytest.raises(InvalidInputError):
            await house.save(hold=wrong)


async def test_cancel_after_release_says_of_each_which_it_was(house: House) -> None:
    await house.link("alpha", "ada", "one", "two", "three")
    adapter = house.fakes["alpha"].adapter
    adapter.commits.extend([(True, Unconfirmed(message="?")), Rejected(message="no")])
    deliveries = await house.release()
    async with house.ctx.ledger.begin() as tx:
        third = evolve(deliveries[2], due_at=house.clock.at + timedelta(minutes=5))
        assert await tx.deliveries.save(third, was=deliveries[2])
    await house.round()
    canceled = await cancel_content(house.ctx, house.user_id, deliveries[0].content_id)
    assert sorted(outcome.value for _, outcome in canceled.deliveries) == ["being_sent", "failed_before", "stopped"]
    await house.until_quiet()
    assert len(adapter.timeline) == 1, "what was being sent was finished, what was stopped never left"
    again = await cancel_content(house.ctx, house.user_id, deliveries[0].content_id)
    assert CancelOutcome.ALREADY_POSTED in {outcome for _, outcome in again.deliveries}


async def test_what_is_processing_is_being_sent(house: House) -> None:
    await house.link("alpha", "ada", "one")
    house.fakes["alpha"].adapter.commits.append(Processing(poll_after=timedelta(minutes=1)))
    (delivery,) = await house.release()
    await house.round()
    canceled = await cancel_content(house.ctx, house.user_id, delivery.content_id)
    assert [outcome for _, outcome in canceled.deliveries] == [CancelOutcome.BEING_SENT]


async def test_private_content_and_a_strangers_cannot_be_canceled(house: House) -> None:
    saved = await house.save(visibility=Visibility.PRIVATE)
    with pytest.raises(ConflictError, match="private"):
        await cancel_content(house.ctx, house.user_id, saved.content.id)
    with pytest.raises(NotFoundError):
        await cancel_content(house.ctx, uuid4(), saved.content.id)


@pytest.mark.parametrize("post_id", ["seen-1", None])
async def test_resolved_as_posted_ends_it(house: House, post_id: str | None) -> None:
    await house.link("alpha", "ada", "one")
    delivery = await unconfirmed(house, effect=True)
    settled = await resolve(house.ctx, house.user_id, delivery.id, posted=True, external_post_id=post_id)
    assert (settled.status, settled.external_post_id) == (DeliveryStatus.SUCCESS, post_id)
    await house.until_quiet()
    assert house.fakes["alpha"].adapter.visible("one") == 1
    with pytest.raises(ConflictError, match="only an unconfirmed one"):
        await resolve(house.ctx, house.user_id, delivery.id, posted=False)
    async with house.ctx.ledger.begin() as tx:
        log = [entry.action for entry in await tx.audit.of_subject(delivery.id)]
    assert log[-2:] == [AuditAction.POST_RESOLVED, AuditAction.POST_SUCCESS]


async def test_resolved_as_not_posted_starts_afresh(house: House) -> None:
    await house.link("alpha", "ada", "one")
    delivery = await unconfirmed(house, effect=False)
    settled = await resolve(house.ctx, house.user_id, delivery.id, posted=False)
    assert (settled.status, settled.phase, settled.handles) == (DeliveryStatus.RETRIED, Phase.IDLE, {})
    await house.until_quiet()
    assert house.fakes["alpha"].adapter.visible("one") == 1
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.SUCCESS


async def test_an_account_that_is_off_gets_nothing_again(house: House) -> None:
    await house.link("alpha", "ada", "one")
    delivery = await unconfirmed(house, effect=False)
    await toggle_account(house.ctx, house.user_id, delivery.social_account_id, is_active=False)
    with pytest.raises(ConflictError, match="switched off"):
        await resolve(house.ctx, house.user_id, delivery.id, posted=False)
    assert (await house.delivery(delivery.id)).is_unconfirmed


async def test_a_post_that_another_delivery_holds_is_not_named(house: House) -> None:
    await house.link("alpha", "ada", "one")
    (first,) = await house.release("First")
    await house.round()
    held = (await house.delivery(first.id)).external_post_id
    delivery = await unconfirmed(house, effect=True)
    with pytest.raises(ConflictError, match="Another delivery"):
        await resolve(house.ctx, house.user_id, delivery.id, posted=True, external_post_id=held)
    with pytest.raises(NotFoundError):
        await resolve(house.ctx, uuid4(), delivery.id, posted=True)
    assert (await house.delivery(delivery.id)).is_unconfirmed


async def test_bulk_redrive_skips_the_unconfirmed(house: House) -> None:
    await house.link("alpha", "ada", "one", "two")
    adapter = house.fakes["alpha"].adapter
    adapter.commits.extend([lost(effect=True), Rejected(message="no")])
    adapter.findings.append(Unknown(message="nobody can tell"))
    deliveries = await house.release()
    await house.until_quiet(hours=1)
    done = await redrive_failed(house.ctx, house.user_id, deliveries[0].content_id)
    assert len(done.again) == len(done.skipped) == 1
    skipped, why = done.skipped[0]
    assert skipped.is_unconfirmed
    assert "may already be posted" in why
    with pytest.raises(ConflictError, match="may already be posted"):
        await redrive(house.ctx, house.user_id, skipped.id)
    await house.until_quiet(hours=1)
    assert len(adapter.timeline) == 2
    assert (await house.delivery(skipped.id)).is_unconfirmed


async def test_a_post_that_looks_alike_is_no_proof_beside_an_unconfirmed_twin(house: House) -> None:
    """Two contents with the same words to one account are two posts: the late one of the first is not the second's."""
    await house.link("alpha", "ada", "one")
    first = await unconfirmed(house, effect=False)
    adapter = house.fakes["alpha"].adapter
    adapter.commits.append(lost(effect=False))
    adapter.findings.append(house.found("late-post-of-the-first", by_likeness=True))
    (second,) = await house.release()
    await house.until_quiet(hours=1)
    assert (await house.delivery(second.id)).is_unconfirmed
    assert (await house.delivery(first.id)).is_unconfirmed
