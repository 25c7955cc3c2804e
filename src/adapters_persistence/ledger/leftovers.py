"""Takes away what has done its work, a bounded number of rows at a time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import frozen
from sqlalchemy import Column, ColumnElement, Table, delete, select, tuple_

from adapters_persistence.ledger.tables import (
    idempotency_keys,
    link_choices,
    link_intents,
    outbox,
    sessions,
    sso_rounds,
    used_sso_tokens,
    workers,
)
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.ids import uuid7
from distribution_core.ports.leftovers import Leftover

_AGES: Mapping[Leftover, Column[datetime]] = {
    Leftover.SENT_EVENTS: outbox.c.sent_at,
    Leftover.FIRST_ANSWERS: idempotency_keys.c.created_at,
    Leftover.ENDED_SESSIONS: sessions.c.expires_at,
    Leftover.ENDED_LINKINGS: link_intents.c.expires_at,
    Leftover.ENDED_CHOICES: link_choices.c.expires_at,
    Leftover.ENDED_SSO_ROUNDS: sso_rounds.c.expires_at,
    Leftover.USED_SSO_TOKENS: used_sso_tokens.c.expires_at,
    Leftover.SILENT_WORKERS: workers.c.polled_at,
}


@frozen
class SqlLeftovers:
    unit: Unit

    async def purge(self, what: Leftover, before: datetime, limit: int) -> int:
        age = _AGES[what]
        table: Table = age.table
        found = select(*table.primary_key).where(age < before, *_by_id(table, before)).order_by(_order(table, age)).limit(limit)
        # A CTE that locks is never folded into the DELETE, so the limit holds however the join is planned.
        old = found.with_for_update(skip_locked=True).cte("old")
        chosen = tuple_(*table.primary_key).in_(select(*old.c))
        # Counted by what comes back: SQLite's driver counts no DELETE that begins with a CTE.
        return len(await self.unit.rows(delete(table).where(chosen).returning(*table.primary_key)))


def _order(table: Table, age: Column[datetime]) -> ColumnElement[Any]:
    return table.c.id if "id" in table.c else age


def _by_id(table: Table, before: datetime) -> list[ColumnElement[bool]]:
    """Ids begin with the time at which they were made, and what is old now was made before. So the primary key finds the
    oldest, and tables that grow with the work need no index on an age."""
    return [table.c.id < uuid7(int(before.timestamp() * 1000), bytes(10))] if "id" in table.c else []
