"""How work comes back after an outage: little by little, and not in step."""

from datetime import datetime, timedelta

_FIRST_SHARE = 0.05


def ramped(limit: int, *, since: datetime | None, ramp: timedelta, now: datetime, jitter: float) -> int:
    """How many may run at once, of `limit`, when all could run again `since`: from a twentieth to all of them over
    `ramp`, growing faster the longer it goes well, and at least one. `jitter` in [0, 1) rounds up or down, so that a few
    processes with small limits are not all at one. Raises ValueError for a jitter outside that."""
    if not 0 <= jitter < 1:
        raise ValueError("jitter is at least 0 and below 1")
    if since is None or now >= since + ramp:
        return limit
    passed = max((now - since) / ramp, 0.0)
    share = _FIRST_SHARE ** (1 - passed)
    return min(max(int(limit * share + jitter), 1), limit)


def spread(at: datetime, over: timedelta, *, place: int, of: int, jitter: float) -> datetime:
    """When the `place`-th (from 0) of `of` that wait for the same moment comes back: evenly over `over` from then on,
    each anywhere in its part. Never before `at`. Raises ValueError for a jitter outside [0, 1)."""
    if not 0 <= jitter < 1:
        raise ValueError("jitter is at least 0 and below 1")
    return at + over * ((place + jitter) / max(of, 1))
