"""The sweep: whatever ring was lost, what is due is found, and the right ones are told."""

import asyncio
import logging

from distribution_core.domain.errors import LedgerUnavailableError
from distribution_core.ports.doorbell import SELECTOR
from distribution_core.ports.leadership import Leadership
from distribution_core.usecases.context import Context

log = logging.getLogger(__name__)

_PAUSE_LEAST_S = 0.02


async def keep_sweeping(ctx: Context, leadership: Leadership, stop: asyncio.Event) -> None:
    """Sweep for as long as this process leads, and stand by to lead, until `stop` is set."""
    while not stop.is_set():
        pause_s = ctx.limits.sweep.total_seconds()
        try:
            if await leadership.holds():
                pause_s = await sweep(ctx)
        except LedgerUnavailableError as error:
            log.error("the ledger is away; sweeping again later", extra={"why": str(error)})  # noqa: TRY400 - one line is enough
        except Exception:
            log.exception("a sweep failed; sweeping again later")
        try:
            async with asyncio.timeout(pause_s):
                await stop.wait()
        except TimeoutError:
            continue


async def sweep(ctx: Context) -> float:
    """Relay the outbox and ring for all that is due. Returns how many seconds the next sweep may wait."""
    async with ctx.ledger.begin() as tx:
        await tx.outbox.relay(ctx.limits.batch_max)
        whom = set(await tx.workers.due_platforms())
        if await tx.contents.due(tx.now, 1):
            whom.add(SELECTOR)
        next_due = await tx.workers.next_due()
        left = ctx.limits.sweep if next_due is None else min(ctx.limits.sweep, next_due - tx.now)
    if whom:
        await ctx.doorbell.ring(*sorted(whom))
    return max(left.total_seconds(), _PAUSE_LEAST_S)
