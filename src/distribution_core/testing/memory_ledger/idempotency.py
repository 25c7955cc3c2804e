"""First answers to keyed requests."""

from uuid import UUID

from attrs import evolve, frozen

from distribution_core.ports.ledger import DuplicateError, IdempotencyKeys, IdempotentAnswer
from distribution_core.testing.memory_ledger.state import Unit, as_json


@frozen
class MemoryIdempotencyKeys:
    unit: Unit

    async def get(self, user_id: UUID, key: str) -> IdempotentAnswer | None:
        return self.unit.rows.idempotency.get((user_id, key))

    async def add(self, answer: IdempotentAnswer) -> None:
        if (answer.user_id, answer.key) in self.unit.rows.idempotency:
            raise DuplicateError("this idempotency key is taken")
        self.unit.rows.idempotency[answer.user_id, answer.key] = evolve(answer, answer=as_json(answer.answer))


_: type[IdempotencyKeys] = MemoryIdempotencyKeys
