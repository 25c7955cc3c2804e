"""Care before it is needed: tokens are renewed ahead of their end, accounts asked ahead of a scheduled post, and unlinking is
finished where a worker died over it."""

import asyncio
import logging
from datetime import timedelta

from distribution_core.domain.account import Grant
from distribution_core.ports.platform import RefreshUnavailable
from distribution_core.usecases.choose_accounts import let_abandoned_go
from distribution_core.usecases.context import Context
from distribution_core.usecases.finish_unlink import finish_unlink, revoke_left
from distribution_core.usecases.probe_accounts import probe_ahead
from distribution_core.usecases.refresh_token import refresh_grant

log = logging.getLogger(__name__)

_AGAIN_SOONEST = timedelta(seconds=30)
_AGAIN_LATEST = timedelta(minutes=15)
_NOTHING_TO_REFRESH_WITH = timedelta(days=1)


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


async def refresh_ahead(ctx: Context, worker: str, stop: asyncio.Event | None = None) -> int:
    """Refresh what is due by its platform's own policy, one at a time for each grant; returns how many were renewed."""
    renewed = 0
    for platform_id, platform in ctx.platforms.items():
        authorizer = platform.authorizer
        async with ctx.ledger.begin() as tx:
            due = await tx.upkeep.expiring(
                platform_id,
                tx.now + authorizer.refresh_ahead,
                ctx.limits.batch_max,
                refreshable=not authorizer.extends_access_token,
            )
        for grant in due:
            if stop is not None and stop.is_set():
                return renewed
            answer = await refresh_grant(ctx, grant, worker=worker)
            if isinstance(answer, Grant):
                renewed += 1
            elif isinstance(answer, RefreshUnavailable):
                await _put_off(ctx, grant, answer)
    return renewed


async def _put_off(ctx: Context, grant: Grant, why: RefreshUnavailable) -> None:
    """Ask again while there is time, oftener towards the end, and never all the time."""
    async with ctx.ledger.begin() as tx:
        left = (grant.access_expires_at or tx.now) - tx.now
        wait = min(max(left / 4, _AGAIN_SOONEST), _AGAIN_LATEST) if left > timedelta() else _AGAIN_LATEST
        await tx.upkeep.put_off(grant.id, tx.now + (wait if why.possible else _NOTHING_TO_REFRESH_WITH))
