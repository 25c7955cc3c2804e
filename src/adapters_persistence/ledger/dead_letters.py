"""Failed deliveries. Ids are UUIDv7, so their order is the order of making, and a place in it outlives a redrive."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from attrs import frozen
from sqlalchemy import ColumnElement, func, literal_column, select

from adapters_persistence.ledger.rows import from_rows
from adapters_persistence.ledger.tables import contents, deliveries, users
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import User
from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.outcome import FailureKind
from distribution_core.ports.dead_letters import DeadLetterCount, DeadLetterFilter

_IS_FAILED: ColumnElement[bool] = deliveries.c.status == literal_column("'failed'")
_KIND = deliveries.c.last_error["kind"].as_string()


@frozen
class SqlDeadLetters:
    unit: Unit

    async def page(self, user_id: UUID, which: DeadLetterFilter, limit: int, before: UUID | None = None) -> Sequence[Delivery]:
        found = select(deliveries).where(deliveries.c.user_id == user_id, _IS_FAILED)
        if which.platform is not None:
            found = found.where(deliveries.c.platform == which.platform)
        if which.kind is not None:
            found = found.where(deliveries.c.last_error["kind"].as_string() == which.kind.value)
        if which.ids is not None:
            found = found.where(deliveries.c.id.in_(which.ids))
        if before is not None:
            found = found.where(deliveries.c.id < before)
        return from_rows(await self.unit.rows(found.order_by(deliveries.c.id.desc()).limit(limit)), Delivery)

    async def counts(self, user_id: UUID) -> Sequence[DeadLetterCount]:
        kind, number = _KIND.label("kind"), func.count().label("number")
        failed = select(deliveries.c.platform, kind, number).where(
            deliveries.c.user_id == user_id, _IS_FAILED, _KIND.is_not(None)
        )
        rows = await self.unit.rows(failed.group_by(deliveries.c.platform, kind))
        found = [DeadLetterCount(platform=row["platform"], kind=FailureKind(row["kind"]), number=row["number"]) for row in rows]
        return sorted(found, key=lambda count: (count.platform, count.kind))

    async def owners(self, limit: int, after: UUID | None = None) -> Sequence[User]:
        failed = select(deliveries.c.user_id).where(_IS_FAILED).distinct()
        if after is not None:
            failed = failed.where(deliveries.c.user_id > after)
        found = select(users).where(users.c.id.in_(failed.order_by(deliveries.c.user_id).limit(limit))).order_by(users.c.id)
        return from_rows(await self.unit.rows(found), User)

    async def contents(self, user_id: UUID, content_ids: Collection[UUID]) -> Mapping[UUID, Content]:
        found = select(contents).where(contents.c.user_id == user_id, contents.c.id.in_(content_ids))
        return {content.id: content for content in from_rows(await self.unit.rows(found), Content)}
