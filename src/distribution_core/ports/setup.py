"""The one moment at which there is nobody yet."""

from typing import Protocol

from distribution_core.domain.account import User


class Setup(Protocol):
    async def add_first(self, user: User) -> bool:
        """Add the very first user. False, and nothing done, where there is one already; of several at the same moment one
        is added."""
        ...
