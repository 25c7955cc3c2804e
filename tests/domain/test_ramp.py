"""Coming back after an outage: few first, then all, and spread out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution_core.domain.ramp import ramped, spread

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RAMP = timedelta(seconds=30)


def test_it_begins_with_a_twentieth_and_ends_with_all() -> None:
    at = [ramped(200, since=NOON, ramp=RAMP, now=NOON + RAMP * share, jitter=0.0) for share in (0, 0.25, 0.5, 0.75, 1)]
    assert at == [10, 21, 44, 94, 200]
    assert ramped(200, since=None, ramp=RAMP, now=NOON, jitter=0.0) == 200


@given(st.integers(0, 1000), st.floats(-5, 60), st.floats(0, 1, exclude_max=True))
def test_it_stays_within_the_limit(limit: int, seconds: float, jitter: float) -> None:
    found = ramped(limit, since=NOON, ramp=RAMP, now=NOON + timedelta(seconds=seconds), jitter=jitter)
    assert min(limit, 1) <= found <= limit


@given(st.integers(1, 500), st.floats(0, 1, exclude_max=True))
def test_those_that_wait_for_one_moment_come_in_order_each_in_its_part(of: int, jitter: float) -> None:
    times = [spread(NOON, RAMP, place=place, of=of, jitter=jitter) for place in range(of)]
    assert times == sorted(times)
    assert times[0] >= NOON
    assert times[-1] <= NOON + RAMP


@pytest.mark.parametrize("jitter", [-0.1, 1.0])
def test_a_jitter_is_below_one(jitter: float) -> None:
    with pytest.raises(ValueError, match=r"below 1$"):
        ramped(1, since=None, ramp=RAMP, now=NOON, jitter=jitter)
    with pytest.raises(ValueError, match=r"below 1$"):
        spread(NOON, RAMP, place=0, of=1, jitter=jitter)


def test_one_alone_comes_anywhere_in_the_time() -> None:
    assert spread(NOON, RAMP, place=0, of=1, jitter=0.5) == NOON + RAMP / 2
    assert spread(NOON, RAMP, place=0, of=0, jitter=0.5) == NOON + RAMP / 2


def test_a_small_limit_begins_with_one_and_a_jitter_rounds_a_share() -> None:
    """A twentieth of 30 is one and a half: half of the processes begin with two."""
    assert ramped(10, since=NOON, ramp=RAMP, now=NOON, jitter=0.0) == 1
    assert [ramped(30, since=NOON, ramp=RAMP, now=NOON, jitter=jitter) for jitter in (0.0, 0.4, 0.5, 0.9)] == [1, 1, 2, 2]


def test_a_clock_set_back_begins_anew() -> None:
    assert ramped(200, since=NOON, ramp=RAMP, now=NOON - timedelta(hours=1), jitter=0.0) == 10


def test_without_a_ramp_all_come_at_once() -> None:
    assert ramped(200, since=NOON, ramp=timedelta(), now=NOON, jitter=0.0) == 200
