"""Changes as live pages hear of them."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from distribution_core.usecases.changes import Change, ChangeKind


class ChangeOut(Struct, kw_only=True):
    """`subject_id` is the content, delivery, account or (a refreshed token) grant that changed by `action`."""

    kind: ChangeKind
    action: str
    at: datetime
    subject_id: UUID | None
    content_id: UUID | None
    account_id: UUID | None
    platform: str | None
    status: str | None

    @classmethod
    def of(cls, change: Change) -> "ChangeOut":
        return cls(
            kind=change.kind,
            action=change.action,
            at=change.at,
            subject_id=change.subject_id,
            content_id=change.content_id,
            account_id=change.account_id,
            platform=change.platform,
            status=change.status,
        )
