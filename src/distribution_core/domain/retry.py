"""When a delivery is tried again: a pure function of what happened, the count so far, the time and a jitter."""

from datetime import datetime, timedelta
from typing import assert_never

from attrs import frozen

from distribution_core.domain.outcome import Failure, FailureKind


@frozen(kw_only=True)
class RetryPolicy:
    """Limits of patience. `patience` bounds all waiting, however good its reasons, from a delivery's opening."""

    attempts_max: int = 5
    backoff_first: timedelta = timedelta(seconds=4)
    backoff_longest: timedelta = timedelta(minutes=15)
    rate_limit_default: timedelta = timedelta(minutes=1)
    down_wait: timedelta = timedelta(seconds=30)
    reconnect_window: timedelta = timedelta(hours=24)
    patience: timedelta = timedelta(days=7)
    processing_patience: timedelta = timedelta(hours=24)
    takeovers_max: int = 20


@frozen(kw_only=True)
class RetryAt:
    """Try again at `at`. `costs_attempt` says whether this try counted."""

    at: datetime
    costs_attempt: bool


@frozen(kw_only=True)
class ParkUntil:
    """Wait for the user to reconnect the account, no longer than `at`."""

    at: datetime


@frozen(kw_only=True)
class GiveUp:
    """No further try by itself: a dead letter."""


NextStep = RetryAt | ParkUntil | GiveUp


def next_step(
    policy: RetryPolicy, failure: Failure, *, attempts: int, opened_at: datetime, now: datetime, jitter: float
) -> NextStep:
    """What follows a failure. `attempts` counts the tries that cost one, this one included where its kind does;
    `jitter` is uniform in [0, 1). Raises ValueError for a jitter outside that."""
    if not 0 <= jitter < 1:
        raise ValueError("jitter is at least 0 and below 1")
    match failure.kind:
        case FailureKind.REJECTED_CONTENT | FailureKind.REFUSED | FailureKind.UNCONFIRMED:
            return GiveUp()
        case FailureKind.NEEDS_RECONNECT:
            return ParkUntil(at=now + policy.reconnect_window)
        case FailureKind.TRANSIENT:
            if attempts >= policy.attempts_max:
                return GiveUp()
            at = now + backoff(policy, attempts, jitter)
            costs = True
        case FailureKind.RATE_LIMITED:
            # Jitter is added to the platform's wait, never taken from it: calling early prolongs the throttle.
            at = now + (failure.wait or policy.rate_limit_default) + policy.rate_limit_default * jitter
            costs = False
        case FailureKind.PLATFORM_DOWN:
            at = now + policy.down_wait * (1 + jitter)
            costs = False
        case _:
            assert_never(failure.kind)
    return GiveUp() if at > opened_at + policy.patience else RetryAt(at=at, costs_attempt=costs)


def backoff(policy: RetryPolicy, attempts: int, jitter: float) -> timedelta:
    """Exponential backoff with full jitter: uniform between one second and the doubled cap."""
    doublings: int = min(max(attempts - 1, 0), 30)
    cap = min(policy.backoff_first * (1 << doublings), policy.backoff_longest)
    return max(cap * jitter, timedelta(seconds=1))


def costs_attempt(kind: FailureKind) -> bool:
    """Whether a try that ended so counts against the limit."""
    return kind not in (FailureKind.RATE_LIMITED, FailureKind.PLATFORM_DOWN, FailureKind.NEEDS_RECONNECT)
