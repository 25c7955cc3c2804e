"""Every wrapped data key: of grants, and of round trips and choices that have not ended."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import Column, ColumnElement, Table, func, or_, select, true, update

from adapters_persistence.ledger.data_keys import key_columns, key_of
from adapters_persistence.ledger.tables import grants, key_versions, link_choices, link_intents
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import DataKey
from distribution_core.ports.keys import Wrapping

_HOLDERS: Mapping[str, tuple[Table, Column[Any]]] = {
    "grants": (grants, grants.c.id),
    "link_intents": (link_intents, link_intents.c.state_hash),
    "link_choices": (link_choices, link_choices.c.id),
}


@frozen
class SqlWrappings:
    unit: Unit

    async def counts(self) -> Mapping[tuple[str, int], int]:
        found: Counter[tuple[str, int]] = Counter()
        for table, _ in _HOLDERS.values():
            counted = (
                select(table.c.key_id, table.c.key_version, func.count().label("number"))
                .where(table.c.key_wrapped.is_not(None), self._counts(table))
                .group_by(table.c.key_id, table.c.key_version)
            )
            for row in await self.unit.rows(counted):
                found[row["key_id"], row["key_version"]] += row["number"]
        return found

    async def under_others(self, key_id: str, version: int, limit: int) -> Sequence[Wrapping]:
        found: list[Wrapping] = []
        for name, (table, key) in _HOLDERS.items():
            other = or_(table.c.key_id != key_id, table.c.key_version != version)
            stale = select(key.label("row_id"), table.c.key_wrapped, table.c.key_id, table.c.key_version)
            rows = await self.unit.rows(stale.where(other, self._counts(table)).order_by(key).limit(limit - len(found)))
            keys = ((row["row_id"], key_of(row)) for row in rows)
            found += [Wrapping(table=name, row_id=row_id, key=held) for row_id, held in keys if held is not None]
        return found

    async def replace(self, wrapping: Wrapping, key: DataKey) -> bool:
        table, own = _HOLDERS[wrapping.table]
        as_read = (own == wrapping.row_id) & (table.c.key_wrapped == wrapping.key.wrapped)
        return await self.unit.change(update(table).where(as_read).values(key_columns(key))) == 1

    async def first_seen(self, key_id: str, version: int) -> datetime:
        own = (key_versions.c.key_id == key_id) & (key_versions.c.version == version)
        seen = select(key_versions.c.first_seen_at).where(own)
        found: datetime | None = await self.unit.scalar(seen)
        if found is not None:
            return found
        noted = self.unit.insert(key_versions).values(key_id=key_id, version=version, first_seen_at=self.unit.now)
        await self.unit.change(noted.on_conflict_do_nothing())
        first: datetime = await self.unit.scalar(seen)
        return first

    def _counts(self, table: Table) -> ColumnElement[bool]:
        """What has ended is never read again."""
        return table.c.expires_at > self.unit.now if "expires_at" in table.c else true()
