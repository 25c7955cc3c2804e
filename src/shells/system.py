"""The machine's own clock and randomness."""

import asyncio
import os
import time
from datetime import UTC, datetime

from attrs import define, field

from distribution_core.ports.clock import Clock, Randomness

_PAGE_BYTES = 4096
_FLOAT_BYTES, _FLOAT_BITS = 7, 53


class SystemClock:
    """UTC wall-clock time and the process's monotonic clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@define
class SystemRandomness:
    """The operating system's cryptographic randomness, fetched a page at a time: each row that is written takes a little of it.
    No byte is given out twice, nor in a forked process what its parent gives out."""

    _page: bytes = field(default=b"", init=False, repr=False)
    _at: int = field(default=0, init=False, repr=False)
    _of: int = field(default=0, init=False, repr=False)

    def token(self, size: int) -> bytes:
        at, process = self._at, os.getpid()
        if at + size > len(self._page) or self._of != process:
            self._page, self._of, at = os.urandom(max(_PAGE_BYTES, size)), process, 0
        self._at = at + size
        return self._page[at : at + size]

    def uniform(self) -> float:
        return (int.from_bytes(self.token(_FLOAT_BYTES)) >> 3) / (1 << _FLOAT_BITS)


_clock: type[Clock] = SystemClock
_randomness: type[Randomness] = SystemRandomness
