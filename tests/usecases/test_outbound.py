"""What goes out and what waits: breakers, quotas, the platforms' own words, and how many at once."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from attrs import evolve

from distribution_core.domain.breaker import BreakerPolicy, BreakerState
from distribution_core.domain.delivery import Delivery, DeliveryStatus
from distribution_core.domain.outcome import Rejected, Throttled, Unavailable
from distribution_core.domain.quota import OutboundLimits, Quota, Scope
from distribution_core.ports.limiter import POLLING, BreakerKey
from distribution_core.ports.usage import NearlyUsed, tell
from distribution_core.usecases.context import Context
from distribution_core.usecases.limits_state import limits_state
from distribution_core.usecases.publish_delivery import claim, claim_batch, publish
from distribution_core.usecases.select_accounts import release_due
from distribution_core.usecases.under_way import tell_loads
from tests.usecases.conftest import House

pytestmark = pytest.mark.anyio

DOWN = Unavailable(message="The platform answers 503.", code="503")


def _limit(house: House, platform: str = "alpha", **limits: object) -> None:
    """The house's platform under other limits."""
    platforms = dict(house.ctx.platforms)
    platforms[platform] = evolve(platforms[platform], limits=OutboundLimits(**limits))  # type: ignore[arg-type]
    house.ctx = evolve(house.ctx, platforms=platforms)


def _worker(house: House) -> Context:
    """Another process of the same house."""
    return evolve(house.ctx)


async def _rounds(house: House, number: int, *, every: float = 5) -> None:
    for _ in range(number):
        await house.round()
        house.clock.advance(every)


async def _break(house: House, accounts: int = 6) -> list[Delivery]:
    """Let alpha fail until its breaker is open."""
    await house.link("alpha", "subject", *(f"page-{number}" for number in range(accounts)))
    house.fakes["alpha"].adapter.prepares.extend([DOWN] * 100)
    deliveries = await house.release()
    await _rounds(house, 2, every=6)
    async with house.ctx.ledger.begin() as tx:
        await tx.workers.beat("w1")
    await claim_batch(house.ctx, "w1", 1)
    assert await _state(house) is BreakerState.OPEN
    return deliveries


async def _poll(house: House, *workers: str) -> None:
    async with house.ctx.ledger.begin() as tx:
        for worker in workers:
            await tx.workers.beat(worker)
            await tx.loads.tell(worker, ["alpha"], [])


async def _state(house: House) -> BreakerState:
    shown = (await limits_state(house.ctx)).breakers
    return next(each.state for each in shown if each.platform == "alpha")


class TestBreaker:
    async def test_it_opens_and_nothing_is_tried_while_it_is(self, house: House) -> None:
        deliveries = await _break(house)
        before = [await house.delivery(each.id) for each in deliveries]
        calls = len(house.fakes["alpha"].adapter.calls)
        house.clock.advance(10)
        assert await house.round() == []
        assert await claim_batch(_worker(house), "w2", 32) == (), "other workers know it too"
        assert len(house.fakes["alpha"].adapter.calls) == calls
        assert [(await house.delivery(each.id)).attempts for each in deliveries] == [each.attempts for each in before]

    async def test_other_platforms_go_on(self, house: House) -> None:
        await _break(house)
        await house.link("beta", "subject", "creator")
        saved = await house.save("for both")
        house.clock.advance(11)
        await release_due(house.ctx)
        await house.round()
        statuses = {each.platform: each.status for each in await house.deliveries(saved.content.id)}
        assert statuses["beta"] is DeliveryStatus.SUCCESS
        assert statuses["alpha"] is DeliveryStatus.PENDING

    async def test_one_probe_at_a_time_and_at_no_attempt(self, house: House) -> None:
        await _break(house)
        house.clock.advance(BreakerPolicy().wait_first.total_seconds() + 30)
        (probe,) = await claim_batch(house.ctx, "w1", 32)
        assert await _state(house) is BreakerState.HALF_OPEN
        assert await claim_batch(_worker(house), "w2", 32) == ()
        after = await publish(house.ctx, "w1", probe)
        assert after is not None
        assert (after.attempts, after.wait_reason) == (probe.delivery.attempts, "platform_down")
        assert await claim_batch(house.ctx, "w1", 32) == ()
        assert await _state(house) is BreakerState.OPEN

    async def test_a_good_probe_closes_it_and_the_rest_follow_little_by_little(self, house: House) -> None:
        deliveries = await _break(house, accounts=40)
        house.fakes["alpha"].adapter.prepares.clear()
        house.clock.advance(BreakerPolicy().wait_first.total_seconds() + 60)
        (probe,) = await claim_batch(house.ctx, "w1", 32)
        assert (await publish(house.ctx, "w1", probe)).status is DeliveryStatus.SUCCESS  # type: ignore[union-attr]
        first = await claim_batch(house.ctx, "w1", 32)
        assert await _state(house) is BreakerState.CLOSED
        assert 1 <= len(first) <= 2, "a twentieth of the worker's sixteen"
        house.clock.advance(BreakerPolicy().ramp.total_seconds())
        assert len(await claim_batch(house.ctx, "w1", 32)) > 10
        assert len(deliveries) == 40

    async def test_a_platform_that_refuses_is_up(self, house: House) -> None:
        await house.link("alpha", "subject", *(f"page-{number}" for number in range(30)))
        house.fakes["alpha"].adapter.prepares.extend([Rejected(message="no")] * 30)
        await house.release()
        await _rounds(house, 4)
        assert await _state(house) is BreakerState.CLOSED


