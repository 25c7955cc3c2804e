"""A wrapped data key as three columns."""

from typing import Any

from sqlalchemy import RowMapping

from distribution_core.domain.account import DataKey


def key_columns(key: DataKey | None) -> dict[str, Any]:
    """The columns `key_wrapped`, `key_id` and `key_version`; all NULL without a key."""
    if key is None:
        return {"key_wrapped": None, "key_id": None, "key_version": None}
    return {"key_wrapped": key.wrapped, "key_id": key.key_id, "key_version": key.key_version}


def key_of(row: RowMapping) -> DataKey | None:
    """The data key of a row that has those columns."""
    if row["key_wrapped"] is None:
        return None
    return DataKey(wrapped=row["key_wrapped"], key_id=row["key_id"], key_version=row["key_version"])
