"""Where a user is signed in: the chains of sessions, each as one row."""

from collections.abc import Sequence
from uuid import UUID

from attrs import frozen
from sqlalchemy import func, select

from adapters_persistence.ledger.rows import from_rows
from adapters_persistence.ledger.tables import sessions
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import SignIn


@frozen
class SqlSignIns:
    unit: Unit

    async def of_user(self, user_id: UUID) -> Sequence[SignIn]:
        used, ends = func.max(sessions.c.created_at), func.max(sessions.c.expires_at)
        chains = (
            select(
                sessions.c.family_id,
                func.max(sessions.c.device).label("device"),
                func.min(func.coalesce(sessions.c.began_at, sessions.c.created_at)).label("began_at"),
                used.label("used_at"),
                ends.label("ends_at"),
            )
            .where(sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None))
            .group_by(sessions.c.family_id)
            .having(ends > self.unit.now)
            .order_by(used.desc(), sessions.c.family_id)
        )
        return from_rows(await self.unit.rows(chains), SignIn)
