"""A person says what became of what nobody could tell."""

from uuid import UUID

from distribution_core.domain.audit import AuditAction
from distribution_core.domain.delivery import Delivery, TransitionError
from distribution_core.domain.errors import ConflictError, NotFoundError
from distribution_core.domain.selection import left_out
from distribution_core.domain.settling import resolved_not_posted, resolved_posted
from distribution_core.ports.ledger import DuplicateError
from distribution_core.usecases.context import Context
from distribution_core.usecases.settle import delivery_audit, record_change

POST_ID_CHARS_MAX = 255


async def resolve(
    ctx: Context, user_id: UUID, delivery_id: UUID, *, posted: bool, external_post_id: str | None = None
) -> Delivery:
    """Settle an unconfirmed delivery: posted, or not posted and so sent again. Raises NotFoundError, or ConflictError
    saying what stands in the way."""
    outcome = "posted" if posted else "not_posted"
    try:
        async with ctx.ledger.begin() as tx:
            delivery = await tx.deliveries.get(delivery_id, user_id)
            if delivery is None:
                raise NotFoundError("There is no such delivery.")
            if not posted:
                account = await tx.accounts.get(delivery.social_account_id, user_id)
                reason = left_out(account) if account else None
                if delivery.is_unconfirmed and reason is not None:
                    raise ConflictError(reason[0], f"It would be sent again, but: {reason[1]}")
            try:
                settled = resolved_posted(delivery, external_post_id, tx.now) if posted else resolved_not_posted(delivery, tx.now)
            except TransitionError:
                raise ConflictError(
                    "not_unconfirmed", f"This delivery is {delivery.status.value}; only an unconfirmed one is resolved."
                ) from None
            if not await tx.deliveries.save(settled, was=delivery):
                raise ConflictError("busy", "This delivery has just changed. Look again.")
            await tx.audit.add(delivery_audit(ctx, tx, settled, AuditAction.POST_RESOLVED, resolved=outcome))
            await record_change(ctx, tx, settled, reason=f"resolved as {outcome}")
    except DuplicateError:
        raise ConflictError("post_taken", "Another delivery holds the post of this id already.") from None
    if not posted:
        await ctx.doorbell.ring()
    return settled
