"""OAuth round trips under way, and what one gave until its person has chosen."""

from typing import Protocol
from uuid import UUID

from distribution_core.domain.account import LinkChoice, LinkIntent


class LinkIntents(Protocol):
    async def add(self, intent: LinkIntent) -> None: ...
    async def take(self, state_hash: bytes) -> LinkIntent | None:
        """Give it out once, deleting it, whatever its age."""
        ...

    async def offer(self, choice: LinkChoice) -> None: ...
    async def offered(self, choice_id: UUID, user_id: UUID) -> LinkChoice | None:
        """Look at a user's own, whatever its age."""
        ...

    async def take_offered(self, choice_id: UUID, user_id: UUID) -> LinkChoice | None:
        """As `take`."""
        ...
