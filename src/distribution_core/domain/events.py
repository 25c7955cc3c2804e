"""Facts that others may want to hear of. They leave through the transactional outbox, ids only."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from attrs import frozen


class EventKind(StrEnum):
    CONTENT_SAVED = "content_saved"
    DELIVERIES_SELECTED = "deliveries_selected"
    DELIVERY_CHANGED = "delivery_changed"


@frozen(kw_only=True)
class OutboxEvent:
    """One fact, written in the transaction that made it true. `user_id` is whose, `subject_id` what changed."""

    id: UUID
    kind: EventKind
    user_id: UUID
    subject_id: UUID
    created_at: datetime
    sent_at: datetime | None = None
