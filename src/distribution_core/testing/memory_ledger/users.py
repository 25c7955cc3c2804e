"""Master accounts."""

from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import User
from distribution_core.ports.ledger import DuplicateError, Users
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryUsers:
    unit: Unit

    async def add(self, user: User) -> None:
        taken = user.id in self.unit.rows.users or await self.by_email(user.email)
        if taken or (user.sso_subject is not None and await self.by_sso_subject(user.sso_subject)):
            raise DuplicateError("this e-mail or subject is taken")
        self.unit.rows.users[user.id] = user

    async def get(self, user_id: UUID) -> User | None:
        return self.unit.rows.users.get(user_id)

    async def by_email(self, email: str) -> User | None:
        folded = email.casefold()
        return next((user for user in self.unit.rows.users.values() if user.email.casefold() == folded), None)

    async def by_sso_subject(self, subject: str) -> User | None:
        return next((user for user in self.unit.rows.users.values() if user.sso_subject == subject), None)

    async def count(self) -> int:
        return len(self.unit.rows.users)


_: type[Users] = MemoryUsers
