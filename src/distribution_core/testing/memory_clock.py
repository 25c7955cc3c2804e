"""A clock that stands still until it is told how much time has passed."""

import asyncio
import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

from attrs import define, field

from distribution_core.ports.clock import Clock


@define
class MemoryClock:
    """Virtual time. Sleepers wake when `advance` passes their hour; with `leaps`, a sleep moves the clock itself."""

    _now: datetime = datetime(2026, 1, 31, 12, tzinfo=UTC)
    leaps: bool = False
    _elapsed: timedelta = timedelta()
    _sleepers: list[tuple[timedelta, int, asyncio.Future[None]]] = field(factory=list, init=False, repr=False)
    _order: "Iterator[int]" = field(factory=count, init=False, repr=False)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        """Seconds that have passed since this clock was made."""
        return self._elapsed.total_seconds()

    async def sleep(self, seconds: float) -> None:
        if self.leaps:
            self.advance(timedelta(seconds=max(seconds, 0)))
            await asyncio.sleep(0)
            return
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + timedelta(seconds=seconds), next(self._order), woken))
        await woken

    def advance(self, by: timedelta) -> None:
        """Let time pass. Raises ValueError for time that would run backwards."""
        if by < timedelta():
            raise ValueError("time runs forwards")
        self._now += by
        self._elapsed += by
        while self._sleepers and self._sleepers[0][0] <= self._elapsed:
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)

    @property
    def sleeping(self) -> int:
        """How many sleepers wait for time to pass."""
        return sum(not woken.done() for _, _, woken in self._sleepers)


_: type[Clock] = MemoryClock
