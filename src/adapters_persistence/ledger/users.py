"""Master accounts. An e-mail is compared by its case-folded twin, which alone is unique."""

from collections.abc import Sequence
from uuid import UUID

from attrs import frozen
from sqlalchemy import ColumnElement, select, update

from adapters_persistence.ledger.rows import from_row, to_row
from adapters_persistence.ledger.tables import users
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import User


@frozen
class SqlUsers:
    unit: Unit

    async def add(self, user: User) -> None:
        await self.unit.insert_new(users, to_row(user) | {"email_folded": user.email.casefold()}, "this e-mail or subject")

    async def get(self, user_id: UUID) -> User | None:
        return await self._one(users.c.id == user_id)

    async def find(self, *, email: str | None = None, sso: tuple[str, str] | None = None) -> User | None:
        if email is not None:
            return await self._one(users.c.email_folded == email.casefold())
        if sso is None:
            return None
        return await self._one((users.c.sso_issuer == sso[0]) & (users.c.sso_subject == sso[1]))

    async def save(self, user: User) -> None:
        row = to_row(user) | {"email_folded": user.email.casefold()}
        await self.unit.change_unique(update(users).where(users.c.id == user.id).values(row), "this e-mail or subject")

    async def ids(self, limit: int) -> Sequence[UUID]:
        found = select(users.c.id).order_by(users.c.created_at, users.c.id).limit(limit)
        return [row["id"] for row in await self.unit.rows(found)]

    async def _one(self, where: ColumnElement[bool]) -> User | None:
        row = await self.unit.row(select(users).where(where))
        return from_row(row, User) if row else None
