"""Take away what has done its work: by command, and by every worker now and then."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from distribution_core.domain.errors import LedgerUnavailableError
from distribution_core.ports.leftovers import Leftover
from distribution_core.usecases.context import Context

log = logging.getLogger(__name__)

BATCH = 1_000
BATCHES_MAX = 1_000
EACH = timedelta(hours=1)


async def purge(ctx: Context, *, batches_max: int = BATCHES_MAX) -> Mapping[Leftover, int]:
    """Take away all that is older than its retention, in short transactions; how many of each. At most `batches_max`
    batches of each kind: what is left is for the next time."""
    return {what: await _purge(ctx, what, batches_max) for what in Leftover}


async def _purge(ctx: Context, what: Leftover, batches_max: int) -> int:
    gone = 0
    for _ in range(batches_max):
        async with ctx.ledger.begin() as tx:
            some = await tx.leftovers.purge(what, tx.now - ctx.retention.of(what), BATCH)
        gone += some
        if some < BATCH:
            break
    return gone


@asynccontextmanager
async def purging(ctx: Context) -> AsyncIterator[None]:
    """While the block runs, purge about once an hour; workers that started together don't do so together."""
    task = asyncio.create_task(_purge_each_hour(ctx))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _purge_each_hour(ctx: Context) -> None:
    while True:
        await ctx.clock.sleep(EACH.total_seconds() * (0.5 + ctx.randomness.uniform()))
        try:
            gone = await purge(ctx)
        except LedgerUnavailableError as error:
            log.warning("what is old could not be purged: the ledger is away", extra={"why": str(error)})
        except Exception:
            log.exception("what is old could not be purged")
        else:
            if any(gone.values()):
                log.info("purged", extra={what.value: number for what, number in gone.items()})
