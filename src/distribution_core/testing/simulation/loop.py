"""An event loop on virtual time whose tasks belong to processes, so that a process can be killed or stalled at an await."""

import asyncio
import contextvars
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from attrs import define, field

Job = tuple["SimHandle", contextvars.Context]


@define(eq=False)
class Process:
    """One operating-system process. Killed, nothing of it ever runs again; stalled, it runs on later as if nothing
    had been. `skew_s` is how far its wall clock is off; `steps` counts its awaits, and it dies at the one numbered
    `dies_at` or the first at `dies_at_point`, and is stalled at `stalls_at`."""

    name: str
    alive: bool = True
    stalled: bool = False
    was_stalled: bool = False
    skew_s: float = 0.0
    steps: int = 0
    dies_at: int = 0
    dies_at_point: str | None = None
    stalls_at: int = 0
    tasks: list[asyncio.Task[Any]] = field(factory=list, repr=False)
    backlog: list[Job] = field(factory=list, repr=False)


OUTSIDE = Process("outside")
_process: contextvars.ContextVar[Process] = contextvars.ContextVar("process", default=OUTSIDE)


def current_process() -> Process:
    return _process.get()


@define(eq=False)
class SimHandle:
    """What asyncio knows of a scheduled call: that it can be taken back."""

    callback: Callable[..., Any]
    args: tuple[Any, ...]
    at: float = 0.0
    taken_back: bool = False

    def cancel(self) -> None:
        self.taken_back = True

    def cancelled(self) -> bool:
        return self.taken_back

    def when(self) -> float:
        return self.at


class SimLoop(asyncio.AbstractEventLoop):
    """Only what tasks, futures, events and time-outs need. Time stands still while anything can run, then leaps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.faults: list[BaseException] = []
        self._ready: deque[Job] = deque()
        self._timers: list[tuple[float, int, SimHandle, contextvars.Context]] = []
        self._order = 0
        self._tasks: list[asyncio.Task[Any]] = []

    def spawn(self, process: Process, main: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `main` as this process: all that it starts belongs to it."""
        context = contextvars.copy_context()
        context.run(_process.set, process)
        task: asyncio.Task[Any] = self.create_task(main, context=context)
        return task

    def kill(self, process: Process) -> None:
        process.alive = False
        process.backlog.clear()

    def stall(self, process: Process, seconds: float) -> None:
        """Stop scheduling the process for so long; its timers and answers wait for it."""
        process.stalled = process.was_stalled = True
        self.call_later(seconds, self._resume, process, context=contextvars.Context())

    def _resume(self, process: Process) -> None:
        process.stalled = False
        self._ready.extend(process.backlog)
        process.backlog.clear()

    def run_until(self, done: Callable[[], bool], end: float) -> None:
        """Run until `done`, or nothing is left to do, or virtual time `end` comes. Asked whenever time would leap."""
        asyncio.events._set_running_loop(self)
        try:
            while True:
                self._run_ready()
                if self.faults or done() or not self._timers or self._timers[0][0] > end:
                    return
                self.now = max(self.now, self._timers[0][0])
                while self._timers and self._timers[0][0] <= self.now:
                    _, _, handle, context = heapq.heappop(self._timers)
                    if not handle.taken_back:
                        self._ready.append((handle, context))
        finally:
            asyncio.events._set_running_loop(None)

    def _run_ready(self) -> None:
        ready, faults, next_of = self._ready, self.faults, self._ready.popleft
        while ready and not faults:
            job = next_of()
            handle, context = job
            if handle.taken_back:
                continue
            process = context.get(_process, OUTSIDE)
            if process.alive and not process.stalled:
                context.run(handle.callback, *handle.args)
            elif process.alive:
                process.backlog.append(job)

    def dispose(self) -> None:
        """Close what never ended, killed or not, so that nothing is left to the garbage collector's complaints."""
        asyncio.events._set_running_loop(self)
        try:
            for task in self._tasks:
                if not task.done():
                    task._log_destroy_pending = False  # type: ignore[attr-defined]
                    _close(task)
        finally:
            asyncio.events._set_running_loop(None)
        self._tasks.clear()
        self._timers.clear()
        self._ready.clear()

    # What asyncio calls.

    def time(self) -> float:
        return self.now

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> Any:
        handle = SimHandle(callback, args)
        self._ready.append((handle, context if context is not None else contextvars.copy_context()))
        return handle

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> Any:
        return self._at(when, callback, args, context)

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> Any:
        return self._at(self.now + delay, callback, args, context)

    def _at(
        self, when: float, callback: Callable[..., Any], args: tuple[Any, ...], context: contextvars.Context | None
    ) -> SimHandle:
        handle = SimHandle(callback, args, when)
        self._order += 1
        chosen = context if context is not None else contextvars.copy_context()
        heapq.heappush(self._timers, (when, self._order, handle, chosen))
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: Any = None, context: contextvars.Context | None = None, **_: Any) -> Any:
        task = asyncio.Task(coro, loop=self, name=name or "", context=context)
        self._tasks.append(task)
        return task

    # Asked for each future and task, so it is a call that runs no Python: `bool()` is False.
    get_debug = staticmethod(bool)

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        fault = context.get("exception")
        self.faults.append(fault if isinstance(fault, BaseException) else RuntimeError(str(context.get("message"))))


def _close(task: asyncio.Task[Any]) -> None:
    coroutine: Any = task.get_coro()
    try:
        coroutine.close()
    except (RuntimeError, ValueError, Exception):  # what a dead process would say is of no interest
        return
