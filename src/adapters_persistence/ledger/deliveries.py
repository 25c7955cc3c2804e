"""Deliveries: claimed in batches, saved only by whom the fence still knows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import select, update

from adapters_persistence.ledger.claims import take_turns
from adapters_persistence.ledger.delivery_conditions import IS_OPEN
from adapters_persistence.ledger.rows import from_row, from_rows, to_row
from adapters_persistence.ledger.tables import deliveries
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.delivery import Delivery


@frozen
class SqlDeliveries:
    unit: Unit

    async def claim(
        self,
        worker: str,
        *,
        limit: int,
        lease: timedelta,
        platforms: Collection[str] | None = None,
        at_most: Mapping[str, int] = {},
    ) -> Sequence[Delivery]:
        if limit <= 0:
            return ()
        if platforms is None:
            open_ones = select(deliveries.c.platform).where(IS_OPEN).distinct()
            platforms = [row["platform"] for row in await self.unit.rows(open_ones)]
        shares = {platform: min(at_most.get(platform, limit), limit) for platform in platforms}
        return await take_turns(self.unit, worker, shares, limit, lease)

    async def get(self, delivery_id: UUID, user_id: UUID | None = None) -> Delivery | None:
        found = select(deliveries).where(deliveries.c.id == delivery_id)
        if user_id is not None:
            found = found.where(deliveries.c.user_id == user_id)
        row = await self.unit.row(found)
        return from_row(row, Delivery) if row else None

    async def of_contents(self, content_ids: Collection[UUID]) -> Sequence[Delivery]:
        if not content_ids:
            return ()
        found = select(deliveries).where(deliveries.c.content_id.in_(content_ids))
        found = found.order_by(deliveries.c.created_at, deliveries.c.id)
        return from_rows(await self.unit.rows(found), Delivery)

    async def save(self, delivery: Delivery, *, was: Delivery) -> bool:
        unchanged = (
            (deliveries.c.id == was.id)
            & (deliveries.c.fence == was.fence)
            & (deliveries.c.status == was.status.value)
            & (deliveries.c.phase == was.phase.value)
        )
        saved = update(deliveries).where(unchanged).values(to_row(delivery))
        if delivery.external_post_id is None or delivery.external_post_id == was.external_post_id:
            return await self.unit.change(saved) == 1
        return await self.unit.change_unique(saved, "this post") == 1

    async def journal(self, delivery_id: UUID, fence: int, handles: Mapping[str, Any], lease: timedelta) -> bool:
        now = self.unit.now
        held = (deliveries.c.id == delivery_id) & (deliveries.c.fence == fence) & (deliveries.c.lease_until > now)
        journalled = update(deliveries).where(held).values(handles=dict(handles), lease_until=now + lease, updated_at=now)
        return await self.unit.change(journalled) == 1
