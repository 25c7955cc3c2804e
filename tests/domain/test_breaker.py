"""The circuit breaker: when it opens, who probes, and that it always comes back."""

from datetime import UTC, datetime, timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from distribution_core.domain.breaker import Breaker, BreakerPolicy, BreakerState, Permit, answered, ask, wait_until

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = BreakerPolicy()


def _after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def _open(at: datetime = NOON) -> Breaker:
    failing = answered(Breaker(), POLICY, good=0, bad=4, now=at - POLICY.sustained)
    opened = answered(failing, POLICY, good=0, bad=1, now=at)
    assert opened.state is BreakerState.OPEN
    return opened


def test_a_burst_of_failures_is_not_sustained() -> None:
    breaker = answered(Breaker(), POLICY, good=0, bad=100, now=NOON)
    assert breaker.state is BreakerState.CLOSED
    breaker = answered(breaker, POLICY, good=0, bad=1, now=NOON + POLICY.sustained)
    assert breaker.state is BreakerState.OPEN
    assert breaker.until == NOON + POLICY.sustained + POLICY.wait_first


def test_few_failures_among_many_answers_open_nothing() -> None:
    breaker = Breaker()
    for second in range(300):
        breaker = answered(breaker, POLICY, good=11, bad=10, now=_after(second))
    assert breaker.state is BreakerState.CLOSED


def test_half_of_the_answers_have_to_be_failures_and_five_of_them() -> None:
    def opens(good: int, bad: int) -> bool:
        failing = answered(Breaker(), POLICY, good=good, bad=bad - 1, now=NOON)
        return answered(failing, POLICY, good=0, bad=1, now=NOON + POLICY.sustained).state is BreakerState.OPEN

    assert opens(good=5, bad=5)
    assert not opens(good=6, bad=5)
    assert not opens(good=0, bad=4)


def test_failures_last_from_the_first_of_them() -> None:
    one = answered(Breaker(), POLICY, good=0, bad=1, now=NOON)
    assert answered(one, POLICY, good=0, bad=4, now=NOON + POLICY.sustained).state is BreakerState.OPEN
    well = answered(Breaker(), POLICY, good=1, bad=0, now=NOON)
    assert answered(well, POLICY, good=0, bad=5, now=NOON + POLICY.sustained).state is BreakerState.CLOSED


def test_an_answer_that_went_well_opens_nothing() -> None:
    """Though what failed before is much and lasts: what comes in now says that it is over."""
    failing = answered(Breaker(), POLICY, good=0, bad=5, now=NOON)
    assert answered(failing, POLICY, good=1, bad=0, now=NOON + POLICY.sustained).state is BreakerState.CLOSED


def test_the_window_before_counts_half_and_older_ones_nothing() -> None:
    before = answered(Breaker(), POLICY, good=9, bad=3, now=NOON)
    next_one = answered(before, POLICY, good=1, bad=1, now=NOON + POLICY.window)
    assert next_one == Breaker(good=5, bad=2, counted_from=NOON + POLICY.window, failing_since=NOON)
    later = NOON + 2 * POLICY.window
    assert answered(before, POLICY, good=1, bad=1, now=later) == Breaker(good=1, bad=1, counted_from=later, failing_since=later)


def test_a_failure_that_counts_no_longer_is_not_the_first_of_the_next() -> None:
    end = NOON + POLICY.window
    one, two = (answered(Breaker(), POLICY, good=0, bad=bad, now=NOON) for bad in (1, 2))
    assert answered(one, POLICY, good=0, bad=1, now=end).failing_since == end
    assert answered(two, POLICY, good=0, bad=1, now=end).failing_since == NOON


def test_old_failures_are_forgotten() -> None:
    breaker = Breaker()
    for minute in range(60):
        breaker = answered(breaker, POLICY, good=0, bad=POLICY.failures_min - 1, now=_after(minute * 60))
    assert breaker.state is BreakerState.CLOSED


def test_an_outage_is_not_cut_in_two_by_the_end_of_a_window() -> None:
    breaker = answered(Breaker(), POLICY, good=0, bad=4, now=NOON)
    breaker = answered(breaker, POLICY, good=0, bad=3, now=NOON + POLICY.window)
    assert breaker.state is BreakerState.OPEN


def test_open_waits_and_then_lets_one_probe_through() -> None:
    breaker = _open()
    end = breaker.until
    assert end is not None
    assert ask(breaker, POLICY, end - timedelta(microseconds=1)) == (breaker, Permit.WAIT)
    half, permit = ask(breaker, POLICY, end)
    assert (half.state, permit) == (BreakerState.HALF_OPEN, Permit.PROBE)
    assert ask(half, POLICY, end) == (half, Permit.WAIT)


def test_a_probe_that_is_never_heard_of_again_is_followed_by_another() -> None:
    breaker = _open()
    assert breaker.until is not None
    half, _ = ask(breaker, POLICY, breaker.until)
    later = breaker.until + POLICY.probe_patience
    assert ask(half, POLICY, later - timedelta(microseconds=1))[1] is Permit.WAIT
    assert ask(half, POLICY, later)[1] is Permit.PROBE


