"""A version's end is known ahead of it, and the one that we ship is alive."""

from datetime import date

import pytest

from adapters_platforms.linkedin import version_sunset, version_warning
from adapters_platforms.manifest import load_manifest

SHIPPED = load_manifest("adapters_platforms.linkedin").api_version


def test_the_shipped_version_was_alive_for_long_when_it_was_chosen() -> None:
    assert version_warning(SHIPPED, date(2026, 11, 23)) is None


@pytest.mark.parametrize(
    ("version", "today", "says"),
    [
        ("202609", date(2027, 7, 16), None),
        ("202609", date(2027, 7, 17), "in 60 days"),
        ("202609", date(2027, 9, 14), "in 1 day;"),
        ("202609", date(2027, 9, 15), "ended on 2027-09-15"),
        ("202609.01", date(2027, 9, 15), "ended on 2027-09-15"),
        ("202511", date(2026, 11, 23), "ended on 2026-11-16"),
        ("202512", date(2026, 11, 23), "not active"),
        ("202501", date(2026, 11, 23), "not active"),
        ("202611", date(2026, 11, 23), None),
        ("202611", date(2027, 11, 15), "ended"),
        ("v2026", date(2026, 11, 23), "look like"),
        ("202613", date(2026, 11, 23), "look like"),
    ],
)
def test_warnings(version: str, today: date, says: str | None) -> None:
    found = version_warning(version, today)
    assert found is None if says is None else found is not None and says in found


def test_a_version_newer_than_the_table_lives_a_year() -> None:
    assert version_sunset("202612") == date(2027, 12, 15)
