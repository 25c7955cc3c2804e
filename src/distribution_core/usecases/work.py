"""The worker's round: relay the outbox, release what is due, claim, publish; and look again at each ring or second."""

import asyncio
import logging

from distribution_core.usecases.context import Context
from distribution_core.usecases.publish_delivery import Claimed, claim_batch, publish
from distribution_core.usecases.select_accounts import release_due

log = logging.getLogger(__name__)


async def relay_outbox(ctx: Context) -> int:
    """Ring for events that no ring has been heard of, and mark them sent; returns how many."""
    async with ctx.ledger.begin() as tx:
        events = await tx.outbox.unsent(ctx.limits.batch_max)
        if events:
            await tx.outbox.mark_sent([event.id for event in events], tx.now)
    if events:
        await ctx.doorbell.ring()
    return len(events)


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
    async with ctx.ledger.begin() as tx:
        await tx.workers.beat(worker)
    relayed = await relay_outbox(ctx)
    released = await release_due(ctx)
    free = ctx.limits.concurrency - len(running)
    claimed = await claim_batch(ctx, worker, min(free, ctx.limits.batch_max)) if free > 0 else ()
    for item in claimed:
        task = asyncio.create_task(_publish(ctx, worker, item))
        running.add(task)
        task.add_done_callback(running.discard)
    return bool(relayed or released or claimed)


async def _publish(ctx: Context, worker: str, claimed: Claimed) -> None:
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
    await ctx.doorbell.ring()
