"""Times are UTC inside and the user's outside, and the turn of the clocks loses or doubles none of them."""

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution_core.domain.zones import is_zone, shown_in

MOMENTS = st.datetimes(
    min_value=datetime(1990, 1, 1),  # noqa: DTZ001 - hypothesis takes naive bounds
    max_value=datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(MOMENTS, st.timezone_keys(allow_prefix=False))
def test_what_is_shown_is_the_same_moment(at: datetime, zone: str) -> None:
    shown = shown_in(at, zone)
    assert is_zone(zone)
    assert shown.astimezone(UTC) == at
    assert datetime.fromisoformat(shown.isoformat()) == at, "what is written down says which of two equal hours is meant"


@given(MOMENTS, MOMENTS, st.sampled_from(["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca"]))
def test_what_comes_first_is_shown_as_earlier(one: datetime, other: datetime, zone: str) -> None:
    first, second = (datetime.fromisoformat(shown_in(at, zone).isoformat()) for at in (one, other))
    assert (first < second) == (one < other)


@pytest.mark.parametrize(
    ("at", "zone", "shown"),
    [
        ("2026-10-25T00:30:00+00:00", "Europe/Berlin", "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T01:30:00+00:00", "Europe/Berlin", "2026-10-25T02:30:00+01:00"),
        ("2026-03-29T00:59:59+00:00", "Europe/Berlin", "2026-03-29T01:59:59+01:00"),
        ("2026-03-29T01:00:00+00:00", "Europe/Berlin", "2026-03-29T03:00:00+02:00"),
        ("2026-04-04T15:15:00+00:00", "Australia/Lord_Howe", "2026-04-05T01:45:00+10:30"),
        ("2026-11-23T12:00:00+00:00", None, "2026-11-23T12:00:00+00:00"),
    ],
)
def test_the_hour_that_comes_twice_and_the_one_that_never_comes(at: str, zone: str | None, shown: str) -> None:
    assert shown_in(datetime.fromisoformat(at), zone).isoformat() == shown


@pytest.mark.parametrize(
    "name", ["", "Europe", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe/Berlin\0", "x" * 400]
)
def test_other_names_are_no_zones(name: str) -> None:
    assert is_zone(name) is False


def test_zones_are_known_where_the_system_has_none() -> None:
    """A slim container has no zone database of its own."""
    zoneinfo.reset_tzpath(to=[])
    try:
        zoneinfo.ZoneInfo.clear_cache()
        assert shown_in(datetime(2026, 7, 1, tzinfo=UTC), "Europe/Berlin").utcoffset() == timedelta(hours=2)
    finally:
        zoneinfo.reset_tzpath()
