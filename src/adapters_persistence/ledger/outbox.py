"""Facts on their way out, written in the transaction that made them true."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from attrs import frozen
from sqlalchemy import select, update

from adapters_persistence.ledger.rows import from_rows, to_row
from adapters_persistence.ledger.tables import outbox
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.events import OutboxEvent


@frozen
class SqlOutbox:
    unit: Unit

    async def add(self, *events: OutboxEvent) -> None:
        await self.unit.insert_all(outbox, [to_row(event) for event in events])

    async def unsent(self, limit: int) -> Sequence[OutboxEvent]:
        """Oldest first. Two relays never wait for each other: events that one reads now are left out for the other."""
        found = (
            select(outbox)
            .where(outbox.c.sent_at.is_(None))
            .order_by(outbox.c.created_at, outbox.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return from_rows(await self.unit.rows(found), OutboxEvent)

    async def mark_sent(self, event_ids: Collection[UUID], now: datetime) -> None:
        if event_ids:
            unsent = self.unit.among(outbox.c.id, event_ids) & outbox.c.sent_at.is_(None)
            await self.unit.change(update(outbox).where(unsent).values(sent_at=now))
