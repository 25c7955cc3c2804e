"""Column types that mean the same on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_SQLITE_CHARS = 27


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, to the microsecond. `timestamptz` on PostgreSQL; on SQLite text of fixed width
    (`2026-01-31T12:00:00.000000Z`), which sorts as time does. Raises ValueError for a naive time."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(_SQLITE_CHARS))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("the ledger takes aware times only")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        # On PostgreSQL the driver gives aware times in UTC already (engine.py).
        return None if dialect.name == "postgresql" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        time: datetime = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return time if time.tzinfo is UTC else time.astimezone(UTC)


def json_column() -> TypeEngine[Any]:
    """`jsonb` on PostgreSQL, JSON text on SQLite; None is SQL's NULL."""
    return JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
