"""Time limits for calls, all of a loop watched by one timer: to set and cancel one for each takes longer than most of what they
guard."""

import asyncio
import math
from types import TracebackType

from attrs import define, field


@define(eq=False)
class Deadlines:
    """For one event loop at a time."""

    _open: set["Limit"] = field(factory=set, init=False, repr=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False, repr=False)
    _timer: asyncio.TimerHandle | None = field(default=None, init=False, repr=False)
    _next: float = field(default=math.inf, init=False, repr=False)

    def within(self, seconds: float) -> "Limit":
        """A block that ends in TimeoutError after so long, as that of `asyncio.timeout` does; it is entered without waiting."""
        return Limit(self, seconds)

    def watch(self, limit: "Limit", loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            self._open, self._loop, self._timer, self._next = set(), loop, None, math.inf
        self._open.add(limit)
        if limit.until < self._next:
            self._look_at(limit.until, loop)

    def forget(self, limit: "Limit") -> None:
        self._open.discard(limit)

    def _look_at(self, at: float, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._next, self._timer = at, loop.call_at(at, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            return  # set in a loop that has been left
        now, self._timer, self._next = loop.time(), None, math.inf
        for limit in [each for each in self._open if each.until <= now]:
            self._open.discard(limit)
            limit.expire()
        if self._open:
            self._look_at(min(each.until for each in self._open), loop)


@define(eq=False)
class Limit:
    """Made by `Deadlines.within`, and entered once."""

    _all: Deadlines
    _seconds: float
    until: float = field(default=math.inf, init=False)
    _task: asyncio.Task[object] | None = field(default=None, init=False)
    _asked: int = field(default=0, init=False)
    _is_over: bool = field(default=False, init=False)

    def expire(self) -> None:
        self._is_over = True
        if self._task is not None:
            self._task.cancel()

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        task = self._task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("only a task can be given a time limit")
        # Who else has asked it to stop by now is not answered here.
        self._asked = task.cancelling()
        self.until = loop.time() + self._seconds
        self._all.watch(self, loop)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._all.forget(self)
        task = self._task
        if self._is_over and task is not None and task.uncancel() <= self._asked and kind is asyncio.CancelledError:
            raise TimeoutError from error
