"""The clocks that processes see, and a doorbell that only a sweep can be relied on to make good."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from attrs import define, field

from distribution_core.ports.clock import Clock
from distribution_core.ports.doorbell import Doorbell
from distribution_core.testing.simulation.loop import Process, current_process
from distribution_core.testing.simulation.world import World


@define
class SimClock:
    """A process's wall clock, which may jump, and its monotonic one, which does not."""

    world: World
    process: Process

    def now(self) -> datetime:
        if self.world.weather.strikes("clock_jumped", self.world.loop.now):
            self.process.skew_s = self.world.random.uniform(-7200, 7200)
            self.world.note(f"clock jumps to {self.process.skew_s:+.0f} s")
        skew_s = self.process.skew_s
        return self.world.now + timedelta(seconds=skew_s) if skew_s else self.world.now

    def monotonic(self) -> float:
        return self.world.loop.now

    async def sleep(self, seconds: float) -> None:
        await self.world.step("clock.sleep", seconds=seconds)


_APART_S = 0.05
_IN_STEP = 0.25


@define
class _Sleeper:
    """A worker that waits: never shorter than to `earliest`, its next sweep, unless it is rung for, and `late` in seconds
    after the moment for which all wait."""

    process: Process
    woken: asyncio.Future[None]
    earliest: float
    late: float
    wakes_at: float = float("inf")


@define
class SimDoorbell:
    """Rings reach each worker, or get lost, come late or twice. A wait lasts until the first ring or sweep that finds
    something: those that find nothing are left out, since they change nothing."""

    world: World
    _rung: dict[str, bool] = field(factory=dict)
    _sleepers: dict[str, _Sleeper] = field(factory=dict)
    horizon: float | None = None

    def of_worker(self, name: str) -> "WorkerBell":
        self._rung[name] = False
        return WorkerBell(self, name)

    def forget(self, name: str) -> None:
        self._rung.pop(name, None)
        self._sleepers.pop(name, None)

    def who_polls(self) -> Iterable[str]:
        """Those whose sweeps are left out, though they would tell that they are still there."""
        return (name for name, sleeper in self._sleepers.items() if not sleeper.process.stalled)

    def ring_all(self) -> None:
        world = self.world
        for name in self._rung:
            if world.weather.strikes("nudge_lost", world.loop.now):
                continue
            times = 2 if world.weather.strikes("nudge_repeated", world.loop.now) else 1
            for _ in range(times):
                late = world.weather.strikes("nudge_late", world.loop.now)
                world.later(world.random.uniform(1, 90) if late else 0.002 + self._apart(), self.ring_one, name)

    def _apart(self) -> float:
        """Workers are seldom in step: who comes second mostly finds that the first has taken all, and that changes nothing."""
        chance = self.world.random.random()
        return _APART_S * chance if chance > _IN_STEP else 0.0

    def ring_one(self, name: str) -> None:
        if name not in self._rung:
            return
        if name not in self._sleepers:
            self._rung[name] = True
        elif self._finds_something():
            self._wake(name)

    def _finds_something(self) -> bool:
        return self.horizon is not None and self.horizon <= self.world.loop.now

    def _wake(self, name: str) -> None:
        sleeper = self._sleepers.pop(name, None)
        if sleeper is not None and not sleeper.woken.done():
            sleeper.woken.set_result(None)

    def horizon_is(self, horizon: float | None) -> None:
        """The virtual second from which a sweep finds something to do, as the ledger has just been written."""
        self.horizon = horizon
        if horizon is not None:
            for name, sleeper in self._sleepers.items():
                self._time(name, sleeper, horizon)

    def _time(self, name: str, sleeper: _Sleeper, horizon: float) -> None:
        at = max(sleeper.earliest, horizon) + sleeper.late
        if at < sleeper.wakes_at:
            sleeper.wakes_at = at
            self.world.later(at - self.world.loop.now, self._sweep, name, sleeper)

    def _sweep(self, name: str, sleeper: _Sleeper) -> None:
        if self._sleepers.get(name) is not sleeper:
            return
        if self._finds_something():
            self._wake(name)
            return
        sleeper.wakes_at = float("inf")
        if self.horizon is not None:
            self._time(name, sleeper, self.horizon)

    async def wait(self, name: str, timeout_s: float) -> None:
        if not (self._rung.get(name) and self._finds_something()):
            earliest = self.world.loop.now + timeout_s * self.world.random.random()
            sleeper = _Sleeper(current_process(), self.world.loop.create_future(), earliest, self._apart())
            self._sleepers[name] = sleeper
            if self.horizon is not None:
                self._time(name, sleeper, self.horizon)
            await sleeper.woken
        self._rung[name] = False


@define
class WorkerBell:
    """The doorbell as one worker has it."""

    bell: SimDoorbell
    name: str

    async def ring(self, *whom: str) -> None:
        await self.bell.world.step("doorbell.ring")
        self.bell.ring_all()

    def wake(self) -> None:
        self.bell.ring_one(self.name)

    async def wait(self, timeout_s: float) -> None:
        await self.bell.world.step("doorbell.wait")
        await self.bell.wait(self.name, timeout_s)


@define
class VisitorBell:
    """The doorbell as the web process has it: it rings and never waits."""

    bell: SimDoorbell

    async def ring(self, *whom: str) -> None:
        await self.bell.world.step("doorbell.ring")
        self.bell.ring_all()

    def wake(self) -> None:
        return None

    async def wait(self, timeout_s: float) -> None:
        await self.bell.world.sleep(timeout_s)


_clock: type[Clock] = SimClock
_bells: tuple[type[Doorbell], ...] = (WorkerBell, VisitorBell)
