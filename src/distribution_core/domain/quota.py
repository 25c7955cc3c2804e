"""How much a platform takes of an app or an account in a time: counted in windows that all workers share."""

from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from attrs import evolve, field, frozen

from distribution_core.domain.breaker import BreakerPolicy


class Scope(StrEnum):
    """Whom a quota is counted for."""

    APP = "app"
    ACCOUNT = "account"


class Reset(StrEnum):
    """`sliding`: any stretch of the quota's length; `utc_day`: it begins anew at midnight UTC."""

    SLIDING = "sliding"
    UTC_DAY = "utc_day"


@frozen(kw_only=True)
class Quota:
    """At most `most` posts in `seconds`; of a sliding one each use is kept, so that it is for a few hundred. `apps`: the app
    profiles it is for, none named: all. `prepare_uses`: what goes before the call that publishes counts, too, so that a try which
    never came to that call keeps what it took. `why` says whose word it is."""

    name: str
    scope: Scope
    most: int
    seconds: float
    reset: Reset = Reset.SLIDING
    apps: tuple[str, ...] = ()
    prepare_uses: bool = False
    why: str = ""

    def concerns(self, app: str) -> bool:
        return not self.apps or app in self.apps


_SHARE_LEAST = 4


def is_counted(most: int | None, workers: int) -> bool:
    """Whether a limit is counted over all workers, one by one: an even share of a small one would leave a good part unused.
    Who is alone may be so no longer in a moment."""
    return most is not None and most < _SHARE_LEAST * max(workers, 2)


def share_of(most: int, workers: int) -> int:
    """What one of the workers may have of a limit, on its own where that is an even share, and with all others where it is
    counted."""
    return most if is_counted(most, workers) else most // max(workers, 1)


@frozen(kw_only=True)
class OutboundLimits:
    """What is sent to a platform at most. Concurrency counts deliveries under way, over all workers; None: no limit."""

    concurrency: int | None = None
    app_concurrency: int | None = None
    account_concurrency: int | None = None
    quotas: tuple[Quota, ...] = ()
    breaker: BreakerPolicy = field(factory=BreakerPolicy)

    def counts_calls(self, workers: int) -> bool:
        """Whether one of its limits is too small to give each of so many workers an even share of it."""
        return any(is_counted(most, workers) for most in (self.concurrency, self.app_concurrency, self.account_concurrency))


@frozen(kw_only=True)
class Window:
    """What was used: on the UTC day `day`, or, of a sliding quota, each use by its time. Closed altogether until
    `blocked_until`."""

    day: datetime | None = None
    used: int = 0
    recent: tuple[datetime, ...] = ()
    blocked_until: datetime | None = None


def take(window: Window, quota: Quota, wanted: int, now: datetime) -> tuple[Window, int]:
    """The window after as many of `wanted` as it has room for, and how many those are."""
    granted = min(wanted, room_in(window, quota, now))
    window = _at(window, quota, now)
    if not granted:
        return window, 0
    if quota.reset is Reset.UTC_DAY:
        used, recent = window.used + granted, window.recent
    else:
        used, recent = window.used, window.recent + (now,) * granted
    return Window(day=window.day, used=used, recent=recent, blocked_until=window.blocked_until), granted


def given_back(window: Window, quota: Quota, at: datetime) -> Window:
    """The window without one of the uses that were taken at `at`: as it stands where none is left of that day or moment."""
    if quota.reset is Reset.UTC_DAY:
        counts = window.day == _midnight(at) and window.used > 0
        return evolve(window, used=window.used - 1) if counts else window
    if at not in window.recent:
        return window
    place = window.recent.index(at)
    return evolve(window, recent=window.recent[:place] + window.recent[place + 1 :])


def room_in(window: Window, quota: Quota, now: datetime) -> int:
    """How many more may go now."""
    window = _at(window, quota, now)
    if window.blocked_until is not None and now < window.blocked_until:
        return 0
    return max(quota.most - _count(window, quota), 0)


def free_at(window: Window, quota: Quota, now: datetime) -> datetime:
    """When there is room for one more: `now` or later."""
    window = _at(window, quota, now)
    if window.blocked_until is not None and now < window.blocked_until:
        return window.blocked_until
    if _count(window, quota) < quota.most:
        return now
    if quota.reset is Reset.UTC_DAY:
        return _midnight(now) + timedelta(days=1)
    return window.recent[-quota.most] + timedelta(seconds=quota.seconds)


def in_use(window: Window, quota: Quota, now: datetime) -> int:
    """How much of the quota counts now."""
    return _count(_at(window, quota, now), quota)


def blocked(window: Window, until: datetime) -> Window:
    """The platform itself said to wait. Of several such words the longest holds."""
    held = window.blocked_until
    return evolve(window, blocked_until=until if held is None else max(held, until))


def _count(window: Window, quota: Quota) -> int:
    return window.used if quota.reset is Reset.UTC_DAY else len(window.recent)


def _at(window: Window, quota: Quota, now: datetime) -> Window:
    if quota.reset is Reset.UTC_DAY:
        return window if window.day == _midnight(now) else evolve(window, day=_midnight(now), used=0, recent=())
    since = now - timedelta(seconds=quota.seconds)
    if not window.recent or window.recent[0] > since:
        return window
    return evolve(window, recent=tuple(at for at in window.recent if at > since))


@lru_cache(maxsize=16)
def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
