"""Accounts were chosen, and then all was down: within a limit it is sent, beyond it fails in words and waits for a person."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from attrs import evolve

from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Delivery, DeliveryStatus
from distribution_core.domain.outcome import FailureKind, Throttled, Unavailable
from distribution_core.domain.quota import OutboundLimits, Quota, Scope
from distribution_core.domain.secret import Secret
from distribution_core.ports.dead_letters import DeadLetterFilter
from distribution_core.ports.platform import Refreshed, Tokens
from distribution_core.usecases.dead_letters import dead_letters
from distribution_core.usecases.publish_delivery import claim_batch, publish
from distribution_core.usecases.redrive import redrive, redrive_failed
from distribution_core.usecases.select_accounts import release_due
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)
LIMIT_S = 6 * 3600.0


async def linked(house: House, *names: str) -> None:
    """Accounts whose token can be renewed however late."""
    await house.link("alpha", "ada", *names)
    tokens = Tokens(access=Secret("access-2"), refresh=Secret("refresh-2"), access_lifetime=timedelta(days=99))
    house.fakes["alpha"].authorizer.refreshes.append(Refreshed(tokens=tokens))


async def selected(house: House, body: str = "Hello") -> Content:
    """A scheduled content, just released; nothing has claimed its deliveries yet."""
    saved = await house.save(body, scheduled_at=house.clock.at + HOUR)
    house.clock.advance(3600)
    await release_due(house.ctx)
    return saved.content


async def missed(house: House) -> Delivery:
    """One that was due three days ago."""
    await linked(house, "one")
    content = await selected(house)
    house.clock.advance(3 * 86_400)
    await house.round()
    (delivery,) = await house.deliveries(content.id)
    return delivery


def statuses(deliveries: Sequence[Delivery]) -> list[DeliveryStatus]:
    return [each.status for each in deliveries]


async def test_within_the_limit_it_is_sent(house: House) -> None:
    await linked(house, "one")
    content = await selected(house)
    house.clock.advance(LIMIT_S)
    await house.round()
    assert statuses(await house.deliveries(content.id)) == [DeliveryStatus.SUCCESS]


async def test_later_it_fails_in_words_and_the_platform_is_not_called(house: House) -> None:
    delivery = await missed(house)
    assert (delivery.status, delivery.due_at, delivery.external_post_id) == (DeliveryStatus.FAILED, None, None)
    assert delivery.last_error is not None
    assert (delivery.last_error.kind, delivery.last_error.code) == (FailureKind.REFUSED, "missed_schedule")
    assert delivery.last_error.message == (
        "This was to go out on 2026-11-23 at 13:00 UTC. Nothing ran that could send it, and it was found 3 days late, which is "
        "more than 6 hours. Try it again to send it now."
    )
    assert house.fakes["alpha"].adapter.calls == []
    assert house.fakes["alpha"].adapter.timeline == []
    assert (await dead_letters(house.ctx, house.user_id, DeadLetterFilter())).deliveries == (delivery,)


@pytest.mark.parametrize("all_of_it", [False, True])
async def test_a_person_who_tries_it_again_sends_it(house: House, all_of_it: bool) -> None:
    delivery = await missed(house)
    house.clock.advance(86_400)
    if all_of_it:
        await redrive_failed(house.ctx, house.user_id, delivery.content_id)
    else:
        await redrive(house.ctx, house.user_id, delivery.id)
    house.clock.advance(3 * 86_400)  # and all was down again: the person's word stands
    await house.round()
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.SUCCESS


async def test_what_is_saved_without_a_schedule_goes_however_late(house: House) -> None:
    await linked(house, "one")
    (delivery,) = await house.release()
    house.clock.advance(30 * 86_400)
    await house.round()
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.SUCCESS


async def test_what_had_gone_before_all_went_down_stays(house: House) -> None:
    await linked(house, "one", "two")
    content = await selected(house)
    (first,) = await claim_batch(house.ctx, "w1", 1)
    await publish(house.ctx, "w1", first)
    house.clock.advance(3 * 86_400)
    await house.round()
    assert sorted(statuses(await house.deliveries(content.id))) == [DeliveryStatus.FAILED, DeliveryStatus.SUCCESS]
    assert len(house.fakes["alpha"].adapter.timeline) == 1


async def test_one_that_a_dead_worker_had_claimed_was_not_begun(house: House) -> None:
    await linked(house, "one")
    content = await selected(house)
    assert len(await claim_batch(house.ctx, "w1", 1)) == 1
    house.clock.advance(3 * 86_400)
    await house.round("w2")
    assert statuses(await house.deliveries(content.id)) == [DeliveryStatus.FAILED]


async def test_one_that_was_begun_goes_on(house: House) -> None:
    await linked(house, "one")
    house.fakes["alpha"].adapter.prepares.append(Throttled(message="slow down", wait=HOUR))
    content = await selected(house)
    await house.round()
    house.clock.advance(3 * 86_400)
    await house.round()
    assert statuses(await house.deliveries(content.id)) == [DeliveryStatus.SUCCESS]


async def test_one_that_waited_for_a_quota_is_sent(house: House) -> None:
    quota = Quota(name="posts", scope=Scope.ACCOUNT, most=1, seconds=86_400)
    alpha = evolve(house.ctx.platforms["alpha"], limits=OutboundLimits(quotas=(quota,)))
    house.ctx = evolve(house.ctx, platforms={**house.ctx.platforms, "alpha": alpha})
    await linked(house, "one")
    contents = [await selected(house, "first"), await selected(house, "second")]
    await house.until_quiet()
    found = [each for content in contents for each in await house.deliveries(content.id)]
    assert statuses(found) == [DeliveryStatus.SUCCESS] * 2
    assert max(each.finished_at for each in found if each.finished_at) - min(each.created_at for each in found) > 7 * HOUR


async def test_one_that_waited_for_its_platform_while_workers_ran_is_sent(house: House) -> None:
    """While a breaker is open, what it keeps waiting is not even claimed."""
    await linked(house, *(f"page-{number}" for number in range(30)))
    house.fakes["alpha"].adapter.prepares.extend(
        [Unavailable(message="The platform answers 503.", code="503", down=True)] * 1_000
    )
    content = await selected(house)
    for wait_s in (6, 6, *[1800] * 14):
        for claimed in await claim_batch(house.ctx, "w1", 3):
            await publish(house.ctx, "w1", claimed)
        house.clock.advance(wait_s)
    waiting = [each for each in await house.deliveries(content.id) if each.status is DeliveryStatus.PENDING]
    assert waiting
    assert {each.due_at for each in waiting} == {content.release_at}, "nothing moved what was never claimed"
    house.fakes["alpha"].adapter.prepares.clear()
    for _ in range(20):
        await house.round()
        house.clock.advance(60)
    assert set(statuses(await house.deliveries(content.id))) == {DeliveryStatus.SUCCESS}
