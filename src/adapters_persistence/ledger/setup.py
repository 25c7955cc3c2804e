"""The first user, added once however many try at the same moment."""

from attrs import frozen
from sqlalchemy import select, text

from adapters_persistence.ledger.tables import users
from adapters_persistence.ledger.unit import Unit
from adapters_persistence.ledger.users import SqlUsers
from distribution_core.domain.account import User


@frozen
class SqlSetup:
    unit: Unit

    async def add_first(self, user: User) -> bool:
        # Nobody else adds a user until this transaction ends; on SQLite it holds the write lock already.
        if self.unit.dialect == "postgresql":
            await self.unit.connection.execute(text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE"))
        if await self.unit.row(select(users.c.id).limit(1)) is not None:
            return False
        await SqlUsers(self.unit).add(user)
        return True
