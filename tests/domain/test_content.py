"""When content leaves."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distribution_core.domain.content import Content, Visibility, missed_words, release_time, too_late, words_for
from tests.domain.strategies import NOW, times

holds = st.timedeltas(min_value=timedelta(), max_value=timedelta(hours=1))
HOLD = timedelta(seconds=10)


@given(st.none() | times, times, holds)
def test_private_content_never_leaves(scheduled_at: datetime | None, now: datetime, hold: timedelta) -> None:
    assert release_time(Visibility.PRIVATE, scheduled_at, now, hold) is None


@given(st.sampled_from([Visibility.PUBLIC, Visibility.SCHEDULED]), st.none() | times, times, holds)
def test_nothing_leaves_within_its_hold(
    visibility: Visibility, scheduled_at: datetime | None, now: datetime, hold: timedelta
) -> None:
    leaves = release_time(visibility, scheduled_at, now, hold)
    assert leaves is not None
    assert leaves >= now + hold
    if visibility is Visibility.SCHEDULED and scheduled_at is not None:
        assert leaves >= scheduled_at
        assert leaves in (now + hold, scheduled_at)


@pytest.mark.parametrize(
    ("visibility", "ahead", "leaves"),
    [
        (Visibility.PUBLIC, None, HOLD),
        (Visibility.PUBLIC, timedelta(hours=1), HOLD),
        (Visibility.SCHEDULED, timedelta(hours=1), timedelta(hours=1)),
        (Visibility.SCHEDULED, timedelta(seconds=3), HOLD),
        (Visibility.SCHEDULED, None, HOLD),
    ],
)
def test_release_is_the_later_of_hold_and_schedule(visibility: Visibility, ahead: timedelta | None, leaves: timedelta) -> None:
    scheduled_at = NOW + ahead if ahead is not None else None
    assert release_time(visibility, scheduled_at, NOW, HOLD) == NOW + leaves


def test_content_that_says_no_more_is_empty_and_public() -> None:
    content = Content(id=UUID(int=1), user_id=UUID(int=2), created_at=NOW, updated_at=NOW)
    assert (content.body, content.media, content.visibility, content.hold) == ("", (), Visibility.PUBLIC, timedelta())


@pytest.mark.parametrize(
    ("visibility", "late_s", "held"),
    [
        (Visibility.SCHEDULED, 6 * 3600, False),
        (Visibility.SCHEDULED, 6 * 3600 + 1, True),
        (Visibility.SCHEDULED, -5, False),
        (Visibility.PUBLIC, 99 * 3600, False),
    ],
)
def test_only_a_schedule_missed_by_more_than_the_limit_is_held(visibility: Visibility, late_s: int, held: bool) -> None:
    content = Content(id=UUID(int=1), user_id=UUID(int=2), visibility=visibility, release_at=NOW, created_at=NOW, updated_at=NOW)
    why = too_late(content, NOW + timedelta(seconds=late_s), timedelta(hours=6))
    assert (why is not None) is held
    assert why is None or why == (
        "Nothing was running when this was due, and it was found 6 hours late, which is more than 6 hours. "
        "Release it to send it now, give it another time, or cancel it."
    )


def test_a_missed_delivery_says_when_it_was_due_and_what_to_do() -> None:
    assert missed_words(NOW.replace(hour=9, minute=5), timedelta(hours=50), timedelta(hours=6)) == (
        f"This was to go out on {NOW:%Y-%m-%d} at 09:05 UTC. Nothing ran that could send it, and it was found 2 days late, "
        "which is more than 6 hours. Try it again to send it now."
    )


def test_what_has_no_time_to_leave_at_is_never_late() -> None:
    draft = Content(
        id=UUID(int=1), user_id=UUID(int=2), visibility=Visibility.SCHEDULED, created_at=NOW, updated_at=NOW, release_at=None
    )
    assert too_late(draft, NOW + timedelta(days=99), timedelta(hours=6)) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (59.9, "59 seconds"),
        (60, "1 minute"),
        (7199, "1 hour"),
        (7200, "2 hours"),
        (86_400, "1 day"),
        (200_000, "2 days"),
    ],
)
def test_durations_are_told_in_their_largest_unit(seconds: float, words: str) -> None:
    assert words_for(timedelta(seconds=seconds)) == words
