"""Conditions on deliveries that several statements share. Literals, not parameters, so that partial indexes serve them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, literal_column, or_, select

from adapters_persistence.ledger.tables import deliveries
from distribution_core.domain.delivery import Phase

IDLE: ColumnElement[str] = literal_column("'idle'")
IS_OPEN: ColumnElement[bool] = deliveries.c.status.in_([literal_column("'pending'"), literal_column("'retried'")])
IS_IDLE: ColumnElement[bool] = deliveries.c.phase == IDLE
IS_UNSENT: ColumnElement[bool] = deliveries.c.committing_at.is_(None)
IS_SENT: ColumnElement[bool] = deliveries.c.committing_at.is_not(None)


def select_claimable(now: datetime, *selected: ColumnElement[Any]) -> Select[Any]:
    """What is open, due, and held by nobody; a lost answer no sooner than it may be asked about.
    SQLite, which keeps no statistics, might take another index and read the whole backlog each time."""
    columns = deliveries.c
    return (
        select(*selected)
        .select_from(deliveries)
        .with_hint(deliveries, "INDEXED BY ix_deliveries_due", "sqlite")
        .where(
            IS_OPEN,
            columns.due_at <= now,
            or_(columns.lease_until.is_(None), columns.lease_until <= now),
            or_(columns.phase != Phase.COMMITTING.value, columns.ask_after.is_(None), columns.ask_after <= now),
        )
    )
