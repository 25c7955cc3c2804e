"""Deliveries around the irreversible call."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from attrs import frozen
from sqlalchemy import ColumnElement, RowMapping, and_, exists, func, literal_column, select, update

from adapters_persistence.ledger.delivery_conditions import IS_IDLE, IS_OPEN, IS_SENT, IS_UNSENT
from adapters_persistence.ledger.gates import place_lock
from adapters_persistence.ledger.rows import from_rows, to_json
from adapters_persistence.ledger.tables import deliveries, social_accounts
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.delivery import Delivery, DeliveryStatus, Phase
from distribution_core.domain.outcome import Failure, FailureKind
from distribution_core.domain.settling import NEEDS_RECONNECT
from distribution_core.ports.gate import CommitRequest, Gate
from distribution_core.ports.ledger import Neighbours

_OPEN_STATUSES = (DeliveryStatus.PENDING.value, DeliveryStatus.RETRIED.value)


@frozen
class SqlCommits:
    unit: Unit

    async def open_gate(self, request: CommitRequest) -> Gate:
        """The decision is the one conditional UPDATE; what is read before only orders it after its rivals."""
        now = self.unit.now
        lease_until = await self._await_rivals(request)
        lease_until = max(lease_until or now, now + request.call_deadline)
        ask_after = lease_until + request.call_deadline + request.settle
        opened = (
            update(deliveries)
            .where(self._may_open(request))
            .values(
                phase=Phase.COMMITTING.value,
                post=to_json(request.post),
                payload_hash=request.payload_hash,
                fingerprint=request.fingerprint,
                committing_at=func.coalesce(deliveries.c.committing_at, now, type_=deliveries.c.committing_at.type),
                lease_until=lease_until,
                ask_after=ask_after,
                due_at=ask_after,
                updated_at=now,
            )
        )
        if await self.unit.change(opened) == 1:
            return Gate.OPEN
        return await self._why_shut(request)

    async def stop_idle(
        self, now: datetime, why: Failure, *, account_id: UUID | None = None, content_id: UUID | None = None
    ) -> Sequence[Delivery]:
        stopped = (
            update(deliveries)
            .where(IS_OPEN, IS_UNSENT)
            .values(
                status=DeliveryStatus.CANCELED.value,
                lease_owner=None,
                lease_until=None,
                due_at=None,
                wait_reason=None,
                last_error=to_json(why),
                finished_at=now,
                updated_at=now,
            )
            .returning(*deliveries.c)
        )
        if account_id is not None:
            stopped = stopped.where(deliveries.c.social_account_id == account_id)
        if content_id is not None:
            stopped = stopped.where(deliveries.c.content_id == content_id)
        return _in_order(from_rows(await self.unit.rows(stopped), Delivery))

    async def unpark(self, account_id: UUID, now: datetime) -> Sequence[Delivery]:
        """Their reason to wait goes too: should the account be lost again, they wait again."""
        unparked = (
            update(deliveries)
            .where(deliveries.c.social_account_id == account_id, IS_OPEN, deliveries.c.wait_reason == NEEDS_RECONNECT)
            .values(due_at=now, wait_reason=None, updated_at=now)
            .returning(*deliveries.c)
        )
        return _in_order(from_rows(await self.unit.rows(unparked), Delivery))

    async def neighbours(self, delivery_id: UUID, since: datetime) -> Neighbours:
        mine, other = deliveries.alias("mine"), deliveries.alias("other")
        my_account, its_account = social_accounts.alias("my_account"), social_accounts.alias("its_account")
        places = (
            select(its_account.c.id)
            .select_from(
                mine.join(my_account, my_account.c.id == mine.c.social_account_id).join(
                    its_account,
                    (its_account.c.platform == my_account.c.platform)
                    & (its_account.c.external_account_id == my_account.c.external_account_id),
                )
            )
            .where(mine.c.id == delivery_id)
        )
        own = select(mine.c.fingerprint).where(mine.c.id == delivery_id).scalar_subquery()
        found = select(
            other.c.external_post_id, other.c.status, other.c.last_error, (other.c.fingerprint == own).label("is_twin")
        ).where(other.c.social_account_id.in_(places), other.c.id != delivery_id, other.c.finished_at >= since)
        rows = await self.unit.rows(found)
        return Neighbours(
            post_ids=frozenset(row["external_post_id"] for row in rows if row["external_post_id"] is not None),
            doubtful=any(row["is_twin"] and _is_doubtful(row) for row in rows),
        )

    async def unanswered(self, account_id: UUID) -> int:
        count = select(func.count()).where(deliveries.c.social_account_id == account_id, IS_OPEN, IS_SENT)
        return int(await self.unit.scalar(count))

    async def _await_rivals(self, request: CommitRequest) -> datetime | None:
        """When the delivery's lease ends. On PostgreSQL this also waits for whoever opens the gate for a twin, or
        switches the account, at this moment; SQLite's one writer needs no such order."""
        account, mine = social_accounts.c, deliveries.c
        joined = deliveries.join(social_accounts, account.id == mine.social_account_id)
        read = select(mine.lease_until, account.platform, account.external_account_id)
        read = read.select_from(joined).where(mine.id == request.delivery_id)
        if self.unit.dialect == "postgresql":
            read = read.with_for_update(read=True, of=social_accounts)
        row = await self.unit.row(read)
        if row is not None and self.unit.dialect == "postgresql":
            lock = place_lock(row["platform"], row["external_account_id"], request.fingerprint)
            await self.unit.row(select(func.pg_advisory_xact_lock(lock)))
        return row["lease_until"] if row else None

    def _may_open(self, request: CommitRequest) -> ColumnElement[bool]:
        account = social_accounts.alias("account")
        ready = exists().where(
            account.c.id == deliveries.c.social_account_id, account.c.is_active.is_(True), account.c.unlinked_at.is_(None)
        )
        twin, its_account = deliveries.alias("twin"), social_accounts.alias("its_account")
        same_place = exists(
            select(1)
            .select_from(
                twin.join(its_account, its_account.c.id == twin.c.social_account_id).join(
                    account,
                    (account.c.platform == its_account.c.platform)
                    & (account.c.external_account_id == its_account.c.external_account_id),
                )
            )
            .where(
                twin.c.fingerprint == request.fingerprint,
                twin.c.status.in_([literal_column("'pending'"), literal_column("'retried'")]),
                twin.c.committing_at.is_not(None),
                twin.c.id != deliveries.c.id,
                account.c.id == deliveries.c.social_account_id,
            )
        )
        return and_(
            deliveries.c.id == request.delivery_id,
            deliveries.c.fence == request.fence,
            deliveries.c.lease_until > self.unit.now,
            IS_OPEN,
            IS_IDLE,
            IS_SENT | ready,
            ~same_place,
        )

    async def _why_shut(self, request: CommitRequest) -> Gate:
        joined = deliveries.join(social_accounts, social_accounts.c.id == deliveries.c.social_account_id)
        columns = (*_GATE_COLUMNS, social_accounts.c.is_active, social_accounts.c.unlinked_at)
        row = await self.unit.row(select(*columns).select_from(joined).where(deliveries.c.id == request.delivery_id))
        if row is None or not _is_held(row, request.fence, self.unit.now):
            return Gate.LEASE_LOST
        if row["committing_at"] is None and row["unlinked_at"] is not None:
            return Gate.UNLINKED
        off = row["committing_at"] is None and not row["is_active"]
        return Gate.SWITCHED_OFF if off else Gate.TWIN_UNANSWERED


_GATE_COLUMNS = (
    deliveries.c.fence,
    deliveries.c.lease_until,
    deliveries.c.status,
    deliveries.c.phase,
    deliveries.c.committing_at,
)


def _is_doubtful(row: RowMapping) -> bool:
    if row["status"] == DeliveryStatus.FAILED.value:
        return bool((row["last_error"] or {}).get("kind") == FailureKind.UNCONFIRMED.value)
    return bool(row["status"] == DeliveryStatus.SUCCESS.value and row["external_post_id"] is None)


def _is_held(row: RowMapping, fence: int, now: datetime) -> bool:
    return (
        row["fence"] == fence
        and row["lease_until"] is not None
        and row["lease_until"] > now
        and row["status"] in _OPEN_STATUSES
        and row["phase"] == Phase.IDLE.value
    )


def _in_order(found: Sequence[Delivery]) -> Sequence[Delivery]:
    return sorted(found, key=lambda delivery: (delivery.created_at, delivery.id))
