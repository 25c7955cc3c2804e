"""Facts on their way out."""

from collections.abc import Sequence

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

    async def relay(self, limit: int) -> int:
        events = await self.unsent(limit)
        self.unit.rows.outbox.update((event.id, evolve(event, sent_at=self.unit.now)) for event in events)
        return len(events)


_: type[Outbox] = MemoryOutbox
