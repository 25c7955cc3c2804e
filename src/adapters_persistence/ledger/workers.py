"""Who polls, and how far behind the work is."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, Select, and_, exists, func, literal_column, or_, select, text

from adapters_persistence.ledger.delivery_conditions import IS_OPEN, select_claimable
from adapters_persistence.ledger.tables import TURN, contents, deliveries, grants, outbox, social_accounts, workers
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import AccountStatus
from distribution_core.domain.delivery import DeliveryStatus
from distribution_core.ports.ledger import COUNT_MAX, QueueStats

_BEAT = text(
    "INSERT INTO workers (worker, polled_at, serves) VALUES (:worker, :now, :serves)"
    " ON CONFLICT (worker) DO UPDATE SET polled_at = excluded.polled_at, serves = excluded.serves"
)


@frozen
class SqlWorkers:
    unit: Unit

    async def beat(self, worker: str, serves: Collection[str] | None = None) -> None:
        named = None if serves is None else " ".join(sorted(serves))
        if self.unit.dialect == "postgresql":
            self.unit.later(_BEAT, {"worker": worker, "now": self.unit.now, "serves": named})
            return
        seen = self.unit.insert(workers).values(worker=worker, polled_at=self.unit.now, serves=named)
        again = {name: seen.excluded[name] for name in ("polled_at", "serves")}
        await self.unit.change(seen.on_conflict_do_update(index_elements=["worker"], set_=again))

    async def stats(self, platforms: Collection[str] | None = None) -> QueueStats:
        now = self.unit.now
        due, oldest = await (self._due() if platforms is None else self._due_of(platforms))
        polled = await self.unit.scalar(select(func.max(workers.c.polled_at, type_=workers.c.polled_at.type)))
        waits = (contents.c.selected_at.is_(None), contents.c.release_at.is_not(None), contents.c.release_at <= now)
        unreleased = await self.unit.scalar(select(contents.c.release_at).where(*waits).order_by(contents.c.release_at).limit(1))
        oldest = min((at for at in (oldest, unreleased) if at is not None), default=None)
        unsent = select(outbox.c.id).where(outbox.c.sent_at.is_(None))
        return QueueStats(
            due=due,
            oldest_due_age_s=_age(oldest, now),
            outbox_unsent=await self._count(unsent),
            last_poll_age_s=_age(polled, now),
            by_status={
                status: await self._count(select(deliveries.c.id).where(*_has_status(status))) for status in DeliveryStatus
            },
        )

    async def due_platforms(self) -> Collection[str]:
        oldest = select_claimable(self.unit.now, deliveries.c.platform).order_by(deliveries.c.due_at, deliveries.c.id)
        some = oldest.limit(COUNT_MAX).subquery()
        return [row["platform"] for row in await self.unit.rows(select(some.c.platform).distinct())]

    async def next_due(self) -> datetime | None:
        now = self.unit.now
        waits = contents.c.selected_at.is_(None) & contents.c.release_at.is_not(None) & (contents.c.release_at > now)
        release = select(contents.c.release_at).where(waits).order_by(contents.c.release_at).limit(1)
        open_after = select(deliveries.c.due_at).where(IS_OPEN, deliveries.c.due_at > now).order_by(deliveries.c.due_at).limit(1)
        open_after = open_after.with_hint(deliveries, "INDEXED BY ix_deliveries_due", "sqlite")
        row = await self.unit.row(
            select(release.scalar_subquery().label("release"), open_after.scalar_subquery().label("delivery"))
        )
        return min((at for at in row.values() if at is not None), default=None) if row else None

    async def expiring(self, within: timedelta) -> Mapping[str, int]:
        """A grant with a refresh token lives until that expires, one without until its access token does."""
        now, until = self.unit.now, self.unit.now + within
        columns = grants.c
        renewed, spent = columns.refresh_token.is_not(None), columns.refresh_token.is_(None)
        ends = or_(
            and_(renewed, columns.refresh_expires_at > now, columns.refresh_expires_at <= until),
            and_(spent, columns.access_expires_at > now, columns.access_expires_at <= until),
        )
        linked = exists().where(social_accounts.c.grant_id == columns.id, social_accounts.c.unlinked_at.is_(None))
        found = select(columns.platform).where(ends, columns.status == AccountStatus.VALID.value, linked).limit(COUNT_MAX)
        some = found.subquery()
        counted = select(some.c.platform, func.count().label("number")).group_by(some.c.platform)
        return {row["platform"]: row["number"] for row in await self.unit.rows(counted)}

    async def _due(self) -> tuple[int, datetime | None]:
        oldest = select_claimable(self.unit.now, deliveries.c.due_at).order_by(deliveries.c.due_at, deliveries.c.id).limit(1)
        return await self._count(select_claimable(self.unit.now, deliveries.c.id)), await self.unit.scalar(oldest)

    async def _due_of(self, platforms: Collection[str]) -> tuple[int, datetime | None]:
        """Read in turn, platform by platform, so that another's backlog is not waded through to find what is not its."""
        turn = text(TURN) if self.unit.dialect == "postgresql" else deliveries.c.due_at
        found: list[tuple[int, datetime | None]] = []
        for platform in platforms:
            due = select_claimable(self.unit.now, deliveries.c.due_at).where(deliveries.c.platform == platform)
            some = due.order_by(turn).limit(COUNT_MAX).subquery()
            first = func.min(some.c.due_at, type_=deliveries.c.due_at.type).label("first")
            row = await self.unit.row(select(func.count().label("number"), first).select_from(some))
            if row is not None:
                found.append((row["number"], row["first"]))
        return min(sum(number for number, _ in found), COUNT_MAX), min((at for _, at in found if at is not None), default=None)

    async def _count(self, found: Select[Any]) -> int:
        return int(await self.unit.scalar(select(func.count()).select_from(found.limit(COUNT_MAX).subquery())))


def _has_status(status: DeliveryStatus) -> Sequence[ColumnElement[bool]]:
    """Spelt out as the partial indexes are, so that they serve it."""
    named: ColumnElement[bool] = deliveries.c.status == literal_column(f"'{status.value}'")
    return (IS_OPEN, named) if status in (DeliveryStatus.PENDING, DeliveryStatus.RETRIED) else (named,)


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else (now - at).total_seconds()
