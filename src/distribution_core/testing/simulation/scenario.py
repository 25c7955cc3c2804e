"""One seed, one scenario: a house, its workers and people, an hour of bad weather, and a day for all to come to rest."""

import asyncio
import gc
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any, cast
from uuid import UUID

from attrs import define, evolve, field, frozen

from distribution_core.domain.account import User
from distribution_core.domain.retry import RetryPolicy
from distribution_core.ports.doorbell import Doorbell
from distribution_core.ports.platform import Platform
from distribution_core.testing.seeded_randomness import SeededRandomness
from distribution_core.testing.simulation.clocks import SimClock, SimDoorbell, VisitorBell
from distribution_core.testing.simulation.flows import FLOWS
from distribution_core.testing.simulation.judge import Judge
from distribution_core.testing.simulation.ledger import SimLedger
from distribution_core.testing.simulation.loop import Process
from distribution_core.testing.simulation.moving_in import link_all
from distribution_core.testing.simulation.people import ACTIONS, Person
from distribution_core.testing.simulation.platforms import build_platform
from distribution_core.testing.simulation.vault import SimVault
from distribution_core.testing.simulation.weather import Weather
from distribution_core.testing.simulation.world import OUTSIDE_CONTEXT, WEB_POINTS, WORKER_POINTS, World
from distribution_core.usecases.context import Context, Limits
from distribution_core.usecases.work import work

POLICY = RetryPolicy()
LIMITS = Limits(lease=timedelta(seconds=60), batch_max=8, concurrency=4)
REST_S = 26 * 3600.0
"""How long after the last fault everything must have come to its end, in seconds."""

_LATEST_ACT_S = 300.0


@frozen(kw_only=True)
class Result:
    """What one scenario showed. `virtual_s` is how much time passed in it."""

    seed: int
    violations: tuple[str, ...]
    virtual_s: float
    faults: Counter[str]
    crash_points: Counter[str]
    transitions: Counter[tuple[str, str]]
    posts: int
    deliveries: int


Act = Callable[[Context], Awaitable[None]]


class _Unused:
    """Media and passwords play no part here."""


@define(eq=False)
class _Deed:
    """Something that a person is about. `again`: tried anew, with the same key, when the web process dies over it."""

    act: Act
    again: bool


