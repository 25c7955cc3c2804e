"""Conditions on deliveries that several statements share. Literals, not parameters, so that partial indexes serve them."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, literal_column, or_

from adapters_persistence.ledger.tables import deliveries
from distribution_core.domain.delivery import Phase

IS_OPEN: ColumnElement[bool] = deliveries.c.status.in_([literal_column("'pending'"), literal_column("'retried'")])
IS_IDLE: ColumnElement[bool] = deliveries.c.phase == literal_column("'idle'")
IS_UNANSWERED: ColumnElement[bool] = deliveries.c.phase != literal_column("'idle'")


def is_claimable(now: datetime) -> ColumnElement[bool]:
    """Open, due, and held by nobody; a lost answer no sooner than it may be asked about."""
    columns = deliveries.c
    return and_(
        IS_OPEN,
        columns.due_at <= now,
        or_(columns.lease_until.is_(None), columns.lease_until <= now),
        or_(columns.phase != Phase.COMMITTING.value, columns.ask_after.is_(None), columns.ask_after <= now),
    )
