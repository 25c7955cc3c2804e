"""Ids, times and places of lists, in paths and queries."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from distribution_core.domain.errors import InvalidInputError, NotFoundError, Problem
from distribution_core.ports.listing import Place

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def path_id(text: str, what: str) -> UUID:
    """An id in a path. Raises NotFoundError for text that can't be one: it names nothing."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError(f"{text[:60]!r} is not the id of a {what}.") from None


def query_id(text: str | None, name: str) -> UUID | None:
    """An id in a query. Raises InvalidInputError for text that is none."""
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInputError(Problem(code="not_an_id", message=f"{name} is not an id.", field=name)) from None


def query_time(at: datetime | None, name: str) -> datetime | None:
    """A time in a query. Raises InvalidInputError for one without its zone: it could be any of many."""
    if at is not None and at.tzinfo is None:
        words = f"{name} needs its zone, as in 2026-01-31T12:00:00Z."
        raise InvalidInputError(Problem(code="no_zone", message=words, field=name))
    return at


def query_place(text: str | None, name: str) -> Place | None:
    """A place in a list, as `place_text` wrote it. Raises InvalidInputError for anything else."""
    if text is None:
        return None
    microseconds, _, identifier = text.partition(".")
    try:
        at = _EPOCH + timedelta(microseconds=int(microseconds))
        return Place(at=at, id=UUID(identifier))
    except (ValueError, OverflowError):
        raise InvalidInputError(Problem(code="not_a_place", message=f"{name} is no place in a list.", field=name)) from None


def place_text(place: Place | None) -> str | None:
    """A place as text that goes into a URL as it is."""
    return None if place is None else f"{(place.at - _EPOCH) // timedelta(microseconds=1)}.{place.id.hex}"
