"""A doorbell for one process: an event on its loop."""

import asyncio

from attrs import define, field

from distribution_core.ports.doorbell import Doorbell


@define
class InProcessDoorbell:
    """Rings that nobody waits for are remembered as one."""

    _event: asyncio.Event = field(factory=asyncio.Event)

    async def ring(self, *whom: str) -> None:
        self._event.set()

    def wake(self) -> None:
        self._event.set()

    async def wait(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return
        self._event.clear()


_: type[Doorbell] = InProcessDoorbell
