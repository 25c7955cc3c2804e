"""The audit log's lines."""

from uuid import UUID

from distribution_core.domain.audit import AuditAction, AuditEntry
from tests.domain.strategies import NOW


def test_a_line_that_says_no_more_has_no_details() -> None:
    entry = AuditEntry(id=UUID(int=1), at=NOW, user_id=None, action=AuditAction.LOGOUT)
    assert (entry.subject, entry.subject_id, dict(entry.detail)) == (None, None, {})
