"""Lists of a user's content, filtered; and the last post of each account."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import Column, ColumnElement, Select, Tuple, func, literal, literal_column, or_, select, true, tuple_

from adapters_persistence.ledger.engine import FOLD
from adapters_persistence.ledger.grants import to_grant
from adapters_persistence.ledger.outcomes import outcomes_of
from adapters_persistence.ledger.rows import from_row, from_rows
from adapters_persistence.ledger.tables import contents, deliveries, grants, social_accounts
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import Grant
from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.outcome import FailureKind
from distribution_core.ports.listing import ContentFilter, ContentState, Outcomes, Place

_UNRELEASED: ColumnElement[bool] = contents.c.selected_at.is_(None)
_TO_COME: ColumnElement[bool] = _UNRELEASED & contents.c.release_at.is_not(None)
_BEFORE_RELEASE: Mapping[ContentState, ColumnElement[bool]] = {
    ContentState.WAITING: _TO_COME,
    ContentState.HELD: _UNRELEASED & contents.c.held_at.is_not(None),
    ContentState.KEPT: _UNRELEASED
    & contents.c.release_at.is_(None)
    & contents.c.held_at.is_(None)
    & contents.c.canceled_at.is_(None),
    ContentState.TAKEN_BACK: _UNRELEASED & contents.c.canceled_at.is_not(None),
}
_IS_FAILED: ColumnElement[bool] = deliveries.c.status == literal_column("'failed'")
_IS_UNCONFIRMED: ColumnElement[bool] = deliveries.c.last_error["kind"].as_string() == FailureKind.UNCONFIRMED.value
_ENDED = deliveries.alias("ended")
# The latest id of an account first: its index on what has ended is read backwards until a success is met.
_LATEST = (
    select(_ENDED.c.id)
    .where(
        _ENDED.c.social_account_id == social_accounts.c.id,
        _ENDED.c.finished_at.is_not(None),
        _ENDED.c.status == literal_column("'success'"),
    )
    .order_by(_ENDED.c.finished_at.desc(), _ENDED.c.id.desc())
    .limit(1)
    .scalar_subquery()
)


@frozen
class SqlListing:
    unit: Unit

    async def newest(self, user_id: UUID, which: ContentFilter, limit: int, after: Place | None = None) -> Sequence[Content]:
        at = contents.c.created_at
        found = self._matching(user_id, which, at).order_by(at.desc(), contents.c.id.desc()).limit(limit)
        if after is not None:
            found = found.where(tuple_(at, contents.c.id) < _place(after))
        return from_rows(await self.unit.rows(found), Content)

    async def waiting(self, user_id: UUID, which: ContentFilter, limit: int, after: Place | None = None) -> Sequence[Content]:
        at = contents.c.release_at
        found = self._matching(user_id, which, at).where(_TO_COME).order_by(at, contents.c.id).limit(limit)
        if after is not None:
            found = found.where(tuple_(at, contents.c.id) > _place(after))
        return from_rows(await self.unit.rows(found), Content)

    async def last_posts(self, account_ids: Collection[UUID]) -> Mapping[UUID, Delivery]:
        if not account_ids:
            return {}
        accounts = select(_LATEST).where(self.unit.among(social_accounts.c.id, account_ids))
        rows = await self.unit.rows(select(deliveries).where(deliveries.c.id.in_(accounts)))
        return {row["social_account_id"]: from_row(row, Delivery) for row in rows}

    async def outcomes(self, user_id: UUID, content_ids: Collection[UUID]) -> Outcomes:
        return await outcomes_of(self.unit, user_id, content_ids)

    async def grants_of(self, user_id: UUID) -> Mapping[UUID, Grant]:
        rows = await self.unit.rows(select(grants).where(grants.c.user_id == user_id))
        return {row["id"]: to_grant(row) for row in rows}

    def _matching(self, user_id: UUID, which: ContentFilter, at: Column[Any]) -> Select[Any]:
        found = select(contents).where(contents.c.user_id == user_id)
        if which.since is not None:
            found = found.where(at >= which.since)
        if which.until is not None:
            found = found.where(at < which.until)
        if which.text is not None:
            found = found.where(or_(self._holds(contents.c.body, which.text), self._holds(contents.c.title, which.text)))
        if which.state is not None and which.state in _BEFORE_RELEASE:
            found = found.where(_BEFORE_RELEASE[which.state])
        delivery = _delivery_condition(which)
        if delivery is not None:
            found = found.where(select(true()).where(deliveries.c.content_id == contents.c.id, *delivery).exists())
        return found

    def _holds(self, column: Column[Any], text: str) -> ColumnElement[bool]:
        if self.unit.dialect == "postgresql":
            return column.icontains(text, autoescape=True)
        return func.instr(getattr(func, FOLD)(column), text.casefold()) > 0


def _place(place: Place) -> Tuple:
    return tuple_(literal(place.at, contents.c.created_at.type), literal(place.id, contents.c.id.type))


def _delivery_condition(which: ContentFilter) -> list[ColumnElement[bool]] | None:
    """What one of its deliveries must be; None where nothing is asked of them."""
    asked: list[ColumnElement[bool]] = []
    if which.platform is not None:
        asked.append(deliveries.c.platform == which.platform)
    if which.account_id is not None:
        asked.append(deliveries.c.social_account_id == which.account_id)
    match which.state:
        case ContentState.FAILED:
            asked.append(_IS_FAILED)
        case ContentState.UNCONFIRMED:
            asked += [_IS_FAILED, _IS_UNCONFIRMED]
        case ContentState.PENDING | ContentState.RETRIED | ContentState.SUCCESS | ContentState.CANCELED:
            asked.append(deliveries.c.status == which.state.value)
        case _:
            pass
    return asked or None
