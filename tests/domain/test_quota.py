"""Quotas: never more than the platform takes, and no longer shut than it has to be."""

from datetime import UTC, datetime, timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from distribution_core.domain.breaker import BreakerPolicy
from distribution_core.domain.quota import (
    OutboundLimits,
    Quota,
    Reset,
    Scope,
    Window,
    blocked,
    free_at,
    given_back,
    in_use,
    is_counted,
    share_of,
    take,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = Quota(name="init", scope=Scope.ACCOUNT, most=6, seconds=60)
DAY = Quota(name="posts", scope=Scope.APP, most=150, seconds=86_400, reset=Reset.UTC_DAY, apps=("member",))


def test_a_quota_concerns_its_apps_or_all() -> None:
    assert DAY.concerns("member")
    assert not DAY.concerns("community")
    assert MINUTE.concerns("whichever")


def test_a_platform_that_says_nothing_has_no_limits_but_a_breaker() -> None:
    unsaid = OutboundLimits()
    assert unsaid == OutboundLimits(
        concurrency=None, app_concurrency=None, account_concurrency=None, quotas=(), breaker=BreakerPolicy()
    )
    assert MINUTE.why == "", "nobody's word is given for it"
    assert not MINUTE.prepare_uses


@given(most=st.integers(1, 3_000), workers=st.integers(0, 300))
def test_all_workers_together_never_have_more_than_a_limit(most: int, workers: int) -> None:
    share = share_of(most, workers)
    assert share >= 1
    if is_counted(most, workers):
        assert share == most, "what the others have is taken off by whoever counts"
    else:
        assert share * workers <= most
        assert share * max(workers, 1) > most * 3 / 4, "not much of it lies idle"


def test_a_limit_is_counted_where_shares_would_be_few() -> None:
    assert [is_counted(most, 3) for most in (1, 11, 12, None)] == [True, True, False, False]
    assert [is_counted(most, 1) for most in (7, 8)] == [True, False], "who is alone may be so no longer in a moment"
    assert OutboundLimits(app_concurrency=2).counts_calls(2)
    assert not OutboundLimits(concurrency=8, account_concurrency=8).counts_calls(2)
    assert not OutboundLimits().counts_calls(9)


def test_nothing_was_used_before_the_first_use() -> None:
    today = Window(day=NOON.replace(hour=0))
    assert in_use(today, DAY, NOON) == in_use(Window(), MINUTE, NOON) == 0


def test_what_is_over_waits_for_the_oldest_use_to_pass() -> None:
    window, granted = take(Window(), MINUTE, 4, NOON)
    assert granted == 4
    window, granted = take(window, MINUTE, 4, NOON + timedelta(seconds=20))
    assert granted == 2
    assert free_at(window, MINUTE, NOON + timedelta(seconds=30)) == NOON + timedelta(seconds=60)
    window, granted = take(window, MINUTE, 9, NOON + timedelta(seconds=60))
    assert granted == 4
    assert in_use(window, MINUTE, NOON + timedelta(seconds=60)) == 6


def test_a_day_ends_at_midnight_utc() -> None:
    late = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)
    window, granted = take(Window(), DAY, 200, late)
    assert granted == 150
    assert free_at(window, DAY, late) == late + timedelta(seconds=1)
    assert take(window, DAY, 1, late)[1] == 0
    assert take(window, DAY, 1, late + timedelta(seconds=1))[1] == 1


def test_a_day_is_one_day_to_the_last_microsecond() -> None:
    window, granted = take(Window(), DAY, 150, NOON + timedelta(microseconds=1))
    assert granted == 150
    assert take(window, DAY, 1, NOON + timedelta(microseconds=2))[1] == 0
    assert free_at(window, DAY, NOON + timedelta(microseconds=2)) == NOON + timedelta(hours=12)


def test_a_quota_that_became_one_of_days_keeps_no_single_uses() -> None:
    window, granted = take(Window(recent=(NOON,) * 6), DAY, 1, NOON)
    assert (granted, window.used, window.recent) == (1, 1, ())


def test_uses_that_have_passed_shut_nothing() -> None:
    window = Window(recent=(NOON,) * 6)
    assert free_at(window, MINUTE, NOON + timedelta(seconds=61)) == NOON + timedelta(seconds=61)
    assert in_use(window, MINUTE, NOON + timedelta(seconds=61)) == 0


def test_when_the_platforms_word_is_over_the_quota_counts_again() -> None:
    end = NOON + timedelta(seconds=30)
    assert free_at(blocked(Window(), end), MINUTE, end + timedelta(seconds=1)) == end + timedelta(seconds=1)
    full = blocked(Window(recent=(NOON,) * 6), end)
    assert free_at(full, MINUTE, end) == NOON + timedelta(seconds=60)


