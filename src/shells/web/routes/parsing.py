"""Ids in paths and queries."""

from uuid import UUID

from distribution_core.domain.errors import InvalidInputError, NotFoundError, Problem


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
