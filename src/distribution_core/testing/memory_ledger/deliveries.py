"""Deliveries: claimed in batches, saved only by whom the fence still knows."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.delivery import Delivery, DeliveryStatus, Phase
from distribution_core.domain.turns import turn
from distribution_core.ports.ledger import Deliveries, DuplicateError
from distribution_core.testing.memory_ledger.state import Unit, as_json

_ANY_NUMBER = 1 << 30


@frozen
class MemoryDeliveries:
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
        now = self.unit.now
        due = [
            delivery
            for delivery in self.unit.rows.deliveries.values()
            if is_claimable(delivery, now) and (platforms is None or delivery.platform in platforms)
        ]
        places = self.unit.rows.places
        due.sort(key=lambda delivery: (turn(delivery.due_at or now, places.get(delivery.id, 0)), delivery.id))
        if at_most:
            due = _of_each_at_most(due, at_most)
        claimed = [
            evolve(
                delivery,
                fence=delivery.fence + 1,
                takeovers=delivery.takeovers + (delivery.lease_until is not None),
                lease_owner=worker,
                lease_until=now + lease,
                updated_at=now,
            )
            for delivery in due[: max(limit, 0)]
        ]
        self.unit.rows.deliveries.update((delivery.id, delivery) for delivery in claimed)
        return claimed

    async def get(self, delivery_id: UUID, user_id: UUID | None = None) -> Delivery | None:
        delivery = self.unit.rows.deliveries.get(delivery_id)
        return delivery if delivery and user_id in (None, delivery.user_id) else None

    async def of_contents(self, content_ids: Collection[UUID]) -> Sequence[Delivery]:
        return in_order_of_making(each for each in self.unit.rows.deliveries.values() if each.content_id in content_ids)

    async def save(self, delivery: Delivery, *, was: Delivery) -> bool:
        stored = self.unit.rows.deliveries.get(was.id)
        if stored is None or (stored.fence, stored.status, stored.phase) != (was.fence, was.status, was.phase):
            return False
        if delivery.external_post_id is not None:
            post = (delivery.platform, delivery.external_post_id)
            for other in self.unit.rows.deliveries.values():
                if other.id != was.id and (other.platform, other.external_post_id) == post:
                    raise DuplicateError("this post is taken")
        same = delivery.handles is stored.handles or not delivery.handles
        self.unit.rows.deliveries[was.id] = delivery if same else evolve(delivery, handles=as_json(delivery.handles))
        return True

    async def journal(self, delivery_id: UUID, fence: int, handles: Mapping[str, Any], lease: timedelta) -> bool:
        now = self.unit.now
        stored = self.unit.rows.deliveries.get(delivery_id)
        if stored is None or stored.fence != fence or stored.lease_until is None or stored.lease_until <= now:
            return False
        self.unit.rows.deliveries[delivery_id] = evolve(stored, handles=as_json(handles), lease_until=now + lease, updated_at=now)
        return True


def is_open(delivery: Delivery) -> bool:
    """Whether it may still be tried."""
    return delivery.status in (DeliveryStatus.PENDING, DeliveryStatus.RETRIED)


def is_claimable(delivery: Delivery, now: datetime) -> bool:
    """Open, due, and held by nobody; a lost answer no sooner than it may be asked about."""
    may_ask = delivery.phase is not Phase.COMMITTING or delivery.ask_after is None or delivery.ask_after <= now
    free = delivery.lease_until is None or delivery.lease_until <= now
    return is_open(delivery) and delivery.due_at is not None and delivery.due_at <= now and free and may_ask


def _of_each_at_most(due: Iterable[Delivery], at_most: Mapping[str, int]) -> list[Delivery]:
    taken: Counter[str] = Counter()
    found = []
    for delivery in due:
        if taken[delivery.platform] < at_most.get(delivery.platform, _ANY_NUMBER):
            taken[delivery.platform] += 1
            found.append(delivery)
    return found


def in_order_of_making(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Deliveries, oldest first."""

    def order(delivery: Delivery) -> tuple[datetime, UUID]:
        return delivery.created_at, delivery.id

    return sorted(deliveries, key=order)


_: type[Deliveries] = MemoryDeliveries
