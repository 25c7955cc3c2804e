"""Deliveries around the irreversible call."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.delivery import Delivery, DeliveryStatus, Phase
from distribution_core.domain.outcome import Failure
from distribution_core.domain.settling import NEEDS_RECONNECT, stopped
from distribution_core.ports.gate import CommitRequest, Gate
from distribution_core.ports.ledger import Commits, Neighbours
from distribution_core.testing.memory_ledger.deliveries import in_order_of_making, is_open
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryCommits:
    unit: Unit

    async def open_gate(self, request: CommitRequest) -> Gate:
        rows, now = self.unit.rows, self.unit.now
        delivery = rows.deliveries.get(request.delivery_id)
        if delivery is None or delivery.lease_until is None or not _is_held(delivery, request.fence, now):
            return Gate.LEASE_LOST
        account = rows.accounts[delivery.social_account_id]
        if not delivery.being_sent and not account.is_linked:
            return Gate.UNLINKED
        if not delivery.being_sent and not account.is_active:
            return Gate.SWITCHED_OFF
        if self._has_twin(delivery, request.fingerprint):
            return Gate.TWIN_UNANSWERED
        lease_until = max(delivery.lease_until, now + request.call_deadline)
        ask_after = lease_until + request.call_deadline + request.settle
        rows.deliveries[delivery.id] = evolve(
            delivery,
            phase=Phase.COMMITTING,
            post=request.post,
            payload_hash=request.payload_hash,
            fingerprint=request.fingerprint,
            committing_at=delivery.committing_at or now,
            lease_until=lease_until,
            ask_after=ask_after,
            due_at=ask_after,
            updated_at=now,
        )
        return Gate.OPEN

    async def stop_idle(
        self, now: datetime, why: Failure, *, account_id: UUID | None = None, content_id: UUID | None = None
    ) -> Sequence[Delivery]:
        meant = [
            delivery
            for delivery in self.unit.rows.deliveries.values()
            if account_id in (None, delivery.social_account_id) and content_id in (None, delivery.content_id)
        ]
        idle = [delivery for delivery in meant if is_open(delivery) and not delivery.being_sent]
        return self._replace(in_order_of_making(stopped(delivery, why, now) for delivery in idle))

    async def unpark(self, account_id: UUID, now: datetime) -> Sequence[Delivery]:
        parked = [each for each in self._open_of(account_id) if each.wait_reason == NEEDS_RECONNECT]
        return self._replace([evolve(delivery, due_at=now, wait_reason=None, updated_at=now) for delivery in parked])

    async def neighbours(self, delivery_id: UUID, since: datetime) -> Neighbours:
        mine = self.unit.rows.deliveries[delivery_id]
        others = [
            other
            for other in self.unit.rows.deliveries.values()
            if other.id != delivery_id
            and self._place(other) == self._place(mine)
            and other.finished_at is not None
            and other.finished_at >= since
        ]
        return Neighbours(
            post_ids=frozenset(other.external_post_id for other in others if other.external_post_id is not None),
            doubtful=any(other.fingerprint == mine.fingerprint and _is_doubtful(other) for other in others),
        )

    async def unanswered(self, account_id: UUID) -> int:
        return sum(delivery.being_sent for delivery in self._open_of(account_id))

    def _open_of(self, account_id: UUID) -> list[Delivery]:
        own = (each for each in self.unit.rows.deliveries.values() if each.social_account_id == account_id)
        return in_order_of_making(each for each in own if is_open(each))

    def _replace(self, deliveries: list[Delivery]) -> list[Delivery]:
        self.unit.rows.deliveries.update((delivery.id, delivery) for delivery in deliveries)
        return deliveries

    def _place(self, delivery: Delivery) -> tuple[str, str]:
        account = self.unit.rows.accounts[delivery.social_account_id]
        return account.platform, account.external_account_id

    def _has_twin(self, delivery: Delivery, fingerprint: str) -> bool:
        return any(
            other.id != delivery.id
            and other.being_sent
            and other.fingerprint == fingerprint
            and self._place(other) == self._place(delivery)
            for other in self.unit.rows.deliveries.values()
        )


def _is_doubtful(delivery: Delivery) -> bool:
    return delivery.is_unconfirmed or (delivery.status is DeliveryStatus.SUCCESS and delivery.external_post_id is None)


def _is_held(delivery: Delivery, fence: int, now: datetime) -> bool:
    alive = delivery.lease_until is not None and delivery.lease_until > now
    return delivery.fence == fence and alive and is_open(delivery) and delivery.phase is Phase.IDLE


_: type[Commits] = MemoryCommits
