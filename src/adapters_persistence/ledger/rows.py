"""Domain values to rows and back. Columns are named like fields; nested values are JSON, times and ids stay as they are."""

from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar, cast
from uuid import UUID

from attrs import fields
from cattrs import Converter
from sqlalchemy import RowMapping

from distribution_core.domain.account import DataKey

T = TypeVar("T")


def _converter() -> Converter:
    made = Converter(unstruct_collection_overrides={tuple: list})
    for passed in (datetime, bytes):
        made.register_unstructure_hook(passed, lambda value: value)
        made.register_structure_hook(passed, lambda value, _: value)
    # An id is itself in a column of its own and text inside JSON, where the engine's serializer writes it.
    made.register_unstructure_hook(UUID, lambda value: value)
    made.register_structure_hook(UUID, lambda value, _: value if isinstance(value, UUID) else UUID(value))
    # A data key comes from columns of its own, already made (data_keys.py).
    made.register_structure_hook(DataKey, lambda value, _: value)
    made.register_unstructure_hook(timedelta, lambda value: value.total_seconds())
    made.register_structure_hook(timedelta, lambda value, _: timedelta(seconds=value))
    return made


_CONVERTER = _converter()


def to_row(value: Any) -> dict[str, Any]:
    """The columns of an attrs value."""
    row: dict[str, Any] = _CONVERTER.unstructure(value)
    return row


def to_json(value: Any) -> Any:
    """A domain value as it stands in one JSON column."""
    return _CONVERTER.unstructure(value)


def from_row(row: RowMapping | Mapping[str, Any], kind: type[T]) -> T:
    """The attrs value of a row; columns that are no fields of it are left aside."""
    return _CONVERTER.structure({name: row[name] for name in _names(cast("Hashable", kind))}, kind)


@cache
def _names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cast("type[Any]", kind)))


def from_rows(rows: Iterable[RowMapping], kind: type[T]) -> tuple[T, ...]:
    """The attrs values of rows, in their order."""
    return tuple(from_row(row, kind) for row in rows)
