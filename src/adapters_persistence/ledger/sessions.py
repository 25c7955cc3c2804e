"""Chains of rotating refresh tokens."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from attrs import frozen
from sqlalchemy import select, text, update

from adapters_persistence.ledger.rows import from_row, to_row
from adapters_persistence.ledger.tables import sessions
from adapters_persistence.ledger.trips import id_array
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import Session

_LIVE = text(
    "SELECT family_id FROM sessions"
    " WHERE family_id = ANY (CAST(:families AS uuid[])) AND revoked_at IS NULL AND expires_at > :now"
)


@frozen
class SqlSessions:
    unit: Unit

    async def add(self, session: Session) -> None:
        await self.unit.insert_all(sessions, [to_row(session)])

    async def by_token_hash(self, token_hash: bytes) -> Session | None:
        row = await self.unit.row(select(sessions).where(sessions.c.token_hash == token_hash))
        return from_row(row, Session) if row else None

    async def rotate(self, session_id: UUID, now: datetime) -> bool:
        unused = (sessions.c.id == session_id) & sessions.c.rotated_at.is_(None) & sessions.c.revoked_at.is_(None)
        return await self.unit.change(update(sessions).where(unused).values(rotated_at=now)) == 1

    async def revoke_family(self, family_id: UUID, now: datetime) -> None:
        live = (sessions.c.family_id == family_id) & sessions.c.revoked_at.is_(None)
        await self.unit.change(update(sessions).where(live).values(revoked_at=now))

    async def live(self, family_ids: Collection[UUID], now: datetime) -> Collection[UUID]:
        if self.unit.dialect == "postgresql":
            # Asked for each request: the fewer steps the better.
            (rows,) = await self.unit.trip((_LIVE, {"families": id_array(family_ids), "now": now}))
            return {family_id for (family_id,) in rows}
        asked = sessions.c.family_id.in_(family_ids)
        found = select(sessions.c.family_id).where(asked, sessions.c.revoked_at.is_(None), sessions.c.expires_at > now)
        return {row["family_id"] for row in await self.unit.rows(found)}
