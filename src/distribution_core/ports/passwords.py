"""Password hashing, which is slow on purpose and so never runs on the event loop."""

from typing import Protocol

from distribution_core.domain.secret import Secret


class Passwords(Protocol):
    async def hash(self, password: Secret) -> str: ...
    async def verify(self, password: Secret, password_hash: str | None) -> bool:
        """Takes as long for None (no such user) as for a real hash."""
        ...
