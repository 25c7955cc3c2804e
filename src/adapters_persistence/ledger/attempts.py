"""Tries at deliveries, written before they start."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import select, update

from adapters_persistence.ledger.rows import from_rows, to_json
from adapters_persistence.ledger.tables import attempts
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.delivery import Attempt
from distribution_core.domain.ids import first_id_at, time_of

_MILLISECOND = timedelta(milliseconds=1)


@frozen
class SqlAttempts:
    unit: Unit

    async def add(self, attempts_made: Sequence[Attempt]) -> None:
        """Before they begin: what is wrong with one is written when it ends."""
        if any(attempt.error is not None for attempt in attempts_made):
            raise ValueError("a try has not failed before it begins")
        await self.unit.insert_later(attempts, attempts_made)

    async def finish(self, attempt: Attempt) -> None:
        """Only how it ended is written: a late answer that came meanwhile stays."""
        ended = {"finished_at": attempt.finished_at, "outcome": attempt.outcome, "error": to_json(attempt.error)}
        await self.unit.change(update(attempts).where(attempts.c.id == attempt.id).values(ended))

    async def answer_late(self, attempt_id: UUID, answer: Mapping[str, Any]) -> None:
        await self.unit.change(update(attempts).where(attempts.c.id == attempt_id).values(late_answer=dict(answer)))

    async def of_delivery(self, delivery_id: UUID) -> Sequence[Attempt]:
        found = select(attempts).where(attempts.c.delivery_id == delivery_id).order_by(attempts.c.fence, attempts.c.id)
        return from_rows(await self.unit.rows(found), Attempt)

    async def last_began(self, after: datetime, until: datetime) -> datetime | None:
        """By the primary key, whose order is that of time: no other index is needed."""
        own, since, end = attempts.c.id, first_id_at(after + _MILLISECOND), first_id_at(until + _MILLISECOND)
        found = await self.unit.scalar(select(own).where(own >= since, own < end).order_by(own.desc()).limit(1))
        return None if found is None else time_of(found)
