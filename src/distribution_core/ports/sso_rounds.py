"""Trips to an identity provider under way, and the tokens of it that were used: each counts once."""

from datetime import datetime
from typing import Protocol

from distribution_core.domain.sso import SsoRound


class SsoRounds(Protocol):
    async def add(self, begun: SsoRound) -> None: ...
    async def take(self, state_hash: bytes) -> SsoRound | None:
        """Give it out once, deleting it, whatever its age."""
        ...

    async def use_token(self, token_hash: bytes, expires_at: datetime) -> bool:
        """Note that a token was used; False when it was before. It is remembered until `expires_at` at least."""
        ...
