"""What became of the contents on a page, with all that it takes to show it: on PostgreSQL in one trip."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Column, ColumnElement, Select, Uuid, any_, bindparam, select

from adapters_persistence.ledger.engine import Dialect
from adapters_persistence.ledger.rows import from_tuples
from adapters_persistence.ledger.tables import deliveries, exclusions, social_accounts, users
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import SocialAccount
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.selection import Exclusion
from distribution_core.ports.listing import Outcomes

_UNSHOWN = ("handles", "post", "payload_hash", "fingerprint", "lease_owner", "lease_until", "takeovers", "fence", "place")
_SHOWN = [column for column in deliveries.c if column.name not in _UNSHOWN]
_SHOWN_NAMES = [column.name for column in _SHOWN]


async def outcomes_of(unit: Unit, user_id: UUID, content_ids: Collection[UUID]) -> Outcomes:
    """The deliveries in the order in which they were made, the exclusions in that of linking."""
    given = {"contents": list(content_ids), "user": user_id}
    made, left_out, linked, of_user = await _rows(unit, given)
    return Outcomes(
        deliveries=from_tuples(made, Delivery, _SHOWN_NAMES),
        exclusions=from_tuples(left_out, Exclusion, exclusions.c.keys()),
        accounts=from_tuples(linked, SocialAccount, social_accounts.c.keys()),
        time_zone=of_user[0][0] if of_user else None,
    )


async def _rows(unit: Unit, given: dict[str, Any]) -> Sequence[Sequence[Sequence[Any]]]:
    return await unit.trip(*((statement, given) for statement in _asked(unit.dialect)))


@cache
def _asked(dialect: Dialect) -> Sequence[Select[Any]]:
    in_order = (exclusions.c.content_id, social_accounts.c.linked_at, social_accounts.c.id)
    whose = bindparam("user", type_=Uuid)
    return (
        select(*_SHOWN)
        .where(_among_contents(dialect, deliveries.c.content_id), deliveries.c.user_id == whose)
        .order_by(deliveries.c.created_at, deliveries.c.id),
        select(exclusions)
        .join(social_accounts, social_accounts.c.id == exclusions.c.social_account_id)
        .where(_among_contents(dialect, exclusions.c.content_id), social_accounts.c.user_id == whose)
        .order_by(*in_order),
        select(social_accounts).where(social_accounts.c.user_id == whose),
        select(users.c.time_zone).where(users.c.id == whose),
    )


def _among_contents(dialect: Dialect, column: Column[UUID]) -> ColumnElement[bool]:
    if dialect == "postgresql":
        return column == any_(bindparam("contents", type_=ARRAY(Uuid)))
    return column.in_(bindparam("contents", type_=Uuid, expanding=True))
