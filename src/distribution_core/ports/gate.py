"""The gate before the irreversible call: what is asked of it, and what it answers."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from attrs import frozen

from distribution_core.domain.delivery import Delivery
from distribution_core.domain.post import Post


class Gate(StrEnum):
    """The answer to "may the irreversible call be sent now?"."""

    OPEN = "open"
    LEASE_LOST = "lease_lost"
    SWITCHED_OFF = "switched_off"
    UNLINKED = "unlinked"
    TWIN_UNANSWERED = "twin_unanswered"


@frozen(kw_only=True)
class CommitRequest:
    """What is made durable before the irreversible call: the frozen post, and until when the call may last. `delivery` is
    as its worker holds it, with all that it has journalled."""

    delivery: Delivery
    post: Post
    payload_hash: str
    fingerprint: str
    external_account_id: str
    call_deadline: timedelta
    settle: timedelta

    @property
    def delivery_id(self) -> UUID:
        return self.delivery.id

    @property
    def fence(self) -> int:
        return self.delivery.fence