def test_the_platforms_word_shuts_it_and_the_longest_holds() -> None:
    window = blocked(blocked(Window(), NOON + timedelta(minutes=9)), NOON + timedelta(minutes=2))
    assert take(window, MINUTE, 1, NOON + timedelta(minutes=5))[1] == 0
    assert free_at(window, MINUTE, NOON) == NOON + timedelta(minutes=9)
    assert take(window, MINUTE, 1, NOON + timedelta(minutes=9))[1] == 1


@given(st.lists(st.tuples(st.floats(0, 90), st.integers(0, 10)), max_size=60))
def test_no_stretch_holds_more_than_the_quota(steps: list[tuple[float, int]]) -> None:
    window, now, uses = Window(), NOON, list[datetime]()
    for seconds, wanted in steps:
        now += timedelta(seconds=seconds)
        window, granted = take(window, MINUTE, wanted, now)
        uses += [now] * granted
        assert sum(at > now - timedelta(seconds=60) for at in uses) <= MINUTE.most
        assert len(window.recent) <= MINUTE.most
        free = free_at(window, MINUTE, now)
        assert free >= now
        assert take(window, MINUTE, 1, free)[1] == 1


def test_what_is_given_back_is_one_use_of_its_moment() -> None:
    window = Window(recent=(NOON, NOON, NOON + timedelta(seconds=1)))
    assert given_back(window, MINUTE, NOON) == Window(recent=(NOON, NOON + timedelta(seconds=1)))
    assert given_back(window, MINUTE, NOON + timedelta(seconds=1)) == Window(recent=(NOON, NOON))
    assert given_back(window, MINUTE, NOON + timedelta(microseconds=1)) == window, "nobody else's"


def test_what_is_given_back_is_one_use_of_its_day() -> None:
    window, _ = take(Window(), DAY, 2, NOON)
    assert given_back(window, DAY, NOON).used == 1
    assert given_back(given_back(given_back(window, DAY, NOON), DAY, NOON), DAY, NOON).used == 0, "never below"
    assert given_back(window, DAY, NOON - timedelta(days=1)) == window, "that day is over"
    assert given_back(Window(), DAY, NOON) == Window()


QUOTAS = st.sampled_from([MINUTE, DAY, evolve(DAY, most=3), evolve(MINUTE, most=2, seconds=30)])
TAKES = st.lists(st.tuples(st.floats(0, 20_000), st.integers(0, 4)), max_size=30)


def _taken(quota: Quota, takes: list[tuple[float, int]], now: datetime = NOON) -> tuple[Window, list[datetime], datetime]:
    """The window after these, each so many seconds after the one before; each use by its time; and the time."""
    window, uses = Window(), list[datetime]()
    for seconds, wanted in takes:
        now += timedelta(seconds=seconds)
        window, granted = take(window, quota, wanted, now)
        uses += [now] * granted
    return window, uses, now


@given(QUOTAS, TAKES, st.integers(0, 4))
def test_taken_and_given_back_leaves_a_window_as_it_was(quota: Quota, takes: list[tuple[float, int]], wanted: int) -> None:
    window, _, now = _taken(quota, takes)
    before = take(window, quota, 0, now)[0]
    after, granted = take(window, quota, wanted, now)
    for _ in range(granted):
        after = given_back(after, quota, now)
    assert after == before


@given(QUOTAS, TAKES, st.data())
def test_nobody_elses_use_is_given_back(quota: Quota, takes: list[tuple[float, int]], data: st.DataObject) -> None:
    window, uses, now = _taken(quota, takes)
    back = data.draw(st.lists(st.sampled_from(range(len(uses))), unique=True) if uses else st.just([]))
    for number in back:
        window = given_back(window, quota, uses[number])
    left = [at for number, at in enumerate(uses) if number not in back]
    assert in_use(window, quota, now) == sum(_counts(quota, at, now) for at in left)


def _counts(quota: Quota, at: datetime, now: datetime) -> bool:
    return at.date() == now.date() if quota.reset is Reset.UTC_DAY else at > now - timedelta(seconds=quota.seconds)


@given(QUOTAS, TAKES)
def test_what_is_given_back_leaves_the_platforms_word(quota: Quota, takes: list[tuple[float, int]]) -> None:
    window, uses, now = _taken(quota, takes)
    window = blocked(window, now + timedelta(minutes=5))
    for at in uses:
        window = given_back(window, quota, at)
    assert in_use(window, quota, now) == 0
    assert window.blocked_until == now + timedelta(minutes=5)
