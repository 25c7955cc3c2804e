"""A doorbell whose patience runs on the clock it is given."""

import asyncio

from attrs import define, field

from distribution_core.ports.clock import Clock
from distribution_core.ports.doorbell import Doorbell


@define
class MemoryDoorbell:
    """Rings that nobody waits for are remembered as one. `rings` counts them all; `deaf` loses every further one."""

    _clock: Clock
    deaf: bool = False
    rings: int = field(default=0, init=False)
    _rung: asyncio.Event = field(factory=asyncio.Event, init=False, repr=False)

    async def ring(self, *whom: str) -> None:
        self.rings += 1
        if not self.deaf:
            self._rung.set()

    def wake(self) -> None:
        self._rung.set()

    async def wait(self, timeout_s: float) -> None:
        waits = [asyncio.ensure_future(self._rung.wait()), asyncio.ensure_future(self._clock.sleep(timeout_s))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        self._rung.clear()


_: type[Doorbell] = MemoryDoorbell
