"""Master accounts."""

from collections.abc import Sequence
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import User
from distribution_core.ports.ledger import DuplicateError, Users
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryUsers:
    unit: Unit

    async def add(self, user: User) -> None:
        taken = user.id in self.unit.rows.users or await self.find(email=user.email)
        if taken or await self.find(sso=_sso(user)):
            raise DuplicateError("this e-mail or subject is taken")
        self.unit.rows.users[user.id] = user

    async def save(self, user: User) -> None:
        same_email, same_subject = await self.find(email=user.email), await self.find(sso=_sso(user))
        if any(other is not None and other.id != user.id for other in (same_email, same_subject)):
            raise DuplicateError("this e-mail or subject is taken")
        self.unit.rows.users[user.id] = user

    async def get(self, user_id: UUID) -> User | None:
        return self.unit.rows.users.get(user_id)

    async def find(self, *, email: str | None = None, sso: tuple[str, str] | None = None) -> User | None:
        folded = None if email is None else email.casefold()
        for user in self.unit.rows.users.values():
            if folded == user.email.casefold() or (sso is not None and sso == _sso(user)):
                return user
        return None

    async def ids(self, limit: int) -> Sequence[UUID]:
        return sorted(self.unit.rows.users)[:limit]


def _sso(user: User) -> tuple[str, str] | None:
    return (user.sso_issuer, user.sso_subject) if user.sso_issuer is not None and user.sso_subject is not None else None


_: type[Users] = MemoryUsers
