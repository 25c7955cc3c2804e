"""Whose turn it is: every user is owed one delivery a second before anybody's second one, so that a large fan-out doesn't
hold back somebody else's single post. Nobody waits for a turn that nobody else wants."""

from datetime import datetime, timedelta

TURN = timedelta(seconds=1)


def turn(due_at: datetime, place: int) -> datetime:
    """By when a delivery sorts among all that are due; `place` counts from 0 what its user had before it."""
    return due_at + place * TURN


def first_place(queued_until: datetime | None, now: datetime, *, waiting: bool) -> int:
    """The place of a user's next delivery, when those before it reach to `queued_until`. Who has nothing waiting begins
    anew: to have had much when nobody else wanted it takes nothing from anybody."""
    if queued_until is None or not waiting:
        return 0
    return max(-((now - queued_until) // TURN), 0)
