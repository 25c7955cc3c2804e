"""Deliveries that a platform's call may be about."""

from collections.abc import Sequence

from attrs import frozen

from distribution_core.domain.delivery import Delivery, DeliveryStatus
from distribution_core.ports.notices import Noticed
from distribution_core.testing.memory_ledger.deliveries import is_open
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryNoticed:
    unit: Unit

    async def unsettled(self, platform: str, external_account_id: str, limit: int) -> Sequence[Delivery]:
        rows, whose = self.unit.rows, (platform, external_account_id)
        accounts = {each.id for each in rows.accounts.values() if (each.platform, each.external_account_id) == whose}
        found = (
            each
            for each in rows.deliveries.values()
            if each.social_account_id in accounts and (is_open(each) or each.status is DeliveryStatus.FAILED)
        )
        return sorted(found, key=lambda each: each.id, reverse=True)[:limit]


_: type[Noticed] = MemoryNoticed
