"""A worker that is told to stop: what is being sent is finished, what is not is given back."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from distribution_core.domain.delivery import Delivery, DeliveryStatus
from distribution_core.domain.errors import LedgerUnavailableError
from distribution_core.domain.quota import OutboundLimits
from distribution_core.ports.doorbell import SELECTOR
from distribution_core.ports.limiter import POLLING
from distribution_core.testing.fake_platform import FakeAdapter
from distribution_core.usecases.context import Context
from distribution_core.usecases.sweep import keep_sweeping, sweep
from distribution_core.usecases.work import Duty, work
from tests.usecases.conftest import House, TestClock

pytestmark = pytest.mark.anyio


class NightClock(TestClock):
    """Nobody who sleeps on it wakes: no lease is renewed while a test holds a call up."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()


class Held:
    """Holds one kind of call up until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
        self.reached, self.let_go = asyncio.Event(), asyncio.Event()
        real = getattr(FakeAdapter, call)

        async def held(adapter: FakeAdapter, *args: Any) -> Any:
            self.reached.set()
            await self.let_go.wait()
            return await real(adapter, *args)

        monkeypatch.setattr(FakeAdapter, call, held)


class Bell:
    """Remembers who was rung for."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, ...]] = []

    async def ring(self, *whom: str) -> None:
        self.rung.append(whom)

    def wake(self) -> None:
        return None

    async def wait(self, timeout_s: float) -> None:
        await asyncio.sleep(0)


def _hurried(house: House) -> Context:
    limits = evolve(house.ctx.limits, stopping=timedelta())
    return evolve(house.ctx, limits=limits, clock=NightClock(house.clock.at), doorbell=Bell())


async def test_what_is_not_being_sent_is_given_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.link("alpha", "person", "page")
    (delivery,) = await house.release()
    held, stop = Held(monkeypatch, "prepare"), asyncio.Event()
    working = asyncio.create_task(work(_hurried(house), "w1", stop))
    await held.reached.wait()
    stop.set()
    async with asyncio.timeout(10):
        await working
    back = await house.delivery(delivery.id)
    assert (back.status, back.lease_owner, back.lease_until) == (DeliveryStatus.PENDING, None, None)
    assert (back.attempts, back.takeovers) == (0, 0)
    held.let_go.set()
    (after,) = await house.round("w2")
    assert after is not None, "it is there for the next worker at once"
    assert after.status is DeliveryStatus.SUCCESS
    async with house.ctx.ledger.begin() as tx:
        assert [attempt.outcome for attempt in await tx.attempts.of_delivery(delivery.id)] == ["handed_back", "published"]


async def test_a_ledger_that_was_away_is_asked_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """To prepare may take half an hour, and who stops has not that long."""
    await house.link("alpha", "person", "page")
    (delivery,) = await house.release()
    held, stop, away = Held(monkeypatch, "prepare"), asyncio.Event(), asyncio.Event()
    asked, often = 0, asyncio.Event()
    real = type(house.ctx.ledger).begin

    def begin(ledger: Any) -> Any:
        nonlocal asked
        if away.is_set():
            asked += 1
            if asked == 5:
                often.set()
            raise LedgerUnavailableError("away")
        return real(ledger)

    monkeypatch.setattr(type(house.ctx.ledger), "begin", begin)
    ctx = _hurried(house)
    working = asyncio.create_task(work(evolve(ctx, limits=evolve(ctx.limits, sweep=timedelta(seconds=0.05))), "w1", stop))
    await held.reached.wait()
    away.set()
    stop.set()
    async with asyncio.timeout(10):
        await often.wait()
        assert not working.done()
        away.clear()
        await working
    back = await house.delivery(delivery.id)
    assert (back.status, back.lease_owner, back.attempts) == (DeliveryStatus.PENDING, None, 0)


async def test_what_is_being_sent_is_finished(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.link("alpha", "person", "page")
    (delivery,) = await house.release()
    held, stop = Held(monkeypatch, "commit"), asyncio.Event()
    working = asyncio.create_task(work(_hurried(house), "w1", stop))
    await held.reached.wait()
    stop.set()
    held.let_go.set()
    async with asyncio.timeout(10):
        await working
    assert (await house.delivery(delivery.id)).status is DeliveryStatus.SUCCESS
    assert house.fakes["alpha"].adapter.visible("page") == 1


async def test_others_know_of_what_is_finished_however_long_it_takes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    limited = evolve(house.ctx.platforms["alpha"], limits=OutboundLimits(concurrency=1))
    house.ctx = evolve(house.ctx, platforms=dict(house.ctx.platforms) | {"alpha": limited})
    await house.link("alpha", "person", "page")
    await house.release()
    held, stop = Held(monkeypatch, "commit"), asyncio.Event()
    working = asyncio.create_task(work(evolve(_hurried(house), clock=house.clock), "w1", stop))
    await held.reached.wait()
    stop.set()
    await _passes(house, 2 * POLLING)
    async with house.ctx.ledger.begin() as tx:
        elsewhere = await tx.loads.of_others("w2", ["alpha"])
    assert sum(load.number for load in elsewhere.loads) == 1
    held.let_go.set()
    async with asyncio.timeout(10):
        await working
    async with house.ctx.ledger.begin() as tx:
        assert not (await tx.loads.of_others("w2", ["alpha"])).loads, "and its room is there for others at once"


async def test_a_worker_of_one_platform_leaves_the_others_alone(house: House) -> None:
    for platform in ("alpha", "beta"):
        await house.link(platform, "person", f"page-of-{platform}")
    alpha, beta = await house.release()
    stop, ctx = asyncio.Event(), _hurried(house)
    working = asyncio.create_task(work(ctx, "w1", stop, Duty(platforms=["beta"], selects=False, look_again=timedelta(seconds=5))))
    await _until(house, beta, DeliveryStatus.SUCCESS)
    stop.set()
    await working
    assert (await house.delivery(alpha.id)).status is DeliveryStatus.PENDING


async def test_a_sweep_rings_for_what_is_due_and_nobody_else(house: House) -> None:
    await house.link("alpha", "person", "page")
    bell = Bell()
    ctx = evolve(house.ctx, doorbell=bell)
    await sweep(ctx)
    assert bell.rung == []
    await house.save()
    house.clock.advance(ctx.limits.hold.total_seconds())
    await sweep(ctx)
    assert bell.rung == [(SELECTOR,)]
    await house.release("another")
    bell.rung.clear()
    assert await sweep(ctx) <= ctx.limits.sweep.total_seconds()
    assert bell.rung == [("alpha",)]


async def test_who_does_not_lead_does_not_sweep(house: House) -> None:
    await house.link("alpha", "person", "page")
    await house.release()
    bell, stop, asked = Bell(), asyncio.Event(), asyncio.Event()

    class Follower:
        async def holds(self) -> bool:
            asked.set()
            return False

    sweeping = asyncio.create_task(keep_sweeping(evolve(house.ctx, doorbell=bell), Follower(), stop))
    await asked.wait()
    stop.set()
    await sweeping
    assert bell.rung == []


async def _passes(house: House, time: timedelta) -> None:
    """Whoever sleeps lets it pass."""
    began = house.clock.now()
    async with asyncio.timeout(10):
        while house.clock.now() - began < time:  # noqa: ASYNC110 - the clock tells nobody
            await asyncio.sleep(0.01)


async def _until(house: House, delivery: Delivery, status: DeliveryStatus) -> None:
    async with asyncio.timeout(30):
        while (await house.delivery(delivery.id)).status is not status:  # noqa: ASYNC110 - the ledger rings no bell here
            await asyncio.sleep(0.01)
