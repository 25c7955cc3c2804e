"""How much a user has here of what is limited in number."""

from typing import Protocol
from uuid import UUID

from attrs import frozen


@frozen(kw_only=True)
class Held:
    """Linked accounts, stored media with their bytes, and content that waits for its time."""

    accounts: int = 0
    media: int = 0
    media_bytes: int = 0
    scheduled: int = 0


class Holdings(Protocol):
    async def of_user(self, user_id: UUID) -> Held: ...
    async def hold(self, user_id: UUID) -> Held:
        """The same; until the transaction ends, nobody else counts for this user: two who find one place free don't both take
        it. Who holds several users holds them in the order of their ids."""
        ...
