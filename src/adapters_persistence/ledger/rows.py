"""Domain values to rows and back. Columns are named like fields; nested values are JSON, times and ids stay as they are."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from operator import attrgetter, itemgetter
from types import NoneType
from typing import Any, TypeVar, cast, get_args, get_origin
from uuid import UUID

from attrs import fields, frozen, resolve_types
from cattrs import Converter
from sqlalchemy import RowMapping

from distribution_core.domain.account import DataKey

T = TypeVar("T")

# What a column holds as it is: most fields, and not worth a converter's time.
_PLAIN = (UUID, datetime, bytes, str, int, float, bool)
_JSON_OBJECT = (Mapping[str, Any], Mapping[str, Any] | None, Mapping[str, Mapping[str, Any]])
_Convert = Callable[[Any], Any]


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
    return _writing(cast("Hashable", type(value)))(value)


def to_json(value: Any) -> Any:
    """A domain value as it stands in one JSON column."""
    return None if value is None else _CONVERTER.unstructure(value)


def from_row(row: RowMapping | Mapping[str, Any], kind: type[T]) -> T:
    """The attrs value of a row; columns that are no fields of it are left aside."""
    return kind(**_reading(cast("Hashable", kind))(row))


def from_rows(rows: Iterable[RowMapping], kind: type[T]) -> tuple[T, ...]:
    """The attrs values of rows, in their order."""
    read = _reading(cast("Hashable", kind))
    return tuple(kind(**read(row)) for row in rows)


def from_tuples(rows: Iterable[Sequence[Any]], kind: type[T], names: Sequence[str]) -> tuple[T, ...]:
    """The attrs values of rows that hold `names`, in that order, some of which may be no fields; fields that are not among them
    are as their defaults are. By place, which takes half the time that names do."""
    read = _reading_by_place(cast("Hashable", kind), tuple(names))
    return tuple(kind(**read(row)) for row in rows)


@frozen
class _Fields:
    """Takes all fields in one call of the interpreter, and turns only those that need it: a row is many times as often plain
    values as nested ones."""

    names: tuple[str, ...]
    take: Callable[[Any], tuple[Any, ...]]
    turned: tuple[tuple[str, _Convert], ...]

    def __call__(self, source: Any) -> dict[str, Any]:
        found = dict(zip(self.names, self.take(source), strict=True))
        for name, turn in self.turned:
            found[name] = turn(found[name])
        return found


@cache
def _writing(kind: Hashable) -> _Fields:
    return _fields(kind, attrgetter, _writer)


@cache
def _reading(kind: Hashable) -> _Fields:
    return _fields(kind, itemgetter, _reader)


@cache
def _reading_by_place(kind: Hashable, names: tuple[str, ...]) -> _Fields:
    known = _reading(kind)
    held = [name for name in known.names if name in names]
    turned = tuple((name, turn) for name, turn in known.turned if name in held)
    return _Fields(tuple(held), itemgetter(*(names.index(name) for name in held)), turned)


def _fields(
    kind: Hashable, getter: Callable[..., Callable[[Any], tuple[Any, ...]]], converting: Callable[[Any], _Convert | None]
) -> _Fields:
    """Of a class with two fields or more: with one name a getter gives no tuple."""
    known = {field.name: converting(field.type) for field in fields(resolve_types(cast("type[Any]", kind)))}
    turned = tuple((name, convert) for name, convert in known.items() if convert is not None)
    return _Fields(tuple(known), getter(*known), turned)


def _writer(type_: Any) -> _Convert | None:
    if _is_plain(type_) or type_ in _JSON_OBJECT:
        return None
    return _text_of if _is_word(type_) else to_json


def _text_of(word: StrEnum) -> str:
    return word.value


def _reader(type_: Any) -> _Convert | None:
    if _is_plain(type_) or type_ in _JSON_OBJECT:
        return None
    if _is_word(type_):
        return _word_reader(type_)
    if type_ == tuple[str, ...]:
        return tuple
    may_be_none, empty = NoneType in get_args(type_), () if get_origin(type_) is tuple else None

    def read(value: Any) -> Any:
        if not value and (value is None if may_be_none else empty is not None and value is not None):
            return empty
        return _CONVERTER.structure(value, type_)

    return read


def _word_reader(kind: type[StrEnum]) -> _Convert:
    known = {word.value: word for word in kind}

    def read(value: str) -> StrEnum:
        return known.get(value) or kind(value)

    return read


def _is_plain(type_: Any) -> bool:
    return type_ in _PLAIN or (NoneType in get_args(type_) and all(part in (*_PLAIN, NoneType) for part in get_args(type_)))


def _is_word(type_: Any) -> bool:
    return isinstance(type_, type) and issubclass(type_, StrEnum)
