"""When a delivery is tried again, and when no more."""

from datetime import datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from distribution_core.domain.outcome import Failure, FailureKind
from distribution_core.domain.retry import GiveUp, NextStep, ParkUntil, RetryAt, RetryPolicy, backoff, costs_attempt, next_step
from tests.domain.strategies import NOW, failures, jitters, times, waits

SECOND = timedelta(seconds=1)
attempts = st.integers(min_value=0, max_value=100)
policies = st.builds(
    RetryPolicy,
    attempts_max=st.integers(min_value=1, max_value=12),
    backoff_first=st.timedeltas(min_value=SECOND, max_value=timedelta(minutes=5)),
    backoff_longest=st.timedeltas(min_value=timedelta(minutes=5), max_value=timedelta(hours=6)),
    rate_limit_default=st.timedeltas(min_value=SECOND, max_value=timedelta(hours=1)),
    down_wait=st.timedeltas(min_value=SECOND, max_value=timedelta(hours=1)),
    patience=st.timedeltas(min_value=timedelta(hours=1), max_value=timedelta(days=30)),
)


def step(
    kind: FailureKind,
    *,
    policy: RetryPolicy | None = None,
    tries: int = 1,
    wait: timedelta | None = None,
    opened_at: datetime = NOW,
    jitter: float = 0.5,
) -> NextStep:
    failure = Failure(kind=kind, message="why", wait=wait)
    return next_step(policy or RetryPolicy(), failure, attempts=tries, opened_at=opened_at, now=NOW, jitter=jitter)


@given(policies, failures, attempts, times, times, jitters)
def test_a_retry_lies_ahead_and_within_patience(
    policy: RetryPolicy, failure: Failure, tries: int, opened_at: datetime, now: datetime, jitter: float
) -> None:
    assume(opened_at <= now)
    match next_step(policy, failure, attempts=tries, opened_at=opened_at, now=now, jitter=jitter):
        case RetryAt(at=at, costs_attempt=costs):
            assert now + SECOND <= at <= opened_at + policy.patience
            assert costs == costs_attempt(failure.kind)
        case ParkUntil(at=at):
            assert failure.kind is FailureKind.NEEDS_RECONNECT
            assert at == now + policy.reconnect_window
        case GiveUp():
            assert failure.kind is not FailureKind.NEEDS_RECONNECT


@given(policies, attempts, jitters)
def test_backoff_stays_within_its_bounds(policy: RetryPolicy, tries: int, jitter: float) -> None:
    assert SECOND <= backoff(policy, tries, jitter) <= policy.backoff_longest


@given(policies, attempts, jitters)
def test_backoff_grows_with_the_attempts(policy: RetryPolicy, tries: int, jitter: float) -> None:
    assert backoff(policy, tries, jitter) <= backoff(policy, tries + 1, jitter)


@given(policies, attempts, jitters, jitters)
def test_backoff_grows_with_the_jitter(policy: RetryPolicy, tries: int, one: float, other: float) -> None:
    assert backoff(policy, tries, min(one, other)) <= backoff(policy, tries, max(one, other))


def test_backoff_doubles_up_to_its_longest() -> None:
    policy, almost = RetryPolicy(), 1 - 1e-9
    seconds = [round(backoff(policy, tries, almost).total_seconds()) for tries in range(1, 11)]
    assert seconds == [4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert backoff(policy, 1_000_000, almost) <= policy.backoff_longest


def test_full_jitter_spreads_over_the_whole_cap() -> None:
    assert [backoff(RetryPolicy(), 4, jitter).total_seconds() for jitter in (0.0, 0.25, 0.5, 0.75)] == [1, 8, 16, 24]


@pytest.mark.parametrize("jitter", [-0.01, 1.0, 1.5, float("nan")])
@pytest.mark.parametrize("kind", FailureKind)
def test_a_jitter_outside_its_range_is_refused(kind: FailureKind, jitter: float) -> None:
    with pytest.raises(ValueError, match=r"^jitter is at least 0 and below 1$"):
        step(kind, jitter=jitter)


@pytest.mark.parametrize("kind", [FailureKind.REJECTED_CONTENT, FailureKind.REFUSED, FailureKind.UNCONFIRMED])
@given(policy=policies, tries=attempts, wait=st.none() | waits, jitter=jitters)
def test_some_failures_are_never_retried(
    kind: FailureKind, policy: RetryPolicy, tries: int, wait: timedelta | None, jitter: float
) -> None:
    assert step(kind, policy=policy, tries=tries, wait=wait, jitter=jitter) == GiveUp()


@given(policies, attempts, jitters)
def test_passing_faults_are_tried_until_the_limit(policy: RetryPolicy, tries: int, jitter: float) -> None:
    endless = evolve(policy, patience=timedelta(days=365))
    after = step(FailureKind.TRANSIENT, policy=endless, tries=tries, jitter=jitter)
    assert isinstance(after, GiveUp) == (tries >= policy.attempts_max)


@pytest.mark.parametrize("kind", [FailureKind.RATE_LIMITED, FailureKind.PLATFORM_DOWN, FailureKind.NEEDS_RECONNECT])
@given(tries=attempts, jitter=jitters)
def test_waiting_for_others_is_not_limited_by_attempts(kind: FailureKind, tries: int, jitter: float) -> None:
    assert not isinstance(step(kind, tries=tries, jitter=jitter), GiveUp)
    assert not costs_attempt(kind)


@given(policies, waits, jitters)
def test_a_throttled_try_never_comes_before_the_platforms_own_time(policy: RetryPolicy, wait: timedelta, jitter: float) -> None:
    patient = evolve(policy, patience=timedelta(days=365))
    after = step(FailureKind.RATE_LIMITED, policy=patient, wait=wait, jitter=jitter)
    assert isinstance(after, RetryAt)
    assert NOW + wait <= after.at <= NOW + wait + policy.rate_limit_default
    assert not after.costs_attempt


@given(jitters)
def test_a_throttle_without_a_time_waits_the_default(jitter: float) -> None:
    after = step(FailureKind.RATE_LIMITED, jitter=jitter)
    assert isinstance(after, RetryAt)
    assert timedelta(minutes=1) <= after.at - NOW <= timedelta(minutes=2)


@given(jitters)
def test_a_platform_that_is_down_is_left_alone(jitter: float) -> None:
    after = step(FailureKind.PLATFORM_DOWN, jitter=jitter)
    assert isinstance(after, RetryAt)
    assert timedelta(seconds=30) <= after.at - NOW <= timedelta(seconds=60)


def test_patience_ends_at_its_very_moment() -> None:
    policy = RetryPolicy()
    wait = timedelta(hours=1)
    last = NOW + wait - policy.patience
    assert isinstance(step(FailureKind.RATE_LIMITED, wait=wait, opened_at=last, jitter=0), RetryAt)
    earlier = last - timedelta(microseconds=1)
    assert step(FailureKind.RATE_LIMITED, wait=wait, opened_at=earlier, jitter=0) == GiveUp()


@pytest.mark.parametrize("kind", FailureKind)
def test_what_costs_an_attempt(kind: FailureKind) -> None:
    free = {FailureKind.RATE_LIMITED, FailureKind.PLATFORM_DOWN, FailureKind.NEEDS_RECONNECT}
    assert costs_attempt(kind) == (kind not in free)
