"""What users saved."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from attrs import frozen
from sqlalchemy import Integer, bindparam, select, tuple_, update

from adapters_persistence.ledger.columns import UtcDateTime
from adapters_persistence.ledger.rows import from_row, from_rows, from_tuples, to_row
from adapters_persistence.ledger.tables import contents
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.content import Content

_NOW = bindparam("now", type_=UtcDateTime())
_DUE = (
    select(contents)
    .where(contents.c.selected_at.is_(None), contents.c.release_at.is_not(None), contents.c.release_at <= _NOW)
    .order_by(contents.c.release_at, contents.c.id)
    .limit(bindparam("most", type_=Integer))
)


@frozen
class SqlContents:
    unit: Unit

    async def add(self, *added: Content) -> None:
        await self.unit.insert_all(contents, [to_row(content) for content in added])

    async def get(self, content_id: UUID, user_id: UUID | None = None) -> Content | None:
        found = select(contents).where(contents.c.id == content_id)
        if user_id is not None:
            found = found.where(contents.c.user_id == user_id)
        row = await self.unit.row(found)
        return from_row(row, Content) if row else None

    async def save_unreleased(self, content: Content, *, was: Content) -> bool:
        as_read = (contents.c.id == content.id) & (contents.c.updated_at == was.updated_at)
        unreleased = as_read & contents.c.selected_at.is_(None)
        return await self.unit.change(update(contents).where(unreleased).values(to_row(content))) == 1

    async def due(self, now: datetime, limit: int) -> Sequence[Content]:
        # Asked in each round of each worker: the fewer steps the better.
        (rows,) = await self.unit.trip((_DUE, {"now": now, "most": limit}))
        return from_tuples(rows, Content, contents.c.keys())

    async def recent(self, user_id: UUID, limit: int, before: UUID | None = None) -> Sequence[Content]:
        found = (
            select(contents)
            .where(contents.c.user_id == user_id)
            .order_by(contents.c.created_at.desc(), contents.c.id.desc())
            .limit(limit)
        )
        if before is not None:
            seen = select(contents.c.created_at, contents.c.id).where(contents.c.id == before)
            found = found.where(tuple_(contents.c.created_at, contents.c.id) < seen.scalar_subquery())
        return from_rows(await self.unit.rows(found), Content)
