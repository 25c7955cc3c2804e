"""Who polls, and how far behind the work is."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from attrs import frozen

from distribution_core.domain.account import AccountStatus
from distribution_core.ports.ledger import QueueStats, Workers
from distribution_core.testing.memory_ledger.deliveries import is_claimable, is_open
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryWorkers:
    unit: Unit

    async def beat(self, worker: str, serves: Collection[str] | None = None) -> None:
        self.unit.rows.workers[worker] = self.unit.now
        self.unit.rows.serves[worker] = None if serves is None else frozenset(serves)

    async def stats(self, platforms: Collection[str] | None = None) -> QueueStats:
        rows, now = self.unit.rows, self.unit.now
        of = [each for each in rows.deliveries.values() if platforms is None or each.platform in platforms]
        due = [each.due_at for each in of if each.due_at and is_claimable(each, now)]
        waiting = (each.release_at for each in rows.contents.values() if each.selected_at is None)
        unreleased = (at for at in waiting if at is not None and at <= now)
        return QueueStats(
            due=len(due),
            oldest_due_age_s=_age(min((*due, *unreleased), default=None), now),
            outbox_unsent=sum(event.sent_at is None for event in rows.outbox.values()),
            last_poll_age_s=_age(max(rows.workers.values(), default=None), now),
            by_status=Counter(delivery.status for delivery in rows.deliveries.values()),
        )

    async def due_platforms(self) -> Collection[str]:
        return {each.platform for each in self.unit.rows.deliveries.values() if is_claimable(each, self.unit.now)}

    async def next_due(self) -> datetime | None:
        rows, now = self.unit.rows, self.unit.now
        releases = (each.release_at for each in rows.contents.values() if each.selected_at is None)
        dues = (each.due_at for each in rows.deliveries.values() if is_open(each))
        return min((at for at in (*releases, *dues) if at is not None and at > now), default=None)

    async def expiring(self, within: timedelta) -> Mapping[str, int]:
        rows, now = self.unit.rows, self.unit.now
        linked = {account.grant_id for account in rows.accounts.values() if account.is_linked}
        ends = {
            grant.id: grant.access_expires_at if grant.refresh_token is None else grant.refresh_expires_at
            for grant in rows.grants.values()
        }
        return Counter(
            grant.platform
            for grant in rows.grants.values()
            if grant.id in linked
            and grant.status is AccountStatus.VALID
            and (end := ends[grant.id]) is not None
            and now < end <= now + within
        )


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else (now - at).total_seconds()


_: type[Workers] = MemoryWorkers
