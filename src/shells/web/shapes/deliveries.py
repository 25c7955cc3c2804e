"""Deliveries and what can be done about them, as JSON."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.delivery import Attempt, Delivery, DeliveryStatus
from distribution_core.domain.outcome import Failure, FailureKind
from distribution_core.domain.selection import Exclusion
from distribution_core.domain.settling import NEEDS_RECONNECT
from distribution_core.usecases.resolve import POST_ID_CHARS_MAX
from shells.web.shapes.content import ContentOut


class ErrorOut(Struct, kw_only=True):
    kind: str
    code: str | None
    message: str

    @classmethod
    def of(cls, failure: Failure | None) -> "ErrorOut | None":
        return None if failure is None else cls(kind=failure.kind.value, code=failure.code, message=failure.message)


class AttemptOut(Struct, kw_only=True):
    number: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    error: ErrorOut | None

    @classmethod
    def of(cls, attempt: Attempt) -> "AttemptOut":
        return cls(
            number=attempt.number,
            started_at=attempt.started_at,
            finished_at=attempt.finished_at,
            outcome=attempt.outcome,
            error=ErrorOut.of(attempt.error),
        )


class Action(StrEnum):
    """What a person can do about a delivery now, the one that helps first: `look` and `resolve` go together, and so does
    `edit` with the resending of what was edited."""

    EDIT = "edit"
    RETRY = "retry"
    RECONNECT = "reconnect"
    CANCEL = "cancel"
    LOOK = "look"
    RESOLVE = "resolve"


class ResolveOutcome(StrEnum):
    POSTED = "posted"
    NOT_POSTED = "not_posted"


class ResolveIn(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a person found on the platform. The post's id, where known, keeps it from being taken for another's."""

    outcome: ResolveOutcome
    external_post_id: Annotated[str, Meta(min_length=1, max_length=POST_ID_CHARS_MAX)] | None = None


class DeliveryOut(Struct, kw_only=True):
    """One content on one account. `unconfirmed`: it may or may not be posted, and only a person can tell. `sent_at` is
    when the call that publishes was first allowed, `look_url` where to see whether it is there."""

    id: UUID
    content_id: UUID
    account_id: UUID
    account_name: str | None
    platform: str
    status: str
    being_sent: bool
    unconfirmed: bool
    attempts: int
    last_error: ErrorOut | None
    wait_reason: str | None
    next_try_at: datetime | None
    external_post_id: str | None
    permalink: str | None
    sent_at: datetime | None
    look_url: str | None
    actions: list[Action]
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    history: list[AttemptOut] | UnsetType = UNSET

    @classmethod
    def of(cls, delivery: Delivery, account: SocialAccount | None, look_url: str | None = None) -> "DeliveryOut":
        return cls(
            id=delivery.id,
            content_id=delivery.content_id,
            account_id=delivery.social_account_id,
            account_name=account.display_name if account else None,
            platform=delivery.platform,
            status=delivery.status,
            being_sent=delivery.being_sent,
            unconfirmed=delivery.is_unconfirmed,
            attempts=delivery.attempts,
            last_error=ErrorOut.of(delivery.last_error),
            wait_reason=delivery.wait_reason,
            next_try_at=delivery.due_at,
            external_post_id=delivery.external_post_id,
            permalink=delivery.permalink,
            sent_at=delivery.committing_at,
            look_url=delivery.permalink or look_url,
            actions=actions(delivery),
            created_at=delivery.created_at,
            updated_at=delivery.updated_at,
            finished_at=delivery.finished_at,
        )


def actions(delivery: Delivery) -> list[Action]:
    """The next steps that make sense; none while it goes its way or is done."""
    if delivery.is_unconfirmed:
        return [Action.LOOK, Action.RESOLVE]
    match delivery.status:
        case DeliveryStatus.FAILED:
            rejected = delivery.last_error is not None and delivery.last_error.kind is FailureKind.REJECTED_CONTENT
            return [Action.EDIT, Action.RETRY] if rejected else [Action.RETRY]
        case DeliveryStatus.PENDING | DeliveryStatus.RETRIED if not delivery.being_sent:
            parked = delivery.wait_reason == NEEDS_RECONNECT
            return [Action.RECONNECT, Action.CANCEL] if parked else [Action.CANCEL]
        case _:
            return []


class SkippedOut(Struct, kw_only=True):
    """An account that was left out of a content, and why."""

    account_id: UUID
    account_name: str | None
    platform: str | None
    code: str
    reason: str

    @classmethod
    def of(cls, exclusion: Exclusion, account: SocialAccount | None) -> "SkippedOut":
        return cls(
            account_id=exclusion.social_account_id,
            account_name=account.display_name if account else None,
            platform=account.platform if account else None,
            code=exclusion.code,
            reason=exclusion.reason,
        )


class DeliveriesOut(Struct, kw_only=True):
    """`next_before`: there may be more, beyond this one."""

    deliveries: list[DeliveryOut]
    skipped: list[SkippedOut]
    next_before: UUID | None = None


class CanceledDelivery(Struct, kw_only=True):
    """`outcome`: stopped, being_sent, already_posted, unconfirmed or failed_before. Only a stopped one is certainly not
    posted by us."""

    delivery: DeliveryOut
    outcome: str


class CanceledOut(Struct, kw_only=True):
    """`nothing_sent`: it was taken back before it left, so that no account will ever see it."""

    content: ContentOut
    nothing_sent: bool
    deliveries: list[CanceledDelivery]


class RedrivenOut(Struct, kw_only=True):
    """What is sent again, and what is not: by delivery, with why."""

    again: list[UUID]
    skipped: dict[str, str]


class ActivityItem(Struct, kw_only=True):
    content: ContentOut
    deliveries: list[DeliveryOut]
    skipped: list[SkippedOut]


class ContentOrder(StrEnum):
    """`scheduled`: only what is still to leave, next first."""

    NEWEST = "newest"
    SCHEDULED = "scheduled"


class ContentListOut(Struct, kw_only=True):
    """`next_after` continues the list, whatever changes meanwhile; null at its end."""

    items: list[ActivityItem]
    next_after: str | None


class ActivityOut(Struct, kw_only=True):
    """Newest first. `next_before` continues the list; null at its end."""

    items: list[ActivityItem]
    next_before: UUID | None
