"""The first user."""

from attrs import frozen

from distribution_core.domain.account import User
from distribution_core.ports.setup import Setup
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemorySetup:
    unit: Unit

    async def add_first(self, user: User) -> bool:
        if self.unit.rows.users:
            return False
        self.unit.rows.users[user.id] = user
        return True


_: type[Setup] = MemorySetup