class TestQuotas:
    QUOTA = Quota(name="posts", scope=Scope.ACCOUNT, most=2, seconds=60)

    async def test_what_is_over_an_accounts_quota_waits_at_no_attempt(self, house: House) -> None:
        _limit(house, quotas=(self.QUOTA,))
        await house.link("alpha", "subject", "page-1")
        contents = [await house.save(f"post {number}") for number in range(3)]
        house.clock.advance(11)
        claimed_at = house.clock.at
        await release_due(house.ctx)
        assert len(await house.round()) == 2
        found = [each for saved in contents for each in await house.deliveries(saved.content.id)]
        (waiting,) = [each for each in found if each.status is not DeliveryStatus.SUCCESS]
        assert (waiting.status, waiting.attempts, waiting.wait_reason) == (DeliveryStatus.PENDING, 0, "rate_limited")
        assert waiting.lease_owner is None
        assert waiting.due_at is not None
        assert timedelta(seconds=60) <= waiting.due_at - claimed_at <= timedelta(seconds=90)
        async with house.ctx.ledger.begin() as tx:
            assert await tx.attempts.of_delivery(waiting.id) == ()
        await house.until_quiet(hours=1)
        assert (await house.delivery(waiting.id)).status is DeliveryStatus.SUCCESS

    async def test_all_workers_share_it(self, house: House) -> None:
        _limit(house, quotas=(evolve(self.QUOTA, scope=Scope.APP, most=3),))
        await house.link("alpha", "subject", *(f"page-{number}" for number in range(8)))
        await house.release()
        claimed = [await claim_batch(_worker(house), f"w{number}", 2) for number in range(4)]
        assert sum(len(batch) for batch in claimed) == 3
        shown = (await limits_state(house.ctx)).windows
        assert [(each.platform, each.name, each.used, each.most) for each in shown] == [("alpha", "posts", 3, 3)]

    async def test_the_platforms_word_holds_the_accounts_others(self, house: House) -> None:
        await house.link("alpha", "subject", "page-1", "page-2")
        throttled = Throttled(message="slow", wait=timedelta(minutes=10))
        house.fakes["alpha"].adapter.prepares.append(throttled)
        await house.release("first")
        await house.round()
        await house.release("second")
        calls = house.fakes["alpha"].adapter.calls
        calls.clear()
        await house.round()
        assert calls == ["prepare", "commit"], "the other account's only"
        assert [each.account for each in (await limits_state(house.ctx)).windows if each.blocked_until] == ["page-1"]

    async def test_what_is_told_beside_an_answer_is_heeded(self, house: House) -> None:
        adapter = house.fakes["alpha"].adapter
        await house.link("alpha", "subject", "page-1", "page-2")
        inner = adapter.prepare

        async def prepare(job: object, journal: object) -> object:
            tell(NearlyUsed(name="app_usage", scope=Scope.APP, wait=timedelta(minutes=5)))
            return await inner(job, journal)  # type: ignore[arg-type]

        adapter.prepare = prepare  # type: ignore[assignment]
        await house.release("first")
        await house.round()
        deliveries = await house.release("second")
        assert await house.round() == []
        assert await claim_batch(_worker(house), "w2", 32) == ()
        waiting = [await house.delivery(each.id) for each in deliveries]
        assert {(each.wait_reason, each.attempts) for each in waiting} == {("rate_limited", 0)}


