"""Consents and their sealed tokens. `version` decides who stores; the refresh lease only saves needless calls."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import ColumnElement, RowMapping, select, update

from adapters_persistence.ledger.data_keys import key_columns, key_of
from adapters_persistence.ledger.rows import from_row, from_tuples, to_row
from adapters_persistence.ledger.tables import grants
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import DataKey, Grant

_NAMES = (*grants.c.keys(), "data_key")
_KEY = tuple(_NAMES.index(name) for name in ("key_wrapped", "key_id", "key_version"))


@frozen
class SqlGrants:
    unit: Unit

    async def add(self, grant: Grant) -> None:
        """Raises DuplicateError when this consent is stored already."""
        await self.unit.insert_new(grants, _values(grant), "this grant")

    async def get(self, grant_id: UUID, *, for_change: bool = False) -> Grant | None:
        return await self._one(grants.c.id == grant_id, for_change=for_change)

    async def find(self, user_id: UUID, platform: str, app: str, subject_id: str) -> Grant | None:
        return await self._one(
            (grants.c.user_id == user_id)
            & (grants.c.platform == platform)
            & (grants.c.app == app)
            & (grants.c.subject_id == subject_id)
        )

    async def save(self, grant: Grant, *, spent_version: int) -> bool:
        unspent = (grants.c.id == grant.id) & (grants.c.version == spent_version)
        # The data key stays the same for a grant's life, and how it is wrapped is nothing that a save changes.
        values = {name: value for name, value in to_row(grant).items() if name != "data_key"}
        stored = update(grants).where(unspent).values(values | {"refresh_owner": None, "refresh_until": None})
        return await self.unit.change(stored) == 1

    async def lease_refresh(self, grant_id: UUID, owner: str, ttl: timedelta) -> bool:
        now = self.unit.now
        free = grants.c.refresh_until.is_(None) | (grants.c.refresh_until <= now) | (grants.c.refresh_owner == owner)
        leased = update(grants).where(grants.c.id == grant_id, free).values(refresh_owner=owner, refresh_until=now + ttl)
        return await self.unit.change(leased) == 1

    async def _one(self, where: ColumnElement[bool], *, for_change: bool = False) -> Grant | None:
        found = select(grants).where(where)
        row = await self.unit.row(found.with_for_update(key_share=True) if for_change else found)
        return to_grant(row) if row else None


def _values(grant: Grant) -> dict[str, Any]:
    values = to_row(grant) | key_columns(grant.data_key)
    del values["data_key"]
    return values


def to_grant(row: RowMapping) -> Grant:
    return from_row({**row, "data_key": key_of(row)}, Grant)


def to_grants(rows: Sequence[Sequence[Any]]) -> Sequence[Grant]:
    """Of whole rows of the table."""
    wrapped, key_id, key_version = _KEY
    keyed = [(*row, DataKey(wrapped=row[wrapped], key_id=row[key_id], key_version=row[key_version])) for row in rows]
    return from_tuples(keyed, Grant, _NAMES)
