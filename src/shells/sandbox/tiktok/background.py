"""Work that goes on after a call was answered: pulling, processing, moderation, webhooks."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

from attrs import define, field

from shells.sandbox.clock import SandboxClock

LOOK_S_MAX = 0.05


@define
class Background:
    """Tasks of one imitation, all ended by `stop`."""

    clock: SandboxClock
    _tasks: set[asyncio.Task[None]] = field(factory=set)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def until(self, due: datetime) -> None:
        """Wait for the sandbox's clock, which a test may push forward at any moment."""
        while (left := (due - self.clock.now()).total_seconds()) > 0:  # noqa: ASYNC110 - wall-clock time has no event
            await asyncio.sleep(min(left, LOOK_S_MAX))

    def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        self._tasks.clear()
