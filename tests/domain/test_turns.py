"""Turns: a second for each place, and a fresh start for who has nothing waiting."""

from datetime import UTC, datetime, timedelta

from distribution_core.domain.turns import first_place, turn

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_turn_is_the_due_time_and_a_second_for_each_place() -> None:
    assert [turn(NOON, place) for place in (0, 1, 90)] == [NOON, NOON + timedelta(seconds=1), NOON + timedelta(seconds=90)]


def test_what_comes_later_queues_up_behind() -> None:
    assert first_place(turn(NOON, 40), NOON + timedelta(seconds=10), waiting=True) == 30
    assert first_place(turn(NOON, 40), NOON + timedelta(seconds=10.5), waiting=True) == 30, "never two in one place"


def test_who_has_nothing_waiting_begins_anew() -> None:
    assert first_place(turn(NOON, 40), NOON, waiting=False) == 0
    assert first_place(None, NOON, waiting=True) == 0
    assert first_place(NOON, NOON, waiting=True) == 0
    assert first_place(NOON, NOON + timedelta(hours=1), waiting=True) == 0, "nobody is owed turns of an hour ago"
