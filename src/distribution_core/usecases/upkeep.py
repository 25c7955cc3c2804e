"""Care before it is needed: tokens are renewed ahead of their end, accounts asked ahead of a scheduled post, and unlinking is
finished where a worker died over it."""

import asyncio
import logging

from distribution_core.usecases.choose_accounts import let_abandoned_go
from distribution_core.usecases.context import Context
from distribution_core.usecases.finish_unlink import finish_unlink, revoke_left
from distribution_core.usecases.probe_accounts import probe_ahead
from distribution_core.usecases.refresh_ahead import refresh_ahead

log = logging.getLogger(__name__)


async def keep_up(ctx: Context, worker: str, stop: asyncio.Event) -> None:
    """Take care every `limits.upkeep` until `stop` is set. A fault is logged and waited out."""
    while not stop.is_set():
        try:
            await take_care(ctx, worker, stop)
        except Exception:
            log.exception("upkeep failed; trying again")
        pause = asyncio.ensure_future(ctx.clock.sleep(ctx.limits.upkeep.total_seconds()))
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait((pause, stopped), return_when=asyncio.FIRST_COMPLETED)
        for waiting in (pause, stopped):
            waiting.cancel()
        await asyncio.gather(pause, stopped, return_exceptions=True)


async def take_care(ctx: Context, worker: str, stop: asyncio.Event | None = None) -> None:
    """One round, which ends early at a `stop`. Any number of workers may do it at once: a refresh is leased, and content is
    asked about by one."""
    await finish_unlinking(ctx)
    await revoke_left(ctx, worker)
    await let_abandoned_go(ctx)
    await refresh_ahead(ctx, worker, stop)
    if stop is None or not stop.is_set():
        await probe_ahead(ctx, worker)


async def finish_unlinking(ctx: Context) -> None:
    """End the unlinked accounts that were left with their tokens: who settled their last delivery died right after."""
    async with ctx.ledger.begin() as tx:
        left = await tx.upkeep.half_unlinked(ctx.limits.batch_max)
    for account_id in left:
        try:
            await finish_unlink(ctx, account_id)
        except Exception:
            # The others, and the tokens that are near their end, are not kept waiting by one.
            log.exception("unlinking could not be finished", extra={"account_id": str(account_id)})
