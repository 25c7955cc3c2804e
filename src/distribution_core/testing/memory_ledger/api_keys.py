"""The keys of users' programs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.api_key import ApiKey
from distribution_core.ports.api_keys import ApiKeys
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryApiKeys:
    unit: Unit

    async def add(self, key: ApiKey) -> None:
        self.unit.rows.api_keys[key.id] = key

    async def by_hash(self, key_hash: bytes) -> ApiKey | None:
        return next((each for each in self.unit.rows.api_keys.values() if each.key_hash == key_hash), None)

    async def of_user(self, user_id: UUID) -> Sequence[ApiKey]:
        found = (each for each in self.unit.rows.api_keys.values() if each.user_id == user_id and each.revoked_at is None)
        return tuple(sorted(found, key=lambda each: each.id, reverse=True))

    async def note_use(self, key_id: UUID, at: datetime) -> None:
        key = self.unit.rows.api_keys[key_id]
        if key.last_used_at is None or key.last_used_at < at:
            self.unit.rows.api_keys[key_id] = evolve(key, last_used_at=at)

    async def revoke(self, user_id: UUID, key_id: UUID, at: datetime) -> bool:
        key = self.unit.rows.api_keys.get(key_id)
        if key is None or key.user_id != user_id or key.revoked_at is not None:
            return False
        self.unit.rows.api_keys[key_id] = evolve(key, revoked_at=at)
        return True


_: type[ApiKeys] = MemoryApiKeys
