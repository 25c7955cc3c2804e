"""Counts of what is limited for each user."""

from uuid import UUID

from attrs import frozen

from distribution_core.domain.content import Visibility
from distribution_core.ports.holdings import Held, Holdings
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryHoldings:
    unit: Unit

    async def of_user(self, user_id: UUID) -> Held:
        rows = self.unit.rows
        media = [each.asset.size_bytes for each in rows.media.values() if each.user_id == user_id]
        waiting = [
            each
            for each in rows.contents.values()
            if each.user_id == user_id and each.selected_at is None and each.release_at is not None
        ]
        return Held(
            accounts=sum(each.user_id == user_id and each.is_linked for each in rows.accounts.values()),
            media=len(media),
            media_bytes=sum(media),
            scheduled=sum(each.visibility is Visibility.SCHEDULED for each in waiting),
        )

    async def hold(self, user_id: UUID) -> Held:
        return await self.of_user(user_id)


_: type[Holdings] = MemoryHoldings
