"""The worker's round: relay the outbox, release what is due, claim, publish; and look again at each ring or second."""

import asyncio
import logging
from typing import cast

from attrs import define, field

from distribution_core.domain.errors import LedgerUnavailableError
from distribution_core.usecases.context import Context
from distribution_core.usecases.observe import publish_observed
from distribution_core.usecases.publish_delivery import Claimed, claim
from distribution_core.usecases.select_accounts import select_accounts

log = logging.getLogger(__name__)

_PAUSE_LEAST_S = 0.02


@define
class _Hands:
    """What one worker has in hand. `more`: there was as much due as it asked for, so there may be more."""

    limit: int
    running: set[asyncio.Task[None]] = field(factory=set)
    more: bool = True

    @property
    def free(self) -> int:
        return self.limit - len(self.running)

    @property
    def worth_a_claim(self) -> bool:
        """A claim is for many: to fill each slot as it falls free would cost a transaction for each."""
        return self.free >= max(1, self.limit // 4)


async def work(ctx: Context, worker: str, stop: asyncio.Event) -> None:
    """Work until `stop` is set, then finish what is held. A fault of the ledger is logged and waited out."""
    hands = _Hands(ctx.limits.concurrency)
    while not stop.is_set():
        try:
            pause_s = await _round(ctx, worker, hands)
        except LedgerUnavailableError as error:
            log.error("the ledger is away; trying again", extra={"why": str(error)})  # noqa: TRY400 - one line, not a trace a second
            pause_s = ctx.limits.sweep.total_seconds()
        except Exception:
            log.exception("the worker's round failed; trying again")
            pause_s = ctx.limits.sweep.total_seconds()
        if pause_s > 0:
            await ctx.doorbell.wait(pause_s)
    if hands.running:
        await asyncio.wait(hands.running)


async def _round(ctx: Context, worker: str, hands: _Hands) -> float:
    """How many seconds to wait for the next round; 0 when there is more to do. One transaction looks for everything, so
    that a sweep that finds nothing costs next to nothing."""
    free = min(hands.free, ctx.limits.batch_max) if hands.worth_a_claim else 0
    async with ctx.ledger.begin() as tx:
        began_s = ctx.clock.monotonic()
        await tx.workers.beat(worker)
        events = await tx.outbox.unsent(ctx.limits.batch_max)
        if events:
            await tx.outbox.mark_sent([event.id for event in events], tx.now)
        due = await tx.contents.due(tx.now, ctx.limits.batch_max)
        claimed = await claim(ctx, tx, worker, free) if free > 0 else ()
        more = len(claimed) == free if free > 0 else hands.more
        next_due = None if due or more else await tx.workers.next_due()
        left = ctx.limits.sweep if next_due is None else min(ctx.limits.sweep, next_due - tx.now)
    hands.more = more
    if free > 0 and more:
        await ctx.doorbell.ring()  # there may be more than this worker can take
    for item in claimed:
        hands.running.add(asyncio.create_task(_publish(ctx, worker, item, hands)))
    for content in due:
        await select_accounts(ctx, content)
    if due or (hands.more and hands.worth_a_claim):
        return 0.0
    # What falls due before the next sweep is not kept waiting for it, but what falls due closely together goes together.
    return max(left.total_seconds() - (ctx.clock.monotonic() - began_s), _PAUSE_LEAST_S)


async def _publish(ctx: Context, worker: str, claimed: Claimed, hands: _Hands) -> None:
    try:
        await publish_observed(ctx, worker, claimed)
    except LedgerUnavailableError as error:
        # As below; the lines of the round say the same of the ledger.
        log.warning(
            "publishing broke off: the ledger is away", extra={"delivery_id": str(claimed.delivery.id), "why": str(error)}
        )
        return
    except Exception:
        # The lease runs out and the delivery is taken up again: nothing is lost by stopping here.
        log.exception("publishing broke off", extra={"delivery_id": str(claimed.delivery.id)})
        return
    finally:
        hands.running.discard(cast("asyncio.Task[None]", asyncio.current_task()))
    if (hands.more or ctx.outbound.is_limited) and hands.worth_a_claim:
        await ctx.doorbell.ring()  # what is due could not be taken for want of slots
