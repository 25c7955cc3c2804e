"""What publishes in a worker process: one event loop in a thread of its own, made after the fork."""

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Callable, Collection
from datetime import timedelta

from attrs import define, field

from adapters_persistence.ledger.leadership import SessionLeadership
from adapters_queue.celery import CeleryDoorbell
from distribution_core.usecases.purge import purging
from distribution_core.usecases.sweep import keep_sweeping
from distribution_core.usecases.upkeep import keep_up
from distribution_core.usecases.work import Duty, work
from shells.event_loop import run
from shells.garbage import collect_seldom
from shells.readiness import warn_of_ends
from shells.settings import Settings
from shells.showing import shown
from shells.wiring import compose

log = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(seconds=5)
"""The ledger is looked at this often without any ring, should broker and sweeper both be away."""


class EngineError(Exception):
    """The engine could not begin. Why is in the log."""


@define
class Engine:
    """Works for the platforms whose queues this process consumes, and for all that falls due. `on_breaking_off` is called, in the
    engine's own thread, when it ends without being told to: a process that only hears nudges is of no use to anybody."""

    settings: Settings
    queues: Collection[str]
    on_breaking_off: Callable[[], None]
    _thread: threading.Thread | None = field(default=None, init=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False)
    _doorbell: CeleryDoorbell | None = field(default=None, init=False)
    _stop: asyncio.Event | None = field(default=None, init=False)
    _broke_off: bool = field(default=False, init=False)

    def start(self) -> None:
        """Return once it works. Raises EngineError."""
        begun = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(begun,), name="publisher", daemon=True)
        self._thread.start()
        begun.wait()
        if self._broke_off:
            raise EngineError

    def nudge(self) -> None:
        """Look now. Callable from any thread."""
        loop, doorbell = self._loop, self._doorbell
        if loop is not None and doorbell is not None and not loop.is_closed():
            asyncio.run_coroutine_threadsafe(doorbell.heard.ring(), loop)

    def stop(self) -> None:
        """Finish what is being sent, give the rest back, and return when that is done."""
        if self._loop is not None and self._stop is not None and self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self.nudge()
            self._thread.join()

    def _run(self, begun: threading.Event) -> None:
        try:
            run(self._main(begun))
        except Exception:
            self._broke_off = True
            log.critical("the engine of this worker broke off", exc_info=True)
            if begun.is_set():
                self.on_breaking_off()
        finally:
            begun.set()

    async def _main(self, begun: threading.Event) -> None:
        product = compose(self.settings)
        doorbell = product.context.doorbell
        if not isinstance(doorbell, CeleryDoorbell):
            raise TypeError("a worker of the fleet needs a broker")
        self._loop, self._doorbell, self._stop = asyncio.get_running_loop(), doorbell, asyncio.Event()
        collect_seldom()
        os.nice(self.settings.worker_nice)
        warn_of_ends(product)
        ledger = product.ledger
        leadership = SessionLeadership(ledger.engine, ledger.dialect)
        # Whatever queues it serves, it looks for content that falls due and stands by to lead the sweep: a fleet in which
        # nobody was told to would publish what is there, and send out nothing new.
        platforms = [name for name in product.context.platforms if name in self.queues]
        duty = Duty(platforms=platforms, look_again=LOOK_AGAIN)
        worker = f"worker-{socket.gethostname()}-{os.getpid()}"
        try:
            async with purging(product.context), shown(product), asyncio.TaskGroup() as tasks:
                begun.set()
                tasks.create_task(work(product.context, worker, self._stop, duty))
                tasks.create_task(keep_sweeping(product.context, leadership, self._stop))
                tasks.create_task(keep_up(product.context, worker, self._stop))
        finally:
            await leadership.aclose()
            await asyncio.to_thread(doorbell.close)
            await product.aclose()
