"""One content for one social account: the unit that is retried, counted and shown."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from attrs import field, frozen

from distribution_core.domain.outcome import Failure, FailureKind
from distribution_core.domain.post import Post


class DeliveryStatus(StrEnum):
    """`retried`: at least one try did not succeed, and it will be tried again or waits for a reconnect."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"
    RETRIED = "retried"
    CANCELED = "canceled"


class Phase(StrEnum):
    """Where the journal stands. `committing`: the irreversible call may have been sent and has no answer yet."""

    IDLE = "idle"
    COMMITTING = "committing"
    PROCESSING = "processing"


class Event(StrEnum):
    """What can happen to a delivery."""

    PUBLISHED = "published"
    WILL_RETRY = "will_retry"
    GAVE_UP = "gave_up"
    LEFT_UNCONFIRMED = "left_unconfirmed"
    STOPPED = "stopped"
    REDRIVEN = "redriven"
    RESOLVED_POSTED = "resolved_posted"
    RESOLVED_NOT_POSTED = "resolved_not_posted"
    PROVEN = "proven"


@frozen(kw_only=True)
class Delivery:
    """The state of one delivery.

    `fence` grows with every claim and `takeovers` with every claim of an expired lease; `attempts` counts only
    tries that cost one. `handles` is the journal: ids and offsets that the platform gave. `post` and
    `payload_hash` freeze what was sent. `committing_at` is the first commit that may have had an effect; a refusal that
    proves there was none clears it. `ask_after` is the earliest time a lost answer may be asked about.
    `opened_at` is when it began, or was last redriven by a person. `wait_reason` says what it waits for.
    """

    id: UUID
    content_id: UUID
    social_account_id: UUID
    user_id: UUID
    platform: str
    status: DeliveryStatus = DeliveryStatus.PENDING
    phase: Phase = Phase.IDLE
    attempts: int = 0
    takeovers: int = 0
    fence: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None
    due_at: datetime | None
    handles: Mapping[str, Any] = field(factory=dict)
    post: Post | None = None
    payload_hash: str | None = None
    fingerprint: str | None = None
    committing_at: datetime | None = None
    ask_after: datetime | None = None
    wait_reason: str | None = None
    last_error: Failure | None = None
    external_post_id: str | None = None
    permalink: str | None = None
    opened_at: datetime
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None = None

    @property
    def being_sent(self) -> bool:
        """Open, and a post may be visible: too late to stop it, and a refusal of a further try proves nothing."""
        return self.status in (DeliveryStatus.PENDING, DeliveryStatus.RETRIED) and self.committing_at is not None

    @property
    def is_unconfirmed(self) -> bool:
        """Failed without anyone knowing whether a post is visible: only a person or proof moves it."""
        return (
            self.status is DeliveryStatus.FAILED
            and self.last_error is not None
            and self.last_error.kind is FailureKind.UNCONFIRMED
        )


@frozen(kw_only=True)
class Attempt:
    """One try, written before it starts. `late_answer` is what the platform told a worker that had lost its lease."""

    id: UUID
    delivery_id: UUID
    fence: int
    number: int
    worker: str
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str | None = None
    error: Failure | None = None
    late_answer: Mapping[str, Any] | None = None


class TransitionError(ValueError):
    """The event cannot happen to a delivery in this state."""


_OPEN = (DeliveryStatus.PENDING, DeliveryStatus.RETRIED)

TRANSITIONS: Mapping[tuple[DeliveryStatus, Event], DeliveryStatus] = {
    **{(status, Event.PUBLISHED): DeliveryStatus.SUCCESS for status in _OPEN},
    **{(status, Event.WILL_RETRY): DeliveryStatus.RETRIED for status in _OPEN},
    **{(status, Event.GAVE_UP): DeliveryStatus.FAILED for status in _OPEN},
    **{(status, Event.LEFT_UNCONFIRMED): DeliveryStatus.FAILED for status in _OPEN},
    **{(status, Event.STOPPED): DeliveryStatus.CANCELED for status in _OPEN},
    (DeliveryStatus.FAILED, Event.PROVEN): DeliveryStatus.SUCCESS,
    (DeliveryStatus.FAILED, Event.REDRIVEN): DeliveryStatus.RETRIED,
    (DeliveryStatus.FAILED, Event.RESOLVED_POSTED): DeliveryStatus.SUCCESS,
    (DeliveryStatus.FAILED, Event.RESOLVED_NOT_POSTED): DeliveryStatus.RETRIED,
}
"""Every change of status there is. `success` and `canceled` are final: they start no row."""

_ONLY_UNCONFIRMED = (Event.RESOLVED_POSTED, Event.RESOLVED_NOT_POSTED, Event.PROVEN)


def next_status(delivery: Delivery, event: Event) -> DeliveryStatus:
    """The status after `event`. Raises TransitionError where the table, or an unconfirmed outcome, forbids it."""
    after = TRANSITIONS.get((delivery.status, event))
    if after is None:
        raise TransitionError(f"a delivery that is {delivery.status} cannot be {event}")
    if event in _ONLY_UNCONFIRMED and not delivery.is_unconfirmed:
        raise TransitionError("only an unconfirmed delivery can be resolved")
    if event is Event.REDRIVEN and delivery.is_unconfirmed:
        raise TransitionError("an unconfirmed delivery must be resolved first: it may already be posted")
    if event is Event.STOPPED and (delivery.being_sent or delivery.phase is not Phase.IDLE):
        raise TransitionError("this delivery is already being sent")
    return after
