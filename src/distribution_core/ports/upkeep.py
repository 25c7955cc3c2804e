"""What needs care before it is used (tokens near their end, scheduled content whose accounts were not asked yet), and what
somebody who died has left unfinished."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from distribution_core.domain.account import Grant
from distribution_core.domain.content import Content


class Upkeep(Protocol):
    async def expiring(self, platform: str, before: datetime, limit: int, *, refreshable: bool) -> Sequence[Grant]:
        """The platform's valid grants of linked accounts whose access ends at or before `before`, which ends first; but
        those that somebody refreshes just now, or that were put off. `refreshable`: only those with a refresh token."""
        ...

    async def put_off(self, grant_id: UUID, until: datetime) -> None:
        """`expiring` leaves this grant out before then."""
        ...

    async def unprobed(self, until: datetime, asked_before: datetime, limit: int) -> Sequence[Content]:
        """Scheduled content to be released after this transaction's time and at or before `until`, the next one first,
        whose accounts were not asked or were at or before `asked_before`."""
        ...

    async def note_probe(self, content: Content, *, was: Content) -> bool:
        """Store `probed_at` and `risks`, if the content is unreleased and neither it nor its probe has changed since `was`
        was read."""
        ...

    async def half_unlinked(self, limit: int) -> Sequence[UUID]:
        """Unlinked accounts that still stand on a grant, though nothing of theirs is being sent; the longest unlinked
        first."""
        ...
