"""The worker's round: relay the outbox, release what is due, claim, publish; and look again at each ring or second."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import cast

from attrs import define, field, frozen

from distribution_core.domain.content import Content
from distribution_core.domain.errors import LedgerUnavailableError
from distribution_core.ports.ledger import Transaction
from distribution_core.usecases.context import Context
from distribution_core.usecases.hand_back import hand_back
from distribution_core.usecases.observe import publish_observed
from distribution_core.usecases.publish_delivery import Claimed, Taken, claim
from distribution_core.usecases.select_accounts import select_accounts

log = logging.getLogger(__name__)

_PAUSE_LEAST_S = 0.02


@define
class _Hands:
    """What one worker has in hand. `more`: there was as much due as it asked for, so there may be more."""

    limit: int
    running: dict[asyncio.Task[None], Claimed] = field(factory=dict)
    more: bool = True

    @property
    def free(self) -> int:
        return self.limit - len(self.running)

    @property
    def worth_a_claim(self) -> bool:
        """A claim is for many: to fill each slot as it falls free would cost a transaction for each."""
        return self.free >= max(1, self.limit // 4)


@frozen(kw_only=True)
class Duty:
    """What a worker works on: these platforms' deliveries (None: all), and whether it selects accounts for content that
    falls due and relays the outbox. `look_again`: how long it waits for a ring where somebody else sweeps."""

    platforms: Collection[str] | None = None
    selects: bool = True
    look_again: timedelta | None = None


async def work(ctx: Context, worker: str, stop: asyncio.Event, duty: Duty | None = None) -> None:
    """Work until `stop` is set, then finish what is held; what is not being sent by the end of `limits.stopping` is given
    back. A fault of the ledger is logged and waited out."""
    hands, duty = _Hands(ctx.limits.concurrency), duty or Duty()
    while not stop.is_set():
        try:
            pause_s = await _round(ctx, worker, hands, duty)
        except LedgerUnavailableError as error:
            log.error("the ledger is away; trying again", extra={"why": str(error)})  # noqa: TRY400 - one line, not a trace a second
            pause_s = ctx.limits.sweep.total_seconds()
        except Exception:
            log.exception("the worker's round failed; trying again")
            pause_s = ctx.limits.sweep.total_seconds()
        if pause_s > 0:
            await ctx.doorbell.wait(pause_s)
    await _finish(ctx, hands)


async def _round(ctx: Context, worker: str, hands: _Hands, duty: Duty) -> float:
    """How many seconds to wait for the next round; 0 when there is more to do. One transaction looks for everything, so
    that a sweep that finds nothing costs next to nothing."""
    free = min(hands.free, ctx.limits.batch_max) if hands.worth_a_claim else 0
    sweep = duty.look_again or ctx.limits.sweep
    async with ctx.ledger.begin() as tx:
        began_s = ctx.clock.monotonic()
        await tx.workers.beat(worker, duty.platforms)
        due = await _look(ctx, tx) if duty.selects else ()
        taken = await claim(ctx, tx, worker, free, duty.platforms) if free > 0 else Taken()
        claimed = taken.claimed
        # What a limit holds back was due all the same: behind it there may be what no limit holds.
        more = taken.found == free if free > 0 else hands.more
        next_due = None if due or more or duty.look_again else await tx.workers.next_due()
        left = sweep if next_due is None else min(sweep, next_due - tx.now)
    if claimed:
        ctx.telemetry.spent("claim", ctx.clock.monotonic() - began_s, claimed=str(len(claimed)), worker=worker)
    hands.more = more
    if free > 0 and more:
        # There may be more than this worker can take.
        await ctx.doorbell.ring(*sorted({item.delivery.platform for item in claimed}))
    for item in claimed:
        task = asyncio.create_task(_publish(ctx, worker, item, hands))
        hands.running[task] = item
    made = False
    for content in due:
        with ctx.telemetry.span("select", parent=content.trace, content_id=str(content.id)):
            made |= bool((await select_accounts(ctx, content)).made)
    if made and duty.look_again:
        await ctx.doorbell.ring()
    if due or (hands.more and hands.worth_a_claim):
        return 0.0
    # What falls due before the next sweep is not kept waiting for it, but what falls due closely together goes together.
    return max(left.total_seconds() - (ctx.clock.monotonic() - began_s), _PAUSE_LEAST_S)


async def _look(ctx: Context, tx: Transaction) -> Sequence[Content]:
    events = await tx.outbox.unsent(ctx.limits.batch_max)
    if events:
        await tx.outbox.mark_sent([event.id for event in events], tx.now)
    return await tx.contents.due(tx.now, ctx.limits.batch_max)


async def _finish(ctx: Context, hands: _Hands) -> None:
    """A call that may have an effect is never broken off: its own deadline ends it."""
    if hands.running:
        await asyncio.wait(hands.running, timeout=ctx.limits.stopping.total_seconds())
    for task, claimed in list(hands.running.items()):
        try:
            if await hand_back(ctx, claimed):
                task.cancel()
        except Exception:
            log.exception("a delivery could not be given back", extra={"delivery_id": str(claimed.delivery.id)})
    if hands.running:
        await asyncio.wait(hands.running)


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
        hands.running.pop(cast("asyncio.Task[None]", asyncio.current_task()), None)
    if (hands.more or ctx.outbound.is_limited) and hands.worth_a_claim:
        await ctx.doorbell.ring(claimed.delivery.platform)  # what is due could not be taken for want of slots
