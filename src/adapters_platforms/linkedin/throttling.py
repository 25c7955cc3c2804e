"""How long to leave LinkedIn alone after a 429, which names no wait (Learn, rate-limits: UTC day, reset at 00:00)."""

import zlib
from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import define, field

_REMEMBERED_MAX = 10_000
_SPREAD_S = 300


@define
class Throttling:
    """Counts 429s in a row per account: the first may be a passing one of the infrastructure, the next is the day's quota.
    Those of one short wait are one: several deliveries of an account meet the same passing limit.

    What it counts is forgotten with the process, which costs one short wait more.
    """

    now: Callable[[], datetime]
    short_wait_s: float
    daily_after: int
    _strikes: dict[str, tuple[int, datetime]] = field(factory=dict)

    def wait(self, who: str, asked_s: float | None) -> timedelta:
        """The platform's own word where it gave one, else a short wait, else until after the next UTC midnight."""
        now = self.now()
        strikes, since = self._strikes.pop(who, (0, now))
        if strikes == 0 or now - since >= timedelta(seconds=self.short_wait_s):
            strikes, since = strikes + 1, now
        if len(self._strikes) >= _REMEMBERED_MAX:
            self._strikes.pop(next(iter(self._strikes)))
        self._strikes[who] = strikes, since
        if asked_s is not None:
            return timedelta(seconds=asked_s)
        if strikes < self.daily_after:
            return timedelta(seconds=self.short_wait_s)
        self._strikes.pop(who)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        # Accounts that share a quota would otherwise all come back in the same second.
        return midnight - now + timedelta(seconds=zlib.crc32(who.encode()) % _SPREAD_S)

    def passed(self, who: str) -> None:
        """A call of `who` went through: its next 429 is a first one again."""
        self._strikes.pop(who, None)