@define(eq=False)
class Scenario:
    """Everything that one seed decides."""

    seed: int
    tell: Callable[[str], None] | None = None
    random: Random = field(init=False)
    world: World = field(init=False)
    judge: Judge = field(init=False)
    bell: SimDoorbell = field(init=False)
    ledger: SimLedger = field(init=False)
    platforms: Mapping[str, Platform] = field(init=False)
    person: Person = field(init=False)
    contents: int = field(init=False)
    web: Process = field(init=False)
    _vault: SimVault = field(factory=SimVault, init=False)
    _ahead: int = field(default=0, init=False)
    _under_way: dict[_Deed, Process] = field(factory=dict, init=False)
    _started: int = field(default=0, init=False)
    _stops: dict[Process, asyncio.Event] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - repeatable on purpose
        self.world = World(self.random, Weather.of(self.random), tell=self.tell)
        self.judge = Judge(self.world, POLICY)
        self.bell = SimDoorbell(self.world)
        self.ledger = SimLedger(self.world, self.judge.observe, self.bell.horizon_is, self.bell.who_polls)
        self.web = Process("web-0")
        # Most houses are small, so that many can be lived through; some have everything twice.
        large = self.random.random() < 0.1
        self.contents = self.random.choice((2, 3)) if large else 2
        names = self.random.sample(sorted(FLOWS), 2 if large and self.random.random() < 0.5 else 1)
        accounts = 2 if large and len(names) == 1 else 1
        self.platforms = {
            name: build_platform(self.world, self.judge, name, tuple(f"{name}-{number}" for number in range(accounts)))
            for name in names
        }
        user_id = UUID(int=self.random.getrandbits(128))
        self.ledger.state.users[user_id] = User(id=user_id, email="a@example.org", created_at=self.world.now)
        session_id = UUID(int=self.random.getrandbits(128))
        self.person = Person(self.world, self.judge, self.random, user_id, session_id, tuple(self.platforms))

    def run(self) -> Result:
        """Live through it. The first violation ends it."""
        world, weather = self.world, self.world.weather
        world.weather = evolve(weather, clears_at=0.0)
        ctx = self._context(self.web, VisitorBell(self.bell))
        for platform in self.platforms.values():
            link_all(ctx, self.ledger.state, self.person.user_id, platform)
        world.weather = weather
        world.when_killed.append(self._replace)
        self._doom(self.web)
        for _ in range(self.random.choice((2, 2, 2, 2, 3))):
            self._start_worker()
        for number in range(self.contents):
            self._later(self.random.uniform(0, 120), partial(self._save, number), again=True)
        for _ in range(self.random.choice((0, 1, 1, 3))):
            what = self.random.choice(ACTIONS)
            self._later(self.random.uniform(5, _LATEST_ACT_S), partial(self._act, what), again=False)
        world.loop.run_until(self._at_rest, weather.clears_at + REST_S)
        for fault in world.loop.faults:
            world.violated(f"{type(fault).__name__}: {fault}")
        if not world.violations:
            self.judge.at_the_end(self.person.accepted)
        world.loop.dispose()
        return Result(
            seed=self.seed,
            violations=tuple(world.violations),
            virtual_s=world.loop.now,
            faults=weather.seen,
            crash_points=world.crash_points,
            transitions=world.transitions,
            posts=len(self.judge.posts),
            deliveries=len(self.judge.state.deliveries),
        )

    def _at_rest(self) -> bool:
        if self.world.violations:
            return True
        still = not self._ahead and not self._under_way and not self.ledger.is_busy
        return still and self.bell.horizon is None and self.world.loop.now >= self.world.weather.clears_at

    async def _save(self, number: int, ctx: Context) -> None:
        await self.person.save(ctx, number)

    async def _act(self, what: str, ctx: Context) -> None:
        await self.person.act(ctx, what)

    def _later(self, seconds: float, act: Act, *, again: bool) -> None:
        self._ahead += 1
        self.world.later(seconds, self._due, _Deed(act, again))

    def _due(self, deed: _Deed) -> None:
        self._ahead -= 1
        self._begin(deed)

    def _begin(self, deed: _Deed) -> None:
        self._under_way[deed] = self.web

        async def doing() -> None:
            await deed.act(ctx)
            self._under_way.pop(deed, None)

        ctx = self._context(self.web, VisitorBell(self.bell))
        self.world.loop.spawn(self.web, doing())

    def _start_worker(self) -> None:
        self._started += 1
        worker = Process(f"worker-{self._started}")
        self._doom(worker)
        stop = asyncio.Event()
        self._stops[worker] = stop
        ctx = self._context(worker, self.bell.of_worker(worker.name))
        main = self.world.loop.spawn(worker, work(ctx, worker.name, stop))
        main.add_done_callback(lambda _: self._ended(worker), context=OUTSIDE_CONTEXT)
        if self.world.weather.strikes("stopped_softly", self.world.loop.now):
            self.world.later(self.random.uniform(5, 200), stop.set)

    def _start_web(self) -> None:
        self._started += 1
        self.web = Process(f"web-{self._started}")
        self._doom(self.web)
        for deed, process in list(self._under_way.items()):
            if not process.alive:
                del self._under_way[deed]
                if deed.again:
                    self._begin(deed)

    def _doom(self, process: Process) -> None:
        """Decide at which of its awaits the process will be killed or stalled, if at any."""
        weather, world = self.world.weather, self.world
        if world.loop.now >= weather.clears_at:
            return
        if self.random.random() < weather.rates["killed"] * 6:
            # Most awaits are the ledger's, so half of the dooms name a point and strike when it is come to.
            if self.random.random() < 0.5:
                process.dies_at_point = self.random.choice(WEB_POINTS if process is self.web else WORKER_POINTS)
            else:
                process.dies_at = int(2 ** self.random.uniform(2, 8))
        if self.random.random() < weather.rates["stalled_beyond_lease"] * 5:
            process.stalls_at = int(2 ** self.random.uniform(2, 8))

    def _ended(self, worker: Process) -> None:
        self.bell.forget(worker.name)
        self._start_worker()

    def _replace(self, dead: Process) -> None:
        delay = self.random.uniform(0.5, 30)
        if dead is self.web:
            self.world.later(delay, self._start_web)
        else:
            self.bell.forget(dead.name)
            self.world.later(delay, self._start_worker)

    def _context(self, process: Process, bell: Doorbell) -> Context:
        unused = cast(Any, _Unused())
        return Context(
            ledger=self.ledger,
            vault=self._vault,
            media=unused,
            probe=unused,
            passwords=unused,
            clock=SimClock(self.world, process),
            randomness=SeededRandomness(self.random),
            doorbell=bell,
            platforms=self.platforms,
            limits=LIMITS,
            retry=POLICY,
        )


def simulate(seed: int, tell: Callable[[str], None] | None = None) -> Result:
    """Run one scenario."""
    with undisturbed():
        return Scenario(seed, tell).run()


@contextmanager
def undisturbed() -> Iterator[None]:
    """No log and no garbage collection. What the product would log of all these faults is of no interest, and a scenario
    is short and all of it garbage afterwards. Around some tens of scenarios it saves the set-up of each."""
    before, collecting = logging.root.manager.disable, gc.isenabled()
    if before < logging.CRITICAL:
        logging.disable(logging.CRITICAL)
    gc.disable()
    try:
        yield
    finally:
        if before < logging.CRITICAL:
            logging.disable(before)
        if collecting:
            gc.enable()
