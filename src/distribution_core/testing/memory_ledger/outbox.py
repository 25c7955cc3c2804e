"""Facts on their way out."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.events import OutboxEvent
from distribution_core.ports.ledger import Outbox
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryOutbox:
    unit: Unit

    async def add(self, *events: OutboxEvent) -> None:
        self.unit.rows.outbox.update((event.id, event) for event in events)

    async def unsent(self, limit: int) -> Sequence[OutboxEvent]:
        waiting = [event for event in self.unit.rows.outbox.values() if event.sent_at is None]
        return sorted(waiting, key=lambda event: (event.created_at, event.id))[:limit]

    async def mark_sent(self, event_ids: Collection[UUID], now: datetime) -> None:
        for event_id in event_ids:
            event = self.unit.rows.outbox.get(event_id)
            if event is not None and event.sent_at is None:
                self.unit.rows.outbox[event_id] = evolve(event, sent_at=now)


_: type[Outbox] = MemoryOutbox
