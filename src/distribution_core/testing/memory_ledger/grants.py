"""Consents and their sealed tokens."""

from datetime import timedelta
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.account import Grant
from distribution_core.ports.ledger import DuplicateError, Grants
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryGrants:
    unit: Unit

    async def add(self, grant: Grant) -> None:
        if grant.id in self.unit.rows.grants or await self.find(grant.user_id, grant.platform, grant.app, grant.subject_id):
            raise DuplicateError("this grant is taken")
        self.unit.rows.grants[grant.id] = grant

    async def get(self, grant_id: UUID, *, for_change: bool = False) -> Grant | None:
        return self.unit.rows.grants.get(grant_id)

    async def find(self, user_id: UUID, platform: str, app: str, subject_id: str) -> Grant | None:
        wanted = (user_id, platform, app, subject_id)
        for grant in self.unit.rows.grants.values():
            if (grant.user_id, grant.platform, grant.app, grant.subject_id) == wanted:
                return grant
        return None

    async def save(self, grant: Grant, *, spent_version: int) -> bool:
        stored = self.unit.rows.grants.get(grant.id)
        if stored is None or stored.version != spent_version:
            return False
        # The data key stays the same for a grant's life, and how it is wrapped is nothing that a save changes.
        self.unit.rows.grants[grant.id] = evolve(grant, data_key=stored.data_key)
        self.unit.rows.refresh_leases.pop(grant.id, None)
        return True

    async def lease_refresh(self, grant_id: UUID, owner: str, ttl: timedelta) -> bool:
        if grant_id not in self.unit.rows.grants:
            return False
        holder, until = self.unit.rows.refresh_leases.get(grant_id, (owner, self.unit.now))
        if holder != owner and until > self.unit.now:
            return False
        self.unit.rows.refresh_leases[grant_id] = (owner, self.unit.now + ttl)
        return True


_: type[Grants] = MemoryGrants
