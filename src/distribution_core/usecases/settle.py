"""Write what came of a try: delivery, audit row and event in one transaction, compared with the fence."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import evolve

from distribution_core.domain.audit import AuditAction, AuditEntry
from distribution_core.domain.delivery import Attempt, Delivery, DeliveryStatus
from distribution_core.domain.events import EventKind
from distribution_core.domain.outcome import (
    Absent,
    CannotAsk,
    Failure,
    FailureKind,
    Finding,
    Found,
    Outcome,
    Processing,
    Published,
    Refuted,
    Unknown,
    failure_of,
)
from distribution_core.domain.settling import Moment, after_finding, after_outcome, unconfirmed
from distribution_core.ports.ledger import DuplicateError, Transaction
from distribution_core.usecases.context import Context
from distribution_core.usecases.finish_unlink import finish_unlink

_ACTIONS = {
    DeliveryStatus.SUCCESS: AuditAction.POST_SUCCESS,
    DeliveryStatus.FAILED: AuditAction.POST_FAILED,
    DeliveryStatus.RETRIED: AuditAction.POST_RETRIED,
    DeliveryStatus.CANCELED: AuditAction.POST_CANCELED,
    DeliveryStatus.PENDING: AuditAction.POST_PROCESSING,
}


async def settle_outcome(
    ctx: Context, delivery: Delivery, attempt: Attempt, outcome: Outcome, *, sent_before: bool
) -> Delivery | None:
    """Write an outcome of prepare or commit; `sent_before`: an earlier commit may have had its effect. None: the lease was
    lost, and the answer stands with its attempt."""

    def decide(moment: Moment) -> Delivery:
        return after_outcome(delivery, outcome, moment, sent_before=sent_before)

    return await _settle(ctx, delivery, attempt, decide, outcome)


async def settle_finding(ctx: Context, delivery: Delivery, attempt: Attempt, finding: Finding) -> Delivery | None:
    """Write what a reconcile found. None: the lease was lost."""

    def decide(moment: Moment) -> Delivery:
        return after_finding(delivery, finding, moment)

    return await _settle(ctx, delivery, attempt, decide, finding)


async def record_change(ctx: Context, tx: Transaction, delivery: Delivery, **detail: Any) -> None:
    """The audit row and the event that belong to a changed delivery, in its transaction."""
    await tx.audit.add(delivery_audit(ctx, tx, delivery, _ACTIONS[delivery.status], **detail))
    await tx.outbox.add(ctx.event(EventKind.DELIVERY_CHANGED, tx.now, delivery.user_id, delivery.id))


def delivery_audit(ctx: Context, tx: Transaction, delivery: Delivery, action: AuditAction, **detail: Any) -> AuditEntry:
    facts: dict[str, Any] = {
        "content_id": str(delivery.content_id),
        "account_id": str(delivery.social_account_id),
        "platform": delivery.platform,
        "status": delivery.status.value,
        "phase": delivery.phase.value,
        "attempts": delivery.attempts,
    }
    if delivery.last_error is not None:
        facts["error"] = {
            "kind": delivery.last_error.kind.value,
            "code": delivery.last_error.code,
            "message": delivery.last_error.message,
        }
    if delivery.external_post_id is not None:
        facts["external_post_id"] = delivery.external_post_id
    return ctx.audit(action, tx.now, delivery.user_id, "delivery", delivery.id, **(facts | detail))


async def prove(ctx: Context, delivery_id: UUID) -> Delivery | None:
    """Settle an unconfirmed delivery by a late answer that one of its attempts got; None when there is no proof."""
    async with ctx.ledger.begin() as tx:
        delivery = await tx.deliveries.get(delivery_id)
        if delivery is None or not delivery.is_unconfirmed:
            return None
        publication = late_publication(await tx.attempts.of_delivery(delivery_id))
        if publication is None:
            return None
        proven = after_finding(delivery, Found(publication=publication), _moment(ctx, tx))
        if not await tx.deliveries.save(proven, was=delivery):
            return None
        await record_change(ctx, tx, proven, proof="late answer")
        return proven


def late_publication(attempts: Sequence[Attempt]) -> Published | None:
    """The publication that a worker heard of after it had lost its lease, if any did."""
    for attempt in attempts:
        late = attempt.late_answer or {}
        if late.get("outcome") == "published":
            return Published(external_post_id=str(late["external_post_id"]), permalink=late.get("permalink"))
    return None


def late_handles(attempts: Sequence[Attempt]) -> Mapping[str, Any]:
    """Handles that a late *processing* answer brought: something to ask by."""
    found: dict[str, Any] = {}
    for attempt in attempts:
        late = attempt.late_answer or {}
        if late.get("outcome") == "processing":
            found.update(late.get("handles", {}))
    return found


def answer_json(answer: Outcome | Finding) -> dict[str, Any]:
    """An answer as it is kept with its attempt. Handles and ids only: no token ever is in one."""
    name = type(answer).__name__.lower()
    match answer:
        case Published() | Found():
            published = answer.publication if isinstance(answer, Found) else answer
            return {
                "outcome": "published",
                "external_post_id": published.external_post_id,
                "permalink": published.permalink,
            }
        case Processing(handles=handles):
            return {"outcome": name, "handles": dict(handles)}
        case _:
            return {"outcome": name, "message": getattr(answer, "message", None)}


def _moment(ctx: Context, tx: Transaction) -> Moment:
    return Moment(policy=ctx.retry, now=tx.now, jitter=ctx.randomness.uniform())


async def _settle(
    ctx: Context, delivery: Delivery, attempt: Attempt, decide: Callable[[Moment], Delivery], answer: Outcome | Finding
) -> Delivery | None:
    try:
        async with ctx.ledger.begin() as tx:
            after = decide(_moment(ctx, tx))
            saved = await tx.deliveries.save(after, was=delivery)
            if saved:
                await tx.attempts.finish(_finished(attempt, answer, tx))
                await record_change(ctx, tx, after)
                account = await tx.accounts.get(delivery.social_account_id)
            else:
                await tx.attempts.answer_late(attempt.id, answer_json(answer))
    except DuplicateError:
        return await _not_ours(ctx, delivery, attempt)
    if not saved:
        await prove(ctx, delivery.id)
        return None
    if account is not None and not account.is_linked:
        await finish_unlink(ctx, account.id)
    return after


async def _not_ours(ctx: Context, delivery: Delivery, attempt: Attempt) -> Delivery | None:
    """The post that was named belongs to another delivery already, so what became of ours is unknown."""
    async with ctx.ledger.begin() as tx:
        after = unconfirmed(delivery, "The platform named a post that another delivery already holds.", _moment(ctx, tx))
        if not await tx.deliveries.save(after, was=delivery):
            return None
        await tx.attempts.finish(evolve(attempt, finished_at=tx.now, outcome="not_ours", error=after.last_error))
        await record_change(ctx, tx, after)
        return after


def _finished(attempt: Attempt, answer: Outcome | Finding, tx: Transaction) -> Attempt:
    return evolve(attempt, finished_at=tx.now, outcome=answer_json(answer)["outcome"], error=_error_of(answer))


def _error_of(answer: Outcome | Finding) -> Failure | None:
    match answer:
        case Published() | Processing() | Found() | Absent():
            return None
        case Refuted(refusal=refusal) | CannotAsk(refusal=refusal):
            return failure_of(refusal)
        case Unknown(message=message):
            return Failure(kind=FailureKind.UNCONFIRMED, message=message)
        case _:
            return failure_of(answer)
