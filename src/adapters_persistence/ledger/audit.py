"""The audit log. Ids are UUIDv7, so their order is the order of time."""

from collections.abc import Collection, Sequence
from uuid import UUID

from attrs import frozen
from sqlalchemy import select

from adapters_persistence.ledger.rows import from_rows
from adapters_persistence.ledger.tables import audit_log
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.audit import AuditEntry


@frozen
class SqlAudit:
    unit: Unit

    async def add(self, *entries: AuditEntry) -> None:
        await self.unit.insert_later(audit_log, entries)

    async def of_user(self, user_id: UUID, limit: int, before: UUID | None = None) -> Sequence[AuditEntry]:
        found = select(audit_log).where(audit_log.c.user_id == user_id).order_by(audit_log.c.id.desc()).limit(limit)
        if before is not None:
            found = found.where(audit_log.c.id < before)
        return from_rows(await self.unit.rows(found), AuditEntry)

    async def since(self, user_ids: Collection[UUID], after: UUID, limit: int) -> Sequence[AuditEntry]:
        if not user_ids:
            return ()
        theirs = self.unit.among(audit_log.c.user_id, user_ids) & (audit_log.c.id > after)
        found = select(audit_log).where(theirs).order_by(audit_log.c.id).limit(limit)
        return from_rows(await self.unit.rows(found), AuditEntry)

    async def of_subject(self, subject_id: UUID) -> Sequence[AuditEntry]:
        found = select(audit_log).where(audit_log.c.subject_id == subject_id).order_by(audit_log.c.id)
        return from_rows(await self.unit.rows(found), AuditEntry)
