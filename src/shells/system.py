"""The machine's own clock and randomness."""

import asyncio
import secrets
import time
from datetime import UTC, datetime
from random import SystemRandom

from attrs import define, field

from distribution_core.ports.clock import Clock, Randomness


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
    """The operating system's cryptographic randomness."""

    _random: SystemRandom = field(factory=SystemRandom)

    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)

    def uniform(self) -> float:
        return self._random.random()


_clock: type[Clock] = SystemClock
_randomness: type[Randomness] = SystemRandomness
