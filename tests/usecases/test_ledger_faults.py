"""The ledger breaks off while a post is under way: what is known is not forgotten, and one's fault is not the others'."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from attrs import define, evolve

from distribution_core.domain.audit import AuditAction
from distribution_core.domain.delivery import Delivery, DeliveryStatus
from distribution_core.ports.batches import Ending
from distribution_core.ports.gate import CommitRequest
from distribution_core.ports.ledger import Ledger, Transaction
from distribution_core.usecases.publish_delivery import claim_batch, publish
from tests.usecases.conftest import House, TestClock

pytestmark = pytest.mark.anyio
Fault = Callable[[], None]


class ConnectionLostError(Exception):
    pass


@define
class BreakingLedger:
    """Breaks a transaction that ended deliveries or opened gates: before its COMMIT, or just after, as often as told."""

    ledger: Ledger
    when: str
    before: int = 0
    after: int = 0
    poison: str | None = None

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        watch = _Watch(self)
        async with self.ledger.begin() as tx:
            batches = tx.batches
            tx.batches = evolve_batches(batches, watch)
            yield tx
            if watch.touched and self.before:
                self.before -= 1
                raise ConnectionLostError
        if watch.touched and self.after:
            self.after -= 1
            raise ConnectionLostError


@define
class _Watch:
    ledger: BreakingLedger
    touched: bool = False


def evolve_batches(batches: object, watch: _Watch) -> object:
    class Watched:
        def __getattr__(self, name: str) -> object:
            return getattr(batches, name)

        async def end(self, endings: list[Ending]) -> object:
            watch.touched |= watch.ledger.when == "end"
            return await batches.end(endings)  # type: ignore[attr-defined]

        async def open_gates(self, requests: list[CommitRequest]) -> object:
            if any(request.post.text == watch.ledger.poison for request in requests):
                raise ConnectionLostError
            watch.touched |= watch.ledger.when == "gate"
            return await batches.open_gates(requests)  # type: ignore[attr-defined]

    return Watched()


class NightClock(TestClock):
    """Nobody who sleeps on it wakes: no lease is renewed, and time stands still for all who publish at once."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()


async def _published(house: House, ledger: BreakingLedger, clock: TestClock | None = None) -> list[Delivery | None]:
    ctx = evolve(house.ctx, ledger=ledger, clock=clock or house.clock)
    claimed = await claim_batch(ctx, "w1", 32)
    return list(await asyncio.gather(*(publish(ctx, "w1", each) for each in claimed)))


@pytest.mark.parametrize(("before", "after"), [(1, 0), (3, 0), (0, 1), (1, 1)])
async def test_an_outcome_is_stored_in_the_end_and_once(house: House, before: int, after: int) -> None:
    await house.link("alpha", "person", "page")
    (delivery,) = await house.release()
    (settled,) = await _published(house, BreakingLedger(house.ctx.ledger, "end", before, after))
    assert settled is not None
    assert settled.status is DeliveryStatus.SUCCESS
    assert await house.delivery(delivery.id) == settled
    async with house.ctx.ledger.begin() as tx:
        actions = [entry.action for entry in await tx.audit.of_subject(delivery.id)]
        (attempt,) = await tx.attempts.of_delivery(delivery.id)
    assert actions.count(AuditAction.POST_SUCCESS) == 1
    assert (attempt.outcome, attempt.late_answer) == ("published", None)
    assert house.fakes["alpha"].adapter.calls.count("commit") == 1


async def test_when_the_answer_to_the_gate_s_commit_is_lost_it_is_read_back(house: House) -> None:
    await house.link("alpha", "person", "page")
    await house.release()
    (settled,) = await _published(house, BreakingLedger(house.ctx.ledger, "gate", after=1))
    assert settled is not None
    assert settled.status is DeliveryStatus.SUCCESS
    assert house.fakes["alpha"].adapter.calls.count("commit") == 1


async def test_a_post_that_the_ledger_can_t_take_holds_nobody_else_up(house: House) -> None:
    await house.link("alpha", "person", "page", "other")
    (bad, *_) = await house.release("cannot be stored")
    await house.release("fine")
    ledger = BreakingLedger(house.ctx.ledger, "", poison="cannot be stored")
    settled = [each for each in await _published(house, ledger, NightClock(house.clock.at)) if each is not None]
    assert [each.status for each in settled] == [DeliveryStatus.SUCCESS] * 2
    assert (await house.delivery(bad.id)).status is DeliveryStatus.PENDING
