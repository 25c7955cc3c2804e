"""The audit log, in the order of its ids, which are made in the order of time."""

from collections.abc import Collection, Sequence
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.audit import AuditEntry
from distribution_core.ports.ledger import Audit
from distribution_core.testing.memory_ledger.state import Unit, as_json


@frozen
class MemoryAudit:
    unit: Unit

    async def add(self, *entries: AuditEntry) -> None:
        self.unit.rows.audit.update((entry.id, _as_stored(entry)) for entry in entries)

    async def of_user(self, user_id: UUID, limit: int, before: UUID | None = None) -> Sequence[AuditEntry]:
        own = [entry for entry in self.unit.rows.audit.values() if entry.user_id == user_id]
        unseen = [entry for entry in own if before is None or entry.id < before]
        return sorted(unseen, key=lambda entry: entry.id, reverse=True)[:limit]

    async def since(self, user_ids: Collection[UUID], after: UUID, limit: int) -> Sequence[AuditEntry]:
        theirs = [entry for entry in self.unit.rows.audit.values() if entry.user_id in user_ids and entry.id > after]
        return sorted(theirs, key=lambda entry: entry.id)[:limit]

    async def of_subject(self, subject_id: UUID) -> Sequence[AuditEntry]:
        found = [entry for entry in self.unit.rows.audit.values() if entry.subject_id == subject_id]
        return sorted(found, key=lambda entry: entry.id)


def _as_stored(entry: AuditEntry) -> AuditEntry:
    detail = as_json(entry.detail)
    return entry if detail == entry.detail else evolve(entry, detail=detail)


_: type[Audit] = MemoryAudit
