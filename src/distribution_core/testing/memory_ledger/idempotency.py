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

    async def add(self, *answers: IdempotentAnswer) -> None:
        keys = [(answer.user_id, answer.key) for answer in answers]
        if len(set(keys)) < len(keys) or any(key in self.unit.rows.idempotency for key in keys):
            raise DuplicateError("this idempotency key is taken")
        for key, answer in zip(keys, answers, strict=True):
            self.unit.rows.idempotency[key] = evolve(answer, answer=as_json(answer.answer))


_: type[IdempotencyKeys] = MemoryIdempotencyKeys
