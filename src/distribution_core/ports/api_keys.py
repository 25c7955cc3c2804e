"""The keys of users' programs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from distribution_core.domain.api_key import ApiKey


class ApiKeys(Protocol):
    async def add(self, key: ApiKey) -> None: ...
    async def by_hash(self, key_hash: bytes) -> ApiKey | None:
        """Whatever its state."""
        ...

    async def of_user(self, user_id: UUID) -> Sequence[ApiKey]:
        """Those that are not revoked, the newest first."""
        ...

    async def note_use(self, key_id: UUID, at: datetime) -> None:
        """Keeps the later time."""
        ...

    async def revoke(self, user_id: UUID, key_id: UUID, at: datetime) -> bool:
        """False for one that is not theirs, or was revoked before."""
        ...
