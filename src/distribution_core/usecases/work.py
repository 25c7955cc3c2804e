"""The worker's round: relay the outbox, release what is due, claim, publish; and look again at each ring or second."""

import asyncio
import logging

from distribution_core.usecases.context import Context
from distribution_core.usecases.publish_delivery import Claimed, claim, publish
from distribution_core.usecases.select_accounts import select_accounts

log = logging.getLogger(__name__)


async def work(ctx: Context, worker: str, stop: asyncio.Event) -> None:
    """Work until `stop` is set, then finish what is held. A fault of the ledger is logged and waited out."""
    running: set[asyncio.Task[None]] = set()
    while not stop.is_set():
        try:
            busy = await _round(ctx, worker, running)
        except Exception:
            log.exception("the worker's round failed; trying again")
            busy = False
        if not busy:
            await ctx.doorbell.wait(ctx.limits.sweep.total_seconds())
    if running:
        await asyncio.wait(running)


async def _round(ctx: Context, worker: str, running: set[asyncio.Task[None]]) -> bool:
    """One transaction looks for everything, so that a sweep that finds nothing costs next to nothing."""
    free = min(ctx.limits.concurrency - len(running), ctx.limits.batch_max)
    async with ctx.ledger.begin() as tx:
        await tx.workers.beat(worker)
        events = await tx.outbox.unsent(ctx.limits.batch_max)
        if events:
            await tx.outbox.mark_sent([event.id for event in events], tx.now)
        due = await tx.contents.due(tx.now, ctx.limits.batch_max)
        claimed = await claim(ctx, tx, worker, free) if free > 0 else ()
    for item in claimed:
        task = asyncio.create_task(_publish(ctx, worker, item, running))
        running.add(task)
        task.add_done_callback(running.discard)
    if len(claimed) == free > 0:
        await ctx.doorbell.ring()  # there may be more than this worker can take
    for content in due:
        await select_accounts(ctx, content)
    return bool(due) or len(claimed) == free > 0


async def _publish(ctx: Context, worker: str, claimed: Claimed, running: set[asyncio.Task[None]]) -> None:
    try:
        after = await publish(ctx, worker, claimed)
    except Exception:
        # The lease runs out and the delivery is taken up again: nothing is lost by stopping here.
        log.exception("publishing broke off", extra={"delivery_id": str(claimed.delivery.id)})
        return
    if after is not None:
        log.info(
            "delivery.attempted",
            extra={
                "delivery_id": str(after.id),
                "content_id": str(after.content_id),
                "platform": after.platform,
                "status": after.status.value,
                "phase": after.phase.value,
                "attempts": after.attempts,
            },
        )
    if len(running) >= ctx.limits.concurrency:
        await ctx.doorbell.ring()  # what is due could not be taken for want of a slot
