"""Claims: due order, leases by the ledger's clock, fences and takeovers."""

import asyncio
from datetime import datetime, timedelta

import pytest

from distribution_core.domain.delivery import DeliveryStatus, Phase
from distribution_core.ports.ledger import Ledger
from distribution_core.testing.ledger_contract.scene import LEASE, Scene
from distribution_core.testing.memory_clock import MemoryClock

_TICK = timedelta(microseconds=1)


class ClaimingContract:
    pytestmark = pytest.mark.anyio

    async def test_claim_leases_what_is_due(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        delivery = await scene.delivery(await scene.account(await scene.user()))
        (claimed,) = await scene.claim("worker-1")
        assert claimed.id == delivery.id
        assert (claimed.fence, claimed.takeovers, claimed.attempts) == (1, 0, 0)
        assert (claimed.lease_owner, claimed.lease_until) == ("worker-1", clock.now() + LEASE)
        assert (claimed.status, claimed.phase) == (DeliveryStatus.PENDING, Phase.IDLE)
        assert await scene.stored(delivery) == claimed
        assert list(await scene.claim("worker-2")) == [], "one holder at a time"

    async def test_claim_waits_for_the_due_time(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        delivery = await scene.delivery(await scene.account(await scene.user()))
        await scene.save(delivery, due_at=clock.now() + timedelta(seconds=5))
        clock.advance(timedelta(seconds=5) - _TICK)
        assert list(await scene.claim()) == []
        clock.advance(_TICK)
        assert [each.id for each in await scene.claim()] == [delivery.id]

    async def test_nothing_without_a_due_time_is_claimed(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        delivery = await scene.delivery(await scene.account(await scene.user()))
        await scene.save(delivery, due_at=None)
        clock.advance(timedelta(days=365))
        assert list(await scene.claim()) == []

    @pytest.mark.parametrize("status", list(DeliveryStatus))
    async def test_only_open_deliveries_are_claimed(self, ledger: Ledger, clock: MemoryClock, status: DeliveryStatus) -> None:
        scene = Scene(ledger, clock)
        delivery = await scene.delivery(await scene.account(await scene.user()))
        await scene.save(delivery, status=status, due_at=clock.now())
        is_open = status in (DeliveryStatus.PENDING, DeliveryStatus.RETRIED)
        assert [each.id for each in await scene.claim()] == ([delivery.id] if is_open else [])

    async def test_oldest_due_comes_first_and_the_limit_holds(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        deliveries = [await scene.delivery(account) for _ in range(4)]
        for delivery, minutes in zip(deliveries, (3, 1, 4, 2), strict=True):
            await scene.save(delivery, due_at=clock.now() - timedelta(minutes=minutes))
        first = await scene.claim(limit=3)
        assert [each.id for each in first] == [deliveries[place].id for place in (2, 0, 3)]
        assert [each.id for each in await scene.claim(limit=3)] == [deliveries[1].id]

    async def test_claim_takes_only_the_platforms_asked_for(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        facebook = await scene.delivery(await scene.account(user, platform="facebook"))
        tiktok = await scene.delivery(await scene.account(user, platform="tiktok"))
        assert list(await scene.claim(platforms=["linkedin"])) == []
        assert list(await scene.claim(platforms=[])) == []
        assert [each.id for each in await scene.claim(platforms=["tiktok", "linkedin"])] == [tiktok.id]
        assert [each.id for each in await scene.claim()] == [facebook.id]

    async def test_an_ended_lease_is_taken_over_and_counted(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        await scene.claimed(await scene.account(await scene.user()), "worker-1")
        clock.advance(LEASE - _TICK)
        assert list(await scene.claim("worker-2")) == []
        clock.advance(_TICK)
        (taken,) = await scene.claim("worker-2")
        assert (taken.fence, taken.takeovers, taken.lease_owner) == (2, 1, "worker-2")
        assert taken.lease_until == clock.now() + LEASE
        clock.advance(LEASE)
        (again,) = await scene.claim("worker-2")
        assert (again.fence, again.takeovers) == (3, 2)

    async def test_a_lease_given_back_is_no_takeover(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))
        await scene.save(claimed, status=DeliveryStatus.RETRIED, lease_owner=None, lease_until=None, due_at=clock.now())
        (again,) = await scene.claim("worker-2")
        assert (again.fence, again.takeovers) == (2, 0)

    async def test_a_lost_answer_is_not_asked_about_early(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        claimed = await scene.claimed(await scene.account(await scene.user()))
        ask_after = clock.now() + timedelta(minutes=10)
        await scene.save(
            claimed,
            phase=Phase.COMMITTING,
            lease_owner=None,
            lease_until=None,
            due_at=clock.now(),
            ask_after=ask_after,
        )
        clock.advance(timedelta(minutes=10) - _TICK)
        assert list(await scene.claim()) == [], "whatever its due time"
        clock.advance(_TICK)
        assert [each.id for each in await scene.claim()] == [claimed.id]

    async def test_only_committing_waits_for_ask_after(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        for phase in (Phase.IDLE, Phase.PROCESSING):
            delivery = await scene.delivery(account)
            await scene.save(delivery, phase=phase, ask_after=clock.now() + timedelta(hours=1))
            assert [each.id for each in await scene.claim()] == [delivery.id]

    async def test_concurrent_claims_share_the_work(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        account = await scene.account(await scene.user())
        deliveries = {(await scene.delivery(account)).id for _ in range(20)}
        batches = await asyncio.gather(*(scene.claim(f"worker-{number}", limit=7) for number in range(5)))
        claimed = [(each.id, each.lease_owner) for batch in batches for each in batch]
        assert len(claimed) == len({delivery_id for delivery_id, _ in claimed}), "nothing is claimed twice"
        assert all(len(batch) <= 7 for batch in batches)
        assert len({owner for batch in batches for owner in {each.lease_owner for each in batch}}) >= 3
        rest = await scene.claim()
        assert {delivery_id for delivery_id, _ in claimed} | {each.id for each in rest} == deliveries
        assert {each.fence for batch in batches for each in batch} == {1}

    async def test_claim_reads_the_ledgers_clock(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        await scene.delivery(await scene.account(await scene.user()))
        async with ledger.begin() as tx:
            began = tx.now
            clock.advance(timedelta(minutes=5))
            (claimed,) = await tx.deliveries.claim("worker-1", limit=1, lease=LEASE)
        assert claimed.lease_until == began + LEASE, "one transaction has one time"
        assert claimed.updated_at == began

    async def test_the_next_due_time_is_the_earliest_that_is_still_to_come(self, ledger: Ledger, clock: MemoryClock) -> None:
        scene = Scene(ledger, clock)
        user = await scene.user()
        account = await scene.account(user)

        async def next_due() -> datetime | None:
            async with ledger.begin() as tx:
                return await tx.workers.next_due()

        now = clock.now()
        assert await next_due() is None
        await scene.content(user, release_at=None)
        await scene.content(user, release_at=now + timedelta(seconds=1), selected_at=now)
        failed = await scene.delivery(account)
        await scene.save(failed, status=DeliveryStatus.FAILED, due_at=now + timedelta(seconds=1))
        assert await next_due() is None, "nothing of this will ever be due"
        waiting = await scene.delivery(account)
        assert await next_due() is None, "what is due already is for the claim"
        await scene.save(waiting, status=DeliveryStatus.RETRIED, due_at=now + timedelta(seconds=5))
        await scene.content(user, release_at=now + timedelta(seconds=3, microseconds=7))
        assert await next_due() == now + timedelta(seconds=3, microseconds=7)
        clock.advance(timedelta(seconds=3, microseconds=7))
        assert await next_due() == now + timedelta(seconds=5)
