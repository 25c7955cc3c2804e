"""First answers to keyed requests."""

from uuid import UUID

from attrs import frozen
from sqlalchemy import select

from adapters_persistence.ledger.rows import from_row, to_row
from adapters_persistence.ledger.tables import idempotency_keys
from adapters_persistence.ledger.unit import Unit
from distribution_core.ports.ledger import IdempotentAnswer


@frozen
class SqlIdempotencyKeys:
    unit: Unit

    async def get(self, user_id: UUID, key: str) -> IdempotentAnswer | None:
        found = select(idempotency_keys).where(idempotency_keys.c.user_id == user_id, idempotency_keys.c.key == key)
        row = await self.unit.row(found)
        return from_row(row, IdempotentAnswer) if row else None

    async def add(self, *answers: IdempotentAnswer) -> None:
        if not answers:
            return
        async with self.unit.savepoint("this idempotency key"):
            await self.unit.insert_all(idempotency_keys, [to_row(answer) for answer in answers])
