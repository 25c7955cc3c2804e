"""One scenario's world: its time, chance and weather, who is killed where, and what has gone against the promise."""

import asyncio
import contextvars
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from attrs import define, field

from distribution_core.testing.simulation.loop import Process, SimLoop, current_process
from distribution_core.testing.simulation.weather import Weather

EPOCH = datetime(2026, 3, 28, 22, tzinfo=UTC)
_EVERYWHERE = ("ledger.begin", "ledger.commit.before", "ledger.commit.after", "refresh.before", "refresh.after", "doorbell.ring")
WEB_POINTS = (*_EVERYWHERE, "exchange.before", "exchange.after", "revoke.before")
WORKER_POINTS = (
    *_EVERYWHERE,
    "prepare.before",
    "prepare.after",
    "commit.before",
    "commit.after",
    "reconcile.before",
    "reconcile.after",
    "doorbell.wait",
    "clock.sleep",
)
CRASH_POINTS = tuple(dict.fromkeys((*WORKER_POINTS, *WEB_POINTS)))
"""Every kind of await in the use cases, before and after what it waits for."""
OUTSIDE_CONTEXT = contextvars.Context()


@define(eq=False)
class World:
    """`violations` are sentences; the first one ends the scenario. `tell` is None unless a person reads along."""

    random: Random
    weather: Weather
    loop: SimLoop = field(factory=SimLoop)
    violations: list[str] = field(factory=list)
    crash_points: Counter[str] = field(factory=Counter)
    transitions: Counter[tuple[str, str]] = field(factory=Counter)
    when_killed: list[Callable[[Process], None]] = field(factory=list)
    tell: Callable[[str], None] | None = None
    _read: tuple[float, datetime] = (0.0, EPOCH)

    @property
    def now(self) -> datetime:
        seconds = self.loop.now
        if self._read[0] != seconds:
            self._read = (seconds, EPOCH + timedelta(seconds=seconds))
        return self._read[1]

    def violated(self, what: str) -> None:
        self.violations.append(what)
        self.note(f"VIOLATION: {what}")

    def note(self, what: str) -> None:
        if self.tell is not None:
            self.tell(f"{self.loop.now:12.3f}  {current_process().name:<12} {what}")

    async def step(self, point: str, *, seconds: float = 0.0) -> None:
        """An await of the product, at which its process may be killed or stalled; takes so long in virtual time."""
        process = self.at(point)
        if process is not None:
            await self.struck(process, point)
        if seconds > 0:
            await self.sleep(seconds)

    def at(self, point: str) -> Process | None:
        """Count one await of the running process; the process, where something is to happen to it there."""
        process = current_process()
        process.steps = steps = process.steps + 1
        if steps == process.dies_at or steps == process.stalls_at or point == process.dies_at_point:
            return process
        return None

    async def struck(self, process: Process, point: str) -> None:
        """Kill or stall the process as it was doomed to be."""
        if process.steps == process.dies_at or point == process.dies_at_point:
            self.weather.seen["killed"] += 1
            self.crash_points[point] += 1
            self.kill(process, point)
            await self.loop.create_future()
        if process.steps == process.stalls_at:
            self.weather.seen["stalled_beyond_lease"] += 1
            length = self.random.uniform(61, 900)
            self.note(f"stalls for {length:.0f} s at {point}")
            self.loop.stall(process, length)
            await asyncio.sleep(0)

    def kill(self, process: Process, point: str = "from outside") -> None:
        self.note(f"is killed at {point}")
        self.loop.kill(process)
        for listener in self.when_killed:
            listener(process)

    async def sleep(self, seconds: float) -> None:
        woken = self.loop.create_future()
        self.loop.call_later(seconds, _wake, woken, context=OUTSIDE_CONTEXT)
        await woken

    def later(self, seconds: float, act: Callable[..., None], *args: Any) -> None:
        """Something that happens outside every process."""
        self.loop.call_later(seconds, act, *args, context=OUTSIDE_CONTEXT)


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)
