"""Take content back: before its release nothing is sent at all, afterwards what is not yet being sent."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.audit import AuditAction
from distribution_core.domain.content import Content, Visibility
from distribution_core.domain.delivery import Delivery, DeliveryStatus
from distribution_core.domain.errors import ConflictError, NotFoundError
from distribution_core.domain.outcome import Failure, FailureKind
from distribution_core.ports.ledger import Transaction
from distribution_core.usecases.context import Context
from distribution_core.usecases.settle import record_change

_TRIES = 3
_WHY = Failure(kind=FailureKind.REFUSED, code="canceled", message="You canceled this before it was sent.")


class CancelOutcome(StrEnum):
    """What a cancel found a delivery to be. Only a `stopped` one has certainly not been posted by us."""

    STOPPED = "stopped"
    BEING_SENT = "being_sent"
    ALREADY_POSTED = "already_posted"
    UNCONFIRMED = "unconfirmed"
    FAILED_BEFORE = "failed_before"


@frozen(kw_only=True)
class Canceled:
    """The content as it is now, and what each of its deliveries was. Without deliveries nothing was sent at all."""

    content: Content
    deliveries: tuple[tuple[Delivery, CancelOutcome], ...] = ()


async def cancel_content(ctx: Context, user_id: UUID, content_id: UUID) -> Canceled:
    """Cancel; doing it again answers how things stand now. Raises NotFoundError, or ConflictError for private content."""
    async with ctx.ledger.begin() as tx:
        for _ in range(_TRIES):
            content = await tx.contents.get(content_id, user_id)
            if content is None:
                raise NotFoundError("There is no such content.")
            if content.visibility is Visibility.PRIVATE:
                raise ConflictError("private", "This is private: it is sent nowhere, so there is nothing to cancel.")
            if content.selected_at is not None:
                return await _stop(ctx, tx, content)
            if content.canceled_at is not None:
                return Canceled(content=content)
            canceled = evolve(content, canceled_at=tx.now, release_at=None, held_at=None, held_reason=None, updated_at=tx.now)
            # Released or edited a moment ago: then it is another content that is to be canceled.
            if await tx.contents.save_unreleased(canceled, was=content):
                await tx.audit.add(ctx.audit(AuditAction.CANCEL_CONTENT, tx.now, user_id, "content", content_id, released=False))
                return Canceled(content=canceled)
    raise ConflictError("busy", "This is just being changed. Try again.")


async def _stop(ctx: Context, tx: Transaction, content: Content) -> Canceled:
    stopped = await tx.commits.stop_idle(tx.now, _WHY, content_id=content.id)
    for delivery in stopped:
        await record_change(ctx, tx, delivery, reason="canceled")
    answer = _answer(await tx.deliveries.of_contents([content.id]))
    found = {str(delivery.id): outcome.value for delivery, outcome in answer}
    await tx.audit.add(
        ctx.audit(AuditAction.CANCEL_CONTENT, tx.now, content.user_id, "content", content.id, released=True, deliveries=found)
    )
    return Canceled(content=content, deliveries=answer)


def _answer(deliveries: Sequence[Delivery]) -> tuple[tuple[Delivery, CancelOutcome], ...]:
    return tuple((delivery, _outcome(delivery)) for delivery in deliveries)


def _outcome(delivery: Delivery) -> CancelOutcome:
    match delivery.status:
        case DeliveryStatus.CANCELED:
            return CancelOutcome.STOPPED
        case DeliveryStatus.SUCCESS:
            return CancelOutcome.ALREADY_POSTED
        case DeliveryStatus.FAILED:
            return CancelOutcome.UNCONFIRMED if delivery.is_unconfirmed else CancelOutcome.FAILED_BEFORE
        case _:
            return CancelOutcome.BEING_SENT
