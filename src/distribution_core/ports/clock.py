"""Time and chance, which only the outside world has."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """UTC time, and a monotonic reading in seconds for measuring what is left of a lease."""

    def now(self) -> datetime: ...
    def monotonic(self) -> float: ...
    async def sleep(self, seconds: float) -> None: ...


class Randomness(Protocol):
    """Random bytes for ids and secrets, and a uniform number in [0, 1) for jitter."""

    def token(self, size: int) -> bytes: ...
    def uniform(self) -> float: ...
