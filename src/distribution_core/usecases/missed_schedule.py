"""A scheduled post whose accounts were chosen in time, and whose time then passed by more than the limit while nothing ran."""

from datetime import datetime

from distribution_core.domain.content import Content, Visibility, missed_words
from distribution_core.domain.delivery import Delivery, DeliveryStatus, Phase
from distribution_core.domain.outcome import Rejected
from distribution_core.usecases.context import Context


async def missed_schedule(ctx: Context, delivery: Delivery, content: Content, now: datetime) -> Rejected | None:
    """Why a delivery that was claimed at `now` is not sent by itself any more; None while it may be. What was begun, what a
    person sent again, and what a limit or a platform kept waiting while workers ran, goes however late."""
    late_max, due_at = ctx.limits.schedule_late_max, delivery.due_at
    if content.visibility is not Visibility.SCHEDULED or due_at is None or _is_begun(delivery):
        return None
    if now - due_at <= late_max or await _ran_meanwhile(ctx, due_at, now):
        return None
    words = missed_words(content.scheduled_at or due_at, now - due_at, late_max)
    return Rejected(message=words, code="missed_schedule", content=False)


def _is_begun(delivery: Delivery) -> bool:
    return (
        delivery.status is not DeliveryStatus.PENDING
        or delivery.attempts > 0
        or delivery.phase is not Phase.IDLE
        or delivery.committing_at is not None
        or bool(delivery.handles)
    )


async def _ran_meanwhile(ctx: Context, since: datetime, now: datetime) -> bool:
    """Whether something was tried again and again, never further apart than the limit: then workers ran, and this one waited for
    its turn. An open breaker, too, lets a try through every few minutes."""
    late_max = ctx.limits.schedule_late_max
    async with ctx.ledger.begin() as tx:
        while now - since > late_max:
            last = await tx.attempts.last_began(since, since + late_max)
            if last is None:
                return False
            since = last
    return True
