"""Write what came of a try: delivery, audit row and event in one transaction, compared with the fence."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from attrs import frozen

from distribution_core.domain.audit import AuditAction, AuditEntry
from distribution_core.domain.changing import changed
from distribution_core.domain.delivery import Attempt, Delivery, DeliveryStatus
from distribution_core.domain.events import EventKind, OutboxEvent
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
from distribution_core.ports.batches import Ended, Ending
from distribution_core.ports.ledger import Transaction
from distribution_core.usecases.context import Context
from distribution_core.usecases.finish_unlink import finish_unlink
from distribution_core.usecases.give_back import Uses, give_back

log = logging.getLogger(__name__)

_WAITS_S = (0.5, 2.0, 5.0, 10.0)
_ACTIONS = {
    DeliveryStatus.SUCCESS: AuditAction.POST_SUCCESS,
    DeliveryStatus.FAILED: AuditAction.POST_FAILED,
    DeliveryStatus.RETRIED: AuditAction.POST_RETRIED,
    DeliveryStatus.CANCELED: AuditAction.POST_CANCELED,
    DeliveryStatus.PENDING: AuditAction.POST_PROCESSING,
}


async def settle_outcome(
    ctx: Context,
    delivery: Delivery,
    attempt: Attempt,
    outcome: Outcome,
    *,
    sent_before: bool,
    unused: Uses | None = None,
) -> Delivery | None:
    """Write an outcome of prepare or commit; `sent_before`: an earlier commit may have had its effect; `unused` goes back to its
    quotas. None: the lease was lost, and the answer stands with its attempt."""

    def decide(moment: Moment) -> Delivery:
        return after_outcome(delivery, outcome, moment, sent_before=sent_before)

    return await _settle(ctx, _End(delivery=delivery, attempt=attempt, decide=decide, answer=outcome, unused=unused))


async def settle_finding(ctx: Context, delivery: Delivery, attempt: Attempt, finding: Finding) -> Delivery | None:
    """Write what a reconcile found. None: the lease was lost."""

    def decide(moment: Moment) -> Delivery:
        return after_finding(delivery, finding, moment)

    return await _settle(ctx, _End(delivery=delivery, attempt=attempt, decide=decide, answer=finding))


async def record_change(ctx: Context, tx: Transaction, delivery: Delivery, **detail: Any) -> None:
    """The audit row and the event that belong to a changed delivery, in its transaction."""
    await tx.audit.add(delivery_audit(ctx, tx, delivery, _ACTIONS[delivery.status], **detail))
    await tx.outbox.add(_changed_event(ctx, tx, delivery))


def _changed_event(ctx: Context, tx: Transaction, delivery: Delivery) -> OutboxEvent:
    """Nobody waits to be rung for it: whoever listens reads the audit log."""
    return ctx.event(EventKind.DELIVERY_CHANGED, tx.now, delivery.user_id, delivery.id, sent_at=tx.now)


def delivery_audit(ctx: Context, tx: Transaction, delivery: Delivery, action: AuditAction, **detail: Any) -> AuditEntry:
    facts: dict[str, Any] = {
        "content_id": delivery.content_id,
        "account_id": delivery.social_account_id,
        "platform": delivery.platform,
        "status": delivery.status,
        "phase": delivery.phase,
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
        proven = after_finding(delivery, Found(publication=publication), moment_of(ctx, tx))
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


def moment_of(ctx: Context, tx: Transaction) -> Moment:
    """Now, with what the domain decides by."""
    return Moment(policy=ctx.retry, now=tx.now, jitter=ctx.randomness.uniform())


async def _settle(ctx: Context, end: "_End") -> Delivery | None:
    written = await _written(ctx, end)
    match written.ended:
        case Ended.TAKEN:
            return await _not_ours(ctx, end.delivery, end.attempt)
        case Ended.PASSED_BY:
            await prove(ctx, end.delivery.id)
            return None
        case Ended.SAVED:
            if not written.account_is_linked:
                await finish_unlink(ctx, end.delivery.social_account_id)
            return written.after


@frozen(kw_only=True)
class _End:
    """What a try came to, not yet written; `unused` of what it took."""

    delivery: Delivery
    attempt: Attempt
    decide: Callable[[Moment], Delivery]
    answer: Outcome | Finding
    unused: Uses | None = None


@frozen(kw_only=True)
class _Written:
    ended: Ended
    after: Delivery
    account_is_linked: bool = True


async def _written(ctx: Context, end: _End) -> _Written:
    """An answer is worth some patience: forgotten, it can perhaps be asked for again, and perhaps only by a person."""
    try:
        return await ctx.endings.ask(partial(_write, ctx), end, end.delivery.id.int)
    except Exception:
        log.warning("an outcome could not be stored; trying again", extra={"delivery_id": str(end.delivery.id)})
    for wait in _WAITS_S:
        try:
            return await _write_alone(ctx, end)
        except Exception:
            log.warning("an outcome could not be stored; trying again", extra={"delivery_id": str(end.delivery.id)})
        await ctx.clock.sleep(wait)
    return await _write_alone(ctx, end)


async def _write_alone(ctx: Context, end: _End) -> _Written:
    """The answer to an earlier COMMIT may be all that was lost: then it is written, and not written again."""
    async with ctx.ledger.begin() as tx:
        current = await tx.deliveries.get(end.delivery.id)
    if current is not None and current.fence == end.delivery.fence and current.lease_owner is None:
        return _Written(ended=Ended.SAVED, after=current)
    (written,) = await _write(ctx, [end])
    return written


async def _write(ctx: Context, ends: Sequence[_End]) -> Sequence[_Written]:
    async with ctx.ledger.begin() as tx:
        afters = [end.decide(moment_of(ctx, tx)) for end in ends]
        endings = [
            Ending(was=end.delivery, after=after, attempt=_finished(end.attempt, end.answer, tx))
            for end, after in zip(ends, afters, strict=True)
        ]
        ended = await tx.batches.end(endings)
        saved = [after for after, how in zip(afters, ended, strict=True) if how is Ended.SAVED]
        for end, how in zip(ends, ended, strict=True):
            if how is Ended.PASSED_BY:
                await tx.attempts.answer_late(end.attempt.id, answer_json(end.answer))
        unlinked = await tx.batches.unlinked({after.social_account_id for after in saved})
        await _record_changes(ctx, tx, saved)
        await give_back(tx, *(end.unused for end, how in zip(ends, ended, strict=True) if how is Ended.SAVED))
    return [
        _Written(ended=how, after=after, account_is_linked=after.social_account_id not in unlinked)
        for after, how in zip(afters, ended, strict=True)
    ]


async def _record_changes(ctx: Context, tx: Transaction, deliveries: Sequence[Delivery]) -> None:
    await tx.audit.add(*(delivery_audit(ctx, tx, each, _ACTIONS[each.status]) for each in deliveries))
    await tx.outbox.add(*(_changed_event(ctx, tx, each) for each in deliveries))


async def _not_ours(ctx: Context, delivery: Delivery, attempt: Attempt) -> Delivery | None:
    """The post that was named belongs to another delivery already, so what became of ours is unknown."""
    async with ctx.ledger.begin() as tx:
        after = unconfirmed(delivery, "The platform named a post that another delivery already holds.", moment_of(ctx, tx))
        if not await tx.deliveries.save(after, was=delivery):
            return None
        await tx.attempts.finish(changed(attempt, finished_at=tx.now, outcome="not_ours", error=after.last_error))
        await record_change(ctx, tx, after)
        return after


def _finished(attempt: Attempt, answer: Outcome | Finding, tx: Transaction) -> Attempt:
    return changed(attempt, finished_at=tx.now, outcome=answer_json(answer)["outcome"], error=_error_of(answer))


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
