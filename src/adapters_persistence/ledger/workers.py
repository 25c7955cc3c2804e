"""Who polls, and how far behind the work is."""

from datetime import datetime

from attrs import frozen
from sqlalchemy import func, select

from adapters_persistence.ledger.delivery_conditions import IS_OPEN, select_claimable
from adapters_persistence.ledger.tables import contents, deliveries, outbox, workers
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.delivery import DeliveryStatus
from distribution_core.ports.ledger import QueueStats


@frozen
class SqlWorkers:
    unit: Unit

    async def beat(self, worker: str) -> None:
        seen = self.unit.insert(workers).values(worker=worker, polled_at=self.unit.now)
        again = {"polled_at": seen.excluded["polled_at"]}
        await self.unit.change(seen.on_conflict_do_update(index_elements=["worker"], set_=again))

    async def stats(self) -> QueueStats:
        now = self.unit.now
        oldest = func.min(deliveries.c.due_at, type_=deliveries.c.due_at.type).label("oldest")
        due = await self.unit.row(select_claimable(now, func.count().label("due"), oldest))
        unsent = await self.unit.scalar(select(func.count()).select_from(outbox).where(outbox.c.sent_at.is_(None)))
        polled = await self.unit.scalar(select(func.max(workers.c.polled_at, type_=workers.c.polled_at.type)))
        counted = await self.unit.rows(select(deliveries.c.status, func.count().label("number")).group_by(deliveries.c.status))
        return QueueStats(
            due=due["due"] if due else 0,
            oldest_due_age_s=_age(due["oldest"] if due else None, now),
            outbox_unsent=int(unsent),
            last_poll_age_s=_age(polled, now),
            by_status={DeliveryStatus(row["status"]): row["number"] for row in counted},
        )

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


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else (now - at).total_seconds()
