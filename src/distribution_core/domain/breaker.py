"""The circuit breaker of one platform and app: pure, so that every worker that shares it decides alike.

closed -> open when calls go on failing; open -> half open when its wait is over and a probe goes; half open -> closed by a
probe that went well, -> open, for twice as long, by one that did not.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import evolve, frozen


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@frozen(kw_only=True)
class BreakerPolicy:
    """Opens at `failures_min` failures that are at least `failures_share` of all answers of a `window`, the first of them
    at least `sustained` ago. Who asks while a probe is out asks again after `probe_look`, and a probe of which nothing is
    heard for `probe_patience` is followed by another. `ramp` is how long it takes from closing until all may go again."""

    failures_min: int = 5
    failures_share: float = 0.5
    window: timedelta = timedelta(seconds=30)
    sustained: timedelta = timedelta(seconds=5)
    wait_first: timedelta = timedelta(seconds=15)
    wait_longest: timedelta = timedelta(minutes=5)
    probe_look: timedelta = timedelta(seconds=5)
    probe_patience: timedelta = timedelta(seconds=30)
    ramp: timedelta = timedelta(seconds=30)


@frozen(kw_only=True)
class Breaker:
    """`good` and `bad` count the answers since `counted_from`. `opened` is how often in a row it has opened without having
    stayed closed for a whole ramp. `until` is when the next probe may go: the end of the wait where it is open, the end
    of patience with the probe that is out where it is half open."""

    state: BreakerState = BreakerState.CLOSED
    good: int = 0
    bad: int = 0
    counted_from: datetime | None = None
    failing_since: datetime | None = None
    opened: int = 0
    until: datetime | None = None
    closed_at: datetime | None = None

    @property
    def is_untouched(self) -> bool:
        """Closed, with nothing that more good answers could change."""
        return self.state is BreakerState.CLOSED and self.bad == 0 and self.closed_at is None


class Permit(StrEnum):
    """`probe`: go, alone, for all who wait."""

    GO = "go"
    PROBE = "probe"
    WAIT = "wait"


def ask(breaker: Breaker, policy: BreakerPolicy, now: datetime) -> tuple[Breaker, Permit]:
    """Whether a call may go, and the breaker after that. Of all who ask of an open one whose wait is over, one probes."""
    if breaker.state is BreakerState.CLOSED:
        return breaker, Permit.GO
    if breaker.until is not None and now < breaker.until:
        return breaker, Permit.WAIT
    return evolve(breaker, state=BreakerState.HALF_OPEN, until=now + policy.probe_patience), Permit.PROBE


def wait_until(breaker: Breaker, policy: BreakerPolicy, now: datetime) -> datetime:
    """When somebody who has to wait should ask again. A probe that is out may close the breaker at any moment."""
    until = breaker.until or now
    return min(until, now + (policy.probe_look if breaker.state is BreakerState.HALF_OPEN else policy.wait_longest))


def answered(breaker: Breaker, policy: BreakerPolicy, *, good: int, bad: int, now: datetime) -> Breaker:
    """The breaker after so many answers. While it is open, what calls from before still bring changes nothing."""
    match breaker.state:
        case BreakerState.OPEN:
            return breaker
        case BreakerState.HALF_OPEN:
            if good:
                return Breaker(opened=breaker.opened, closed_at=now)
            return _opened(breaker, policy, now) if bad else breaker
        case BreakerState.CLOSED:
            return _counted(breaker, policy, good, bad, now)


def _counted(breaker: Breaker, policy: BreakerPolicy, good: int, bad: int, now: datetime) -> Breaker:
    fresh = breaker.counted_from is not None and now < breaker.counted_from + policy.window
    if not fresh:
        # What the window before saw counts half, so that an outage isn't cut in two by the clock.
        kept = breaker.counted_from is not None and now < breaker.counted_from + 2 * policy.window
        breaker = evolve(
            breaker,
            good=breaker.good // 2 if kept else 0,
            bad=breaker.bad // 2 if kept else 0,
            counted_from=now,
            failing_since=breaker.failing_since if kept and breaker.bad > 1 else None,
        )
    breaker = evolve(breaker, good=breaker.good + good, bad=breaker.bad + bad)
    if breaker.closed_at is not None and now >= breaker.closed_at + policy.ramp:
        breaker = evolve(breaker, opened=0, closed_at=None)
    if breaker.bad == 0:
        return breaker
    failing_since = breaker.failing_since or now
    breaker = evolve(breaker, failing_since=failing_since)
    enough = breaker.bad >= policy.failures_min and breaker.bad >= policy.failures_share * (breaker.good + breaker.bad)
    lasting = now >= failing_since + policy.sustained
    return _opened(breaker, policy, now) if enough and lasting and bad else breaker


def _opened(breaker: Breaker, policy: BreakerPolicy, now: datetime) -> Breaker:
    doublings: int = min(breaker.opened, 30)
    wait = min(policy.wait_first * (1 << doublings), policy.wait_longest)
    return Breaker(state=BreakerState.OPEN, opened=breaker.opened + 1, until=now + wait)
