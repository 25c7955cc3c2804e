"""The ledger of the simulation: transactions that may be refused, or whose answer may be lost, each judged as it commits."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from attrs import define, field

from distribution_core.domain.breaker import BreakerState
from distribution_core.domain.delivery import Phase
from distribution_core.ports import ledger as port
from distribution_core.testing.memory_ledger.deliveries import is_open
from distribution_core.testing.memory_ledger.ledger import MemoryTransaction
from distribution_core.testing.memory_ledger.state import State
from distribution_core.testing.simulation.loop import Process, current_process
from distribution_core.testing.simulation.world import World

Observer = Callable[[State, State, Process], None]


class LedgerFaultError(Exception):
    """The connection broke, at a moment of the weather's choosing."""


@define(eq=False)
class _Turn:
    process: Process
    mine: asyncio.Future[None]


@define(eq=False)
class SimLedger:
    """One transaction at a time, on a copy of all rows. A process that dies within one leaves nothing of it behind."""

    world: World
    observe: Observer
    horizon_is: Callable[[float | None], None]
    who_polls: Callable[[], Iterable[str]]
    state: State = field(factory=State)
    unit: Any = field(factory=lambda: SimpleNamespace(rows=None, now=None))
    _holder: _Turn | None = None
    _queue: deque[_Turn] = field(factory=deque)
    _transaction: MemoryTransaction = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._transaction = MemoryTransaction(self.unit)
        self.world.when_killed.append(self._forget)

    @property
    def is_busy(self) -> bool:
        return self._holder is not None

    def begin(self) -> "SimTransaction":
        return SimTransaction(self)

    def transaction(self, rows: State) -> MemoryTransaction:
        """There is only ever one at a time, so its repositories are made once."""
        self.unit.rows, self.unit.now = rows, self.world.now
        for name in self.who_polls():
            if name in rows.loads:
                rows.workers[name] = self.unit.now
        self._transaction.now = self.unit.now
        return self._transaction

    def commit(self, rows: State, process: Process) -> None:
        before, self.state = self.state, rows
        if before.deliveries != rows.deliveries or before.contents != rows.contents:
            self.observe(before, rows, process)
            self.horizon_is(self._horizon())
        elif before.breakers != rows.breakers:
            self.horizon_is(self._horizon())

    async def take(self, process: Process) -> _Turn:
        turn = _Turn(process, self.world.loop.create_future())
        if self._holder is None:
            self._holder = turn
            return turn
        self._queue.append(turn)
        try:
            await turn.mine
        except asyncio.CancelledError:
            self.give_back(turn)
            raise
        return turn

    def give_back(self, turn: _Turn) -> None:
        if self._holder is not turn:
            return
        self._holder = None
        while self._queue:
            following = self._queue.popleft()
            if following.process.alive and not following.mine.done():
                self._holder = following
                following.mine.set_result(None)
                return

    def _forget(self, dead: Process) -> None:
        if self._holder is not None and self._holder.process is dead:
            self.give_back(self._holder)

    def _horizon(self) -> float | None:
        """The virtual second from which a worker's round would find work."""
        rows = self.state
        times: list[datetime] = [
            content.release_at
            for content in rows.contents.values()
            if content.release_at is not None and content.selected_at is None and _is_meant(content)
        ]
        # Each platform here has one app: while its breaker is open nothing of it is claimed, until the next probe may go.
        shut = {key.platform: each.until for key, each in rows.breakers.items() if each.state is BreakerState.OPEN}
        for delivery in rows.deliveries.values():
            if is_open(delivery) and delivery.due_at is not None:
                at = max(delivery.due_at, shut.get(delivery.platform) or delivery.due_at)
                if delivery.lease_until is not None:
                    at = max(at, delivery.lease_until)
                if delivery.phase is Phase.COMMITTING and delivery.ask_after is not None:
                    at = max(at, delivery.ask_after)
                times.append(at)
        return (min(times) - self.world.now).total_seconds() + self.world.loop.now if times else None


def _is_meant(content: object) -> bool:
    return getattr(content, "canceled_at", None) is None


@define(eq=False)
class SimTransaction:
    """One transaction, from its connection to the answer to its commit."""

    ledger: SimLedger
    _turn: _Turn | None = None
    _rows: State | None = None

    async def __aenter__(self) -> MemoryTransaction:
        world = self.ledger.world
        chance = world.random.random()
        process = world.at("ledger.begin")
        if process is not None:
            await world.struck(process, "ledger.begin")
        if chance < 0.3:
            await world.sleep(chance * 0.04)
        if world.weather.strikes("ledger_down", world.loop.now):
            raise LedgerFaultError("no connection")
        self._turn = await self.ledger.take(current_process())
        self._rows = self.ledger.state.copy()
        return self.ledger.transaction(self._rows)

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        world, turn, rows = self.ledger.world, self._turn, self._rows
        if turn is None or rows is None:
            raise AssertionError("a transaction that was not begun")
        try:
            if kind is not None:
                return
            process = world.at("ledger.commit.before")
            if process is not None:
                await world.struck(process, "ledger.commit.before")
            if world.weather.strikes("commit_refused", world.loop.now):
                raise LedgerFaultError("the commit was refused")
            self.ledger.commit(rows, turn.process)
        finally:
            self.ledger.give_back(turn)
        process = world.at("ledger.commit.after")
        if process is not None:
            await world.struck(process, "ledger.commit.after")
        if world.weather.strikes("commit_answer_lost", world.loop.now):
            raise LedgerFaultError("the answer to the commit was lost")


_: type[port.Ledger] = SimLedger
