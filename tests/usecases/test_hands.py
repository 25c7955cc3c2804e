"""What a worker has in hand: as many are sent as it may, a few wait for the next slot, and none waits long."""

import asyncio
from collections import Counter

import pytest
from attrs import define, evolve, field

from distribution_core.usecases.context import Context
from distribution_core.usecases.hands import Hands
from distribution_core.usecases.outbound_state import Place
from distribution_core.usecases.publish_delivery import Claimed, claim
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio

SLOTS = 8


@define
class Calls:
    """Every call that was begun, and hangs until it is answered."""

    begun: list[Claimed] = field(factory=list)
    under_way: dict[Place, asyncio.Event] = field(factory=dict)
    most: int = 0

    async def publish(self, claimed: Claimed, place: Place) -> None:
        self.begun.append(claimed)
        async with place.calls:
            done = asyncio.Event()
            self.under_way[place] = done
            self.most = max(self.most, len(self.under_way))
            await done.wait()

    async def answer(self, number: int) -> None:
        for place in list(self.under_way)[:number]:
            done = self.under_way.pop(place)
            place.answered()
            done.set()
        await asyncio.sleep(0)  # who was waiting begins


def _context(house: House) -> Context:
    return evolve(house.ctx, limits=evolve(house.ctx.limits, concurrency=SLOTS))


async def _due(house: House, platform: str, number: int) -> None:
    await house.link(platform, platform, *(f"{platform}-page-{page}" for page in range(number)))
    await house.release(f"for {platform}")


async def _claimed(ctx: Context, hands: Hands, *platforms: str) -> int:
    async with ctx.ledger.begin() as tx:
        taken = await claim(ctx, tx, "w1", hands.room, platforms or ["alpha"])
    hands.take(taken.claimed)
    await asyncio.sleep(0)
    return len(taken.claimed)


async def _four_answered(house: House) -> tuple[Context, Calls, Hands]:
    """A worker that filled its slots, and has had four answers since."""
    ctx, calls = _context(house), Calls()
    await _due(house, "alpha", 40)
    hands = Hands(ctx, 1, calls.publish)
    await _claimed(ctx, hands)
    await calls.answer(4)
    return ctx, calls, hands


async def test_nothing_is_claimed_ahead_of_calls_that_have_not_been_answered(house: House) -> None:
    ctx, calls = _context(house), Calls()
    await _due(house, "alpha", 30)
    hands = Hands(ctx, 1, calls.publish)
    assert await _claimed(ctx, hands) == len(calls.begun) == SLOTS
    assert hands.room == 0


async def test_as_many_wait_as_were_just_answered_and_never_more_are_sent_than_there_are_slots(house: House) -> None:
    ctx, calls, hands = await _four_answered(house)
    assert await _claimed(ctx, hands) == 4 + 4, "the slots that are free, and as many to wait"
    early = len(calls.begun) - (SLOTS + 4)
    assert (len(calls.under_way), calls.most) == (SLOTS, SLOTS)
    assert early == 4 // 3, "some of whom go to their gates already"
    assert len(hands.drop()) == 4 - early


async def test_who_waits_is_sent_as_soon_as_one_is_answered(house: House) -> None:
    ctx, calls, hands = await _four_answered(house)
    await _claimed(ctx, hands)
    begun = len(calls.begun)
    await calls.answer(3)
    assert len(calls.begun) == begun + 3, "before anything is claimed again"
    assert not [key for key, times in Counter(each.delivery.id for each in calls.begun).items() if times > 1]


async def test_a_platform_that_stops_answering_is_claimed_ahead_of_no_more(house: House) -> None:
    ctx, _, hands = await _four_answered(house)
    house.clock.advance(1)
    await _claimed(ctx, hands)
    assert not hands.drop()


async def test_whoever_waits_for_a_slot_too_long_is_let_go(house: House) -> None:
    ctx, calls, hands = await _four_answered(house)
    await _claimed(ctx, hands)
    assert not hands.overdue()
    house.clock.advance(ctx.limits.lease.total_seconds() / 3)
    let_go = hands.overdue()
    assert len(let_go) == 4 - 4 // 3
    assert ctx.outbound.running["alpha"] == SLOTS + 4 // 3
    assert not {each.delivery.id for each in let_go} & {each.delivery.id for each in calls.begun}


async def test_calls_that_hang_leave_slots_to_other_platforms_among_those_that_wait(house: House) -> None:
    ctx, calls = _context(house), Calls()
    await _due(house, "alpha", 40)
    hands = Hands(ctx, 2, calls.publish)
    for _ in range(3):
        await _claimed(ctx, hands, "alpha", "beta")
        await calls.answer(6)
    await _claimed(ctx, hands, "alpha", "beta")
    assert len(calls.under_way) < SLOTS
    house.clock.advance(1)
    await _due(house, "beta", 1)
    assert await _claimed(ctx, hands, "alpha", "beta") == 1
    await asyncio.sleep(0)
    assert "beta" in {place.key.platform for place in calls.under_way}
