"""The keys of users' programs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from attrs import frozen
from sqlalchemy import or_, select, update

from adapters_persistence.ledger.rows import from_row, from_rows, to_row
from adapters_persistence.ledger.tables import api_keys
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.api_key import ApiKey


@frozen
class SqlApiKeys:
    unit: Unit

    async def add(self, key: ApiKey) -> None:
        await self.unit.insert_all(api_keys, [to_row(key)])

    async def by_hash(self, key_hash: bytes) -> ApiKey | None:
        row = await self.unit.row(select(api_keys).where(api_keys.c.key_hash == key_hash))
        return from_row(row, ApiKey) if row else None

    async def of_user(self, user_id: UUID) -> Sequence[ApiKey]:
        theirs = select(api_keys).where(api_keys.c.user_id == user_id, api_keys.c.revoked_at.is_(None))
        return from_rows(await self.unit.rows(theirs.order_by(api_keys.c.id.desc())), ApiKey)

    async def note_use(self, key_id: UUID, at: datetime) -> None:
        earlier = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < at)
        await self.unit.change(update(api_keys).where(api_keys.c.id == key_id, earlier).values(last_used_at=at))

    async def revoke(self, user_id: UUID, key_id: UUID, at: datetime) -> bool:
        good = (api_keys.c.id == key_id) & (api_keys.c.user_id == user_id) & api_keys.c.revoked_at.is_(None)
        return await self.unit.change(update(api_keys).where(good).values(revoked_at=at)) == 1
