"""A person asks for another round of what failed, or says what became of what nobody could tell."""

from uuid import UUID

from attrs import frozen

from distribution_core.domain.audit import AuditAction
from distribution_core.domain.delivery import Delivery, DeliveryStatus, TransitionError
from distribution_core.domain.errors import ConflictError, NotFoundError
from distribution_core.domain.selection import left_out
from distribution_core.domain.settling import NEEDS_RECONNECT, redriven
from distribution_core.usecases.context import Context
from distribution_core.usecases.settle import delivery_audit, record_change


async def redrive(ctx: Context, user_id: UUID, delivery_id: UUID) -> Delivery:
    """Send a failed delivery again. Raises NotFoundError, or ConflictError saying what stands in the way."""
    async with ctx.ledger.begin() as tx:
        delivery = await tx.deliveries.get(delivery_id, user_id)
        if delivery is None:
            raise NotFoundError("There is no such delivery.")
        if delivery.is_unconfirmed:
            raise ConflictError("unconfirmed", "This may already be posted. Look at the platform, then say what you found.")
        if delivery.status is DeliveryStatus.RETRIED and delivery.wait_reason == NEEDS_RECONNECT:
            raise ConflictError("needs_reconnect", "This waits for its account. Reconnect the account and it goes by itself.")
        account = await tx.accounts.get(delivery.social_account_id, user_id)
        reason = left_out(account) if account else None
        if delivery.status is DeliveryStatus.FAILED and reason is not None:
            raise ConflictError(reason[0], reason[1])
        try:
            again = redriven(delivery, tx.now)
        except TransitionError:
            raise ConflictError(
                "not_failed", f"This delivery is {delivery.status.value}; only a failed one is sent again."
            ) from None
        if not await tx.deliveries.save(again, was=delivery):
            raise ConflictError("busy", "This delivery has just changed. Look again.")
        await tx.audit.add(delivery_audit(ctx, tx, again, AuditAction.POST_REDRIVEN))
        await record_change(ctx, tx, again, reason="redriven")
    await ctx.doorbell.ring()
    return again


@frozen(kw_only=True)
class Redriven:
    """What was sent again, and what was not: each with why."""

    again: tuple[Delivery, ...] = ()
    skipped: tuple[tuple[Delivery, str], ...] = ()


async def redrive_failed(ctx: Context, user_id: UUID, content_id: UUID) -> Redriven:
    """Send all failed deliveries of one content again; unconfirmed ones are left to their person. Raises NotFoundError."""
    async with ctx.ledger.begin() as tx:
        if await tx.contents.get(content_id, user_id) is None:
            raise NotFoundError("There is no such content.")
        deliveries = await tx.deliveries.of_contents([content_id])
    again: list[Delivery] = []
    skipped: list[tuple[Delivery, str]] = []
    for delivery in deliveries:
        if delivery.status is not DeliveryStatus.FAILED:
            continue
        try:
            again.append(await redrive(ctx, user_id, delivery.id))
        except ConflictError as no:
            skipped.append((delivery, str(no)))
    return Redriven(again=tuple(again), skipped=tuple(skipped))
