"""Many rows for one statement of PostgreSQL: an array for each column, unnested there. Its planner sees one query whose text
never changes, and the driver sends a few arrays instead of thousands of parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

from adapters_persistence.ledger.engine import to_json_text

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


@frozen
class Unnested:
    """`sql` is `unnest(...) AS new (...)`, for a FROM clause; `arrays` are its parameters."""

    sql: str
    arrays: dict[str, list[Any]]


def unnested(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Column[Any]]) -> Unnested:
    """The rows as rows of `new`: under each name a value of the type of that column."""
    casts = ", ".join(f"CAST(:new_{name} AS {_type_of(column)}[])" for name, column in columns.items())
    arrays = {f"new_{name}": _values(name, column, rows) for name, column in columns.items()}
    return Unnested(f"unnest({casts}) AS new ({', '.join(columns)})", arrays)


def _values(name: str, column: Column[Any], rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    values = [row[name] for row in rows]
    if _type_of(column) == "JSONB":
        return [None if value is None else to_json_text(value) for value in values]
    return values


_TYPES: dict[Column[Any], str] = {}


def _type_of(column: Column[Any]) -> str:
    if column not in _TYPES:
        _TYPES[column] = column.type.compile(dialect=_DIALECT)
    return _TYPES[column]
