"""Care before it is needed: tokens are renewed ahead of their end, accounts asked ahead of a scheduled post, and unlinking is
finished where a worker died over it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from distribution_core.domain.errors import LedgerUnavailableError
from distribution_core.usecases.choose_accounts import let_abandoned_go
from distribution_core.usecases.context import Context
from distribution_core.usecases.finish_unlink import finish_unlink, revoke_left
from distribution_core.usecases.probe_accounts import probe_ahead
from distribution_core.usecases.refresh_ahead import refresh_platform

log = logging.getLogger(__name__)

_Part = Callable[[], Awaitable[object]]


async def keep_up(ctx: Context, worker: str, stop: asyncio.Event) -> None:
    """Take care of each part every `limits.upkeep` until `stop` is set. Each keeps its own time: a platform that hangs holds up
    its own refreshes, and nothing else. A fault is logged and waited out."""
    await asyncio.gather(*(_keep_up(ctx, part, stop) for part in _parts(ctx, worker, stop)))


async def take_care(ctx: Context, worker: str, stop: asyncio.Event | None = None) -> None:
    """One round of every part, side by side, which ends early at a `stop`. Any number of workers may do it at once: a refresh is
    leased, and content is asked about by one."""
    await asyncio.gather(*(_taken_care(part) for part in _parts(ctx, worker, stop)))


def _parts(ctx: Context, worker: str, stop: asyncio.Event | None) -> tuple[_Part, ...]:
    return (
        partial(_finish_and_revoke, ctx, worker, stop),
        partial(let_abandoned_go, ctx, stop),
        *(partial(refresh_platform, ctx, platform, worker, stop) for platform in ctx.platforms),
        partial(probe_ahead, ctx, worker, stop),
    )


async def _keep_up(ctx: Context, part: _Part, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await _taken_care(part)
        pause = asyncio.ensure_future(ctx.clock.sleep(ctx.limits.upkeep.total_seconds()))
        stopped = asyncio.ensure_future(stop.wait())
        await asyncio.wait((pause, stopped), return_when=asyncio.FIRST_COMPLETED)
        for waiting in (pause, stopped):
            waiting.cancel()
        await asyncio.gather(pause, stopped, return_exceptions=True)


async def _taken_care(part: _Part) -> None:
    try:
        await part()
    except LedgerUnavailableError as error:
        log.error("the ledger is away; taking care again later", extra={"why": str(error)})  # noqa: TRY400 - one line is enough
    except Exception:
        log.exception("upkeep failed; trying again")


async def _finish_and_revoke(ctx: Context, worker: str, stop: asyncio.Event | None) -> None:
    """One after the other: what was ended just now is being revoked already."""
    await finish_unlinking(ctx, stop)
    await revoke_left(ctx, worker, stop)


async def finish_unlinking(ctx: Context, stop: asyncio.Event | None = None) -> None:
    """End the unlinked accounts that were left with their tokens: who settled their last delivery died right after."""
    async with ctx.ledger.begin() as tx:
        left = await tx.upkeep.half_unlinked(ctx.limits.batch_max)
    for account_id in left:
        if stop is not None and stop.is_set():
            return
        try:
            await finish_unlink(ctx, account_id)
        except Exception:
            # The others, and the tokens that are near their end, are not kept waiting by one.
            log.exception("unlinking could not be finished", extra={"account_id": str(account_id)})
