"""Chains of rotating refresh tokens."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.account import Session
from distribution_core.ports.ledger import Sessions
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemorySessions:
    unit: Unit

    async def add(self, session: Session) -> None:
        self.unit.rows.sessions[session.id] = session

    async def by_token_hash(self, token_hash: bytes) -> Session | None:
        return next((each for each in self.unit.rows.sessions.values() if each.token_hash == token_hash), None)

    async def rotate(self, session_id: UUID, now: datetime) -> bool:
        session = self.unit.rows.sessions.get(session_id)
        if session is None or session.rotated_at is not None or session.revoked_at is not None:
            return False
        self.unit.rows.sessions[session_id] = evolve(session, rotated_at=now)
        return True

    async def revoke_family(self, family_id: UUID, now: datetime) -> None:
        for session in list(self.unit.rows.sessions.values()):
            if session.family_id == family_id and session.revoked_at is None:
                self.unit.rows.sessions[session.id] = evolve(session, revoked_at=now)

    async def live(self, family_ids: Collection[UUID], now: datetime) -> Collection[UUID]:
        return {
            session.family_id
            for session in self.unit.rows.sessions.values()
            if session.family_id in family_ids and session.revoked_at is None and session.expires_at > now
        }


_: type[Sessions] = MemorySessions