class TestConcurrency:
    async def test_an_account_does_not_fill_all_slots(self, house: House) -> None:
        _limit(house, account_concurrency=4)
        await house.link("alpha", "subject", "page-1")
        for number in range(9):
            await house.save(f"post {number}")
        house.clock.advance(11)
        await release_due(house.ctx)
        await _poll(house, "w0", "w1")
        assert len(await claim_batch(house.ctx, "w0", 3)) == 3
        assert len(await claim_batch(_worker(house), "w1", 32)) == 1, "three of four are another's"
        house.clock.advance(10)
        assert len(await claim_batch(_worker(house), "w2", 32)) == 0

    async def test_a_platforms_slots_are_shared_by_the_workers(self, house: House) -> None:
        _limit(house, concurrency=6)
        await house.link("alpha", "subject", *(f"page-{number}" for number in range(20)))
        await house.release()
        await _poll(house, "w0", "w1")
        assert len(await claim_batch(house.ctx, "w0", 4)) == 4
        assert len(await claim_batch(_worker(house), "w1", 32)) == 2

    async def test_of_a_large_limit_each_worker_has_an_even_part(self, house: House) -> None:
        _limit(house, concurrency=9)
        await house.link("alpha", "subject", *(f"page-{number}" for number in range(20)))
        await house.release()
        await _poll(house, "w0", "w1")
        assert len(await claim_batch(house.ctx, "w0", 32)) == 4
        assert len(await claim_batch(_worker(house), "w1", 32)) == 4

    async def test_an_even_part_is_not_made_less_by_what_others_have(self, house: House) -> None:
        """Also where another limit of the platform is counted."""
        _limit(house, app_concurrency=16, account_concurrency=6)
        await house.link("alpha", "subject", *(f"page-{number}" for number in range(20)))
        await house.release()
        await _poll(house, "w0", "w1")
        assert len(await claim_batch(house.ctx, "w0", 32)) == 8
        house.clock.advance(5)
        await _poll(house, "w1")
        assert len(await claim_batch(_worker(house), "w1", 32)) == 8

    async def test_nothing_is_claimed_to_be_held_back_while_a_worker_has_not_told(self, house: House) -> None:
        _limit(house, account_concurrency=1)
        await house.link("alpha", "subject", "page-1", "page-2")
        deliveries = await house.release()
        async with house.ctx.ledger.begin() as tx:
            await tx.workers.beat("w0", ["alpha"])
        assert await claim_batch(_worker(house), "w1", 32) == ()
        assert [(await house.delivery(each.id)).wait_reason for each in deliveries] == [None, None]

    async def test_a_probe_keeps_to_what_is_counted(self, house: House) -> None:
        await _break(house)
        _limit(house, concurrency=1)
        house.clock.advance(60)
        worker = _worker(house)
        key = BreakerKey(platform="alpha", app="main")
        with worker.outbound.place(house.clock, key, (await house.accounts())["page-0"].id):
            assert await claim_batch(worker, "w1", 32) == ()
        assert len(await claim_batch(worker, "w1", 32)) == 1

    async def test_who_serves_other_platforms_takes_no_part(self, house: House) -> None:
        _limit(house, concurrency=6)
        await house.link("alpha", "subject", *(f"page-{number}" for number in range(20)))
        await house.release()
        async with house.ctx.ledger.begin() as tx:
            await tx.workers.beat("w0", ["alpha"])
            await tx.workers.beat("w1", ["beta"])
            await tx.workers.beat("sweeper", [])
        assert len(await claim_batch(house.ctx, "w0", 32)) == 6

    async def test_what_ended_leaves_its_room_to_other_workers(self, house: House) -> None:
        _limit(house, concurrency=1)
        await house.link("alpha", "subject", "page-1", "page-2")
        await house.release()
        await _poll(house, "w0", "w1")
        (first,) = await claim_batch(house.ctx, "w0", 32)
        assert await claim_batch(_worker(house), "w1", 32) == ()
        await publish(house.ctx, "w0", first)
        async with house.ctx.ledger.begin() as tx:
            await tell_loads(house.ctx, tx, "w0")
        assert len(await claim_batch(_worker(house), "w1", 32)) == 1

    async def test_a_worker_tells_of_the_platforms_only_that_it_serves(self, house: House) -> None:
        _limit(house, concurrency=1)
        _limit(house, "beta", concurrency=1)
        await house.link("alpha", "subject", "page-1", "page-2")
        await house.release()
        async with house.ctx.ledger.begin() as tx:
            await tx.workers.beat("w0", ["alpha"])
            (claimed,) = (await claim(house.ctx, tx, "w0", 32, ["alpha"])).claimed
        async with house.ctx.ledger.begin() as tx:
            (load,) = (await tx.loads.of_others("w1", ["alpha"])).loads
            assert (load.account_id, load.number) == (claimed.delivery.social_account_id, 1)
            # Whoever works for beta need not wait for one who never will.
            assert (await tx.loads.of_others("w1", ["alpha", "beta"])).silent == set()
        async with house.ctx.ledger.begin() as tx:
            await tx.workers.beat("w0")
            assert (await tx.loads.of_others("w1", ["alpha", "beta"])).silent == {"beta"}

    async def test_nobody_takes_room_while_a_worker_has_not_told_what_it_has(self, house: House) -> None:
        _limit(house, concurrency=1)
        await house.link("alpha", "subject", "page-1", "page-2")
        await house.release()
        async with house.ctx.ledger.begin() as tx:
            await tx.workers.beat("w0", ["alpha"])
        assert await claim_batch(_worker(house), "w1", 32) == ()
        await _poll(house, "w0")
        assert len(await claim_batch(_worker(house), "w1", 32)) == 1

    async def test_a_worker_that_is_gone_holds_no_room(self, house: House) -> None:
        _limit(house, concurrency=1)
        await house.link("alpha", "subject", "page-1", "page-2")
        await house.release()
        await _poll(house, "w0", "w1")
        assert len(await claim_batch(house.ctx, "w0", 32)) == 1
        house.clock.advance(POLLING.total_seconds())
        assert len(await claim_batch(_worker(house), "w1", 32)) == 1

    async def test_an_apps_slots_are_counted_apart(self, house: House) -> None:
        _limit(house, app_concurrency=4)
        await house.link("alpha", "subject", *(f"page-{number}" for number in range(9)))
        await house.release()
        assert len(await claim_batch(house.ctx, "w0", 32)) == 4

    async def test_a_platform_whose_calls_hang_leaves_places_to_the_others(self, house: House) -> None:
        most = house.ctx.limits.concurrency
        await house.link("alpha", "subject", *(f"page-{number}" for number in range(2 * most)))
        await house.release()
        with ExitStack() as under_way:
            held = await claim_batch(house.ctx, "w1", most)
            for each in held:
                key = BreakerKey(platform="alpha", app="main")
                under_way.enter_context(house.ctx.outbound.place(house.clock, key, each.delivery.social_account_id))
            left = most - len(held)
            assert 0 < left < most / 4
            await house.link("beta", "subject", "page")
            await house.release("Later, and for both")
            assert [each.delivery.platform for each in await claim_batch(house.ctx, "w1", left)] == ["beta"]
            # A worker of one platform leaves no place empty.
            async with house.ctx.ledger.begin() as tx:
                alone = await claim(_worker(house), tx, "w2", most, ["alpha"])
            assert len(alone.claimed) == most


async def test_everything_held_back_comes_through(house: House) -> None:
    """With every limit at once nothing is lost, and nothing fails for having waited."""
    quota = Quota(name="posts", scope=Scope.ACCOUNT, most=1, seconds=30)
    _limit(house, concurrency=4, account_concurrency=1, quotas=(quota,))
    house.fakes["alpha"].adapter.prepares.extend([DOWN] * 6)
    await house.link("alpha", "subject", "page-1", "page-2", "page-3")
    saved = [await house.save(f"post {number}") for number in range(4)]
    house.clock.advance(11)
    await release_due(house.ctx)
    await house.until_quiet(hours=3)
    found = [each.status for one in saved for each in await house.deliveries(one.content.id)]
    assert found == [DeliveryStatus.SUCCESS] * 12
    assert len(house.fakes["alpha"].adapter.timeline) == 12
