"""Facts on their way out, written in the transaction that made them true."""

from collections.abc import Mapping, Sequence

from attrs import frozen
from sqlalchemy import TextClause, bindparam, select, text

from adapters_persistence.ledger.columns import UtcDateTime
from adapters_persistence.ledger.engine import Dialect
from adapters_persistence.ledger.rows import from_rows
from adapters_persistence.ledger.tables import outbox
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.events import OutboxEvent

_NOW = bindparam("now", type_=UtcDateTime())
# An array is found once; a subquery that locks could be run once for each row.
_RELAY: Mapping[Dialect, TextClause] = {
    "postgresql": text(
        "UPDATE outbox SET sent_at = :now WHERE id = ANY (ARRAY(SELECT id FROM outbox WHERE sent_at IS NULL"
        " ORDER BY created_at, id LIMIT :most FOR UPDATE SKIP LOCKED)) RETURNING 1"
    ),
    "sqlite": text(
        "UPDATE outbox SET sent_at = :now WHERE id IN (SELECT id FROM outbox WHERE sent_at IS NULL"
        " ORDER BY created_at, id LIMIT :most)"
    ).bindparams(_NOW),
}


@frozen
class SqlOutbox:
    unit: Unit

    async def add(self, *events: OutboxEvent) -> None:
        await self.unit.insert_later(outbox, events)

    async def unsent(self, limit: int) -> Sequence[OutboxEvent]:
        found = select(outbox).where(outbox.c.sent_at.is_(None)).order_by(outbox.c.created_at, outbox.c.id).limit(limit)
        return from_rows(await self.unit.rows(found), OutboxEvent)

    async def relay(self, limit: int) -> int:
        relay, given = _RELAY[self.unit.dialect], {"now": self.unit.now, "most": limit}
        if self.unit.dialect == "postgresql":
            (relayed,) = await self.unit.trip((relay, given))
            return len(relayed)
        return await self.unit.change(relay, given)
