"""Where a user is signed in."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from distribution_core.domain.account import SignIn


class SignIns(Protocol):
    """Part of a transaction."""

    async def of_user(self, user_id: UUID) -> Sequence[SignIn]:
        """The chains of sessions that are neither revoked nor expired, the one used last first."""
        ...
