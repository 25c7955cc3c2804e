"""Turns: a second for each place, and a fresh start for who has nothing waiting."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from distribution_core.domain.turns import HEADS, Waiting, first_place, for_heads, odd_to_heads, taken, turn

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_turn_is_the_due_time_and_a_second_for_each_place() -> None:
    assert [turn(NOON, place) for place in (0, 1, 90)] == [NOON, NOON + timedelta(seconds=1), NOON + timedelta(seconds=90)]


def test_what_comes_later_queues_up_behind() -> None:
    assert first_place(turn(NOON, 40), NOON + timedelta(seconds=10), waiting=1) == 30
    assert first_place(turn(NOON, 40), NOON + timedelta(seconds=10.5), waiting=1) == 30, "never two in one place"


def test_who_has_nothing_waiting_begins_anew() -> None:
    assert first_place(turn(NOON, 40), NOON, waiting=0) == 0
    assert first_place(None, NOON, waiting=1) == 0
    assert first_place(NOON, NOON + timedelta(hours=1), waiting=0) == 0


def test_who_has_some_waiting_gets_no_first_place_however_long_they_wait() -> None:
    assert first_place(NOON, NOON + timedelta(hours=1), waiting=1) == 1
    assert first_place(NOON, NOON + timedelta(hours=1), waiting=HEADS + 5) == HEADS
    assert first_place(turn(NOON, 40), NOON, waiting=HEADS) == 40, "nor one before the others"


def test_half_goes_to_heads_and_of_odd_shares_either_part_has_the_larger() -> None:
    odd = NOON + timedelta(microseconds=1)
    assert [for_heads(share, NOON) for share in (0, 1, 2, 5, 100)] == [0, 1, 1, 3, 50]
    assert [for_heads(share, odd) for share in (0, 1, 2, 5, 100)] == [0, 0, 1, 2, 50]
    assert (odd_to_heads(NOON), odd_to_heads(odd)) == (1, 0)


def test_heads_come_before_an_old_backlog_and_leave_it_half() -> None:
    backlog = [Waiting(id=UUID(int=n), platform="x", due_at=NOON, place=n) for n in range(HEADS, 60)]
    now = NOON + timedelta(hours=1)
    singles = [Waiting(id=UUID(int=1000 + n), platform="x", due_at=now, place=0) for n in range(60)]
    of_both = taken([*singles, *backlog], {"x": 20}, 20, now)
    assert of_both == (*backlog[:10], *singles[:10])
    assert taken([*singles[:1], *backlog], {"x": 20}, 20, now) == (*backlog[:19], singles[0]), "what heads leave is the line's"
    assert taken(singles, {"x": 20}, 20, now) == tuple(singles[:20]), "and the other way round"


def test_a_head_is_nobody_before_its_turn_has_come() -> None:
    early, late = (Waiting(id=UUID(int=n), platform="x", due_at=NOON, place=n) for n in (1, 20))
    assert [each.place for each in taken([late, early], {"x": 1}, 1, NOON)] == [1]
    other = Waiting(id=UUID(int=9), platform="x", due_at=NOON - timedelta(hours=1), place=3600)
    assert taken([early, other], {"x": 1}, 1, NOON) == (other,)
    assert taken([early, other], {"x": 1}, 1, NOON + timedelta(seconds=1)) == (early,)


def test_each_platform_has_its_share_of_heads_and_of_turns() -> None:
    now = NOON + timedelta(hours=1)
    backlog = [Waiting(id=UUID(int=n), platform="x", due_at=NOON, place=HEADS + n) for n in range(60)]
    elsewhere = Waiting(id=UUID(int=99), platform="y", due_at=now, place=0)
    assert elsewhere in taken([*backlog, elsewhere], {"x": 20, "y": 20}, 20, now), "nor does one platform's hold another's back"
    assert len(taken([*backlog, elsewhere], {"x": 5}, 20, now)) == 5
