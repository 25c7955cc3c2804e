"""Tries at deliveries, written before they start."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.delivery import Attempt
from distribution_core.domain.ids import first_id_at, time_of
from distribution_core.ports.ledger import Attempts
from distribution_core.testing.memory_ledger.state import Unit, as_json

_MILLISECOND = timedelta(milliseconds=1)


@frozen
class MemoryAttempts:
    unit: Unit

    async def add(self, attempts: Sequence[Attempt]) -> None:
        self.unit.rows.attempts.update((attempt.id, attempt) for attempt in attempts)

    async def finish(self, attempt: Attempt) -> None:
        stored = self.unit.rows.attempts.get(attempt.id)
        if stored is not None:
            self.unit.rows.attempts[attempt.id] = evolve(
                stored, finished_at=attempt.finished_at, outcome=attempt.outcome, error=attempt.error
            )

    async def answer_late(self, attempt_id: UUID, answer: Mapping[str, Any]) -> None:
        stored = self.unit.rows.attempts.get(attempt_id)
        if stored is not None:
            self.unit.rows.attempts[attempt_id] = evolve(stored, late_answer=as_json(answer))

    async def of_delivery(self, delivery_id: UUID) -> Sequence[Attempt]:
        found = [attempt for attempt in self.unit.rows.attempts.values() if attempt.delivery_id == delivery_id]
        return sorted(found, key=lambda attempt: (attempt.fence, attempt.id))

    async def last_began(self, after: datetime, until: datetime) -> datetime | None:
        since, end = first_id_at(after + _MILLISECOND), first_id_at(until + _MILLISECOND)
        found = [made for made in self.unit.rows.attempts if since <= made < end]
        return time_of(max(found)) if found else None


_: type[Attempts] = MemoryAttempts