def test_who_waits_for_a_probe_asks_again_soon_and_who_waits_out_an_outage_at_its_end() -> None:
    breaker = _open()
    assert breaker.until is not None
    assert wait_until(breaker, POLICY, breaker.until - timedelta(seconds=9)) == breaker.until
    half, _ = ask(breaker, POLICY, breaker.until)
    assert wait_until(half, POLICY, breaker.until) == breaker.until + POLICY.probe_look
    end = breaker.until + POLICY.probe_patience
    assert wait_until(half, POLICY, end - timedelta(seconds=1)) == end


def test_an_open_one_without_an_end_is_probed_at_once() -> None:
    endless = Breaker(state=BreakerState.OPEN, opened=1)
    assert wait_until(endless, POLICY, NOON) == NOON
    assert ask(endless, POLICY, NOON)[1] is Permit.PROBE


def test_no_answer_is_no_verdict_on_a_probe() -> None:
    half = evolve(_open(), state=BreakerState.HALF_OPEN)
    assert answered(half, POLICY, good=0, bad=0, now=NOON) == half


def test_a_good_probe_closes_and_a_bad_one_opens_for_twice_as_long() -> None:
    breaker = _open()
    assert breaker.until is not None
    half, _ = ask(breaker, POLICY, breaker.until)
    now = breaker.until + timedelta(seconds=1)
    closed = answered(half, POLICY, good=1, bad=0, now=now)
    assert (closed.state, closed.closed_at, closed.opened) == (BreakerState.CLOSED, now, 1)
    assert ask(closed, POLICY, now)[1] is Permit.GO
    again = answered(half, POLICY, good=0, bad=1, now=now)
    assert (again.state, again.opened, again.until) == (BreakerState.OPEN, 2, now + 2 * POLICY.wait_first)


def test_waits_grow_no_longer_than_the_longest() -> None:
    half = evolve(_open(), state=BreakerState.HALF_OPEN, opened=10_000)
    again = answered(half, POLICY, good=0, bad=1, now=NOON)
    assert again.until == NOON + POLICY.wait_longest


def test_what_earlier_calls_bring_changes_nothing_while_open() -> None:
    breaker = _open()
    assert answered(breaker, POLICY, good=7, bad=7, now=_after(1)) == breaker


def test_after_a_quiet_ramp_it_is_as_new() -> None:
    closed = Breaker(opened=3, closed_at=NOON)
    assert not closed.is_untouched
    within = answered(closed, POLICY, good=1, bad=0, now=NOON + POLICY.ramp - timedelta(seconds=1))
    assert within.opened == 3
    after = answered(within, POLICY, good=1, bad=0, now=NOON + POLICY.ramp)
    assert after.is_untouched
    assert after.opened == 0, "the next outage begins with the first wait"


def test_only_a_closed_one_without_failures_is_untouched() -> None:
    """What is untouched need not be written down."""
    fresh = Breaker()
    assert (fresh.state, fresh.good, fresh.bad, fresh.opened) == (BreakerState.CLOSED, 0, 0, 0)
    assert fresh.is_untouched
    assert not answered(fresh, POLICY, good=0, bad=1, now=NOON).is_untouched
    assert not _open().is_untouched


def test_when_it_opens_is_as_documented() -> None:
    assert BreakerPolicy() == BreakerPolicy(
        failures_min=5,
        failures_share=0.5,
        window=timedelta(seconds=30),
        sustained=timedelta(seconds=5),
        wait_first=timedelta(seconds=15),
        wait_longest=timedelta(minutes=5),
        probe_look=timedelta(seconds=5),
        probe_patience=timedelta(seconds=30),
        ramp=timedelta(seconds=30),
    )


_step = st.tuples(st.floats(0, 400), st.integers(0, 20), st.integers(0, 20))


@given(st.lists(_step, max_size=60))
def test_one_probe_at_a_time_and_never_shut_for_good(steps: list[tuple[float, int, int]]) -> None:
    breaker, now, last_probe = Breaker(), NOON, None
    for seconds, good, bad in steps:
        now += timedelta(seconds=seconds)
        before = breaker
        breaker, permit = ask(breaker, POLICY, now)
        if permit is Permit.PROBE:
            if before.state is BreakerState.HALF_OPEN and last_probe is not None:
                assert now >= last_probe + POLICY.probe_patience
            assert ask(breaker, POLICY, now)[1] is Permit.WAIT
            last_probe = now
        if permit is Permit.WAIT:
            assert breaker.until is not None
            assert now < breaker.until <= now + max(POLICY.wait_longest, POLICY.probe_patience)
        breaker = answered(breaker, POLICY, good=good, bad=bad, now=now)
        assert (breaker.until is None) == (breaker.state is BreakerState.CLOSED)
        if good > bad and before.state is BreakerState.CLOSED and before.bad == 0:
            assert breaker.state is BreakerState.CLOSED


@given(st.lists(st.tuples(st.floats(0, 60), st.integers(0, 50)), max_size=40))
def test_good_answers_alone_never_open_it(steps: list[tuple[float, int]]) -> None:
    breaker, now = Breaker(), NOON
    for seconds, good in steps:
        now += timedelta(seconds=seconds)
        breaker = answered(breaker, POLICY, good=good, bad=0, now=now)
        assert ask(breaker, POLICY, now) == (breaker, Permit.GO)
