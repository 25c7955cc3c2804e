"""The worker's round: relay the outbox, release what is due, claim, publish; and look again at each ring or second."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import partial

from attrs import frozen

from distribution_core.domain.content import Content
from distribution_core.domain.errors import LedgerUnavailableError
from distribution_core.ports.ledger import Transaction
from distribution_core.usecases.context import Context
from distribution_core.usecases.hand_back import hand_back
from distribution_core.usecases.hands import Hands
from distribution_core.usecases.observe import publish_observed
from distribution_core.usecases.outbound import look
from distribution_core.usecases.outbound_state import Place
from distribution_core.usecases.publish_delivery import Claimed, Taken, claim
from distribution_core.usecases.select_accounts import select_accounts
from distribution_core.usecases.under_way import tell_loads

log = logging.getLogger(__name__)

_PAUSE_LEAST_S = 0.02
_RELAYED_MOST = 1_000


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
    duty = duty or Duty()
    served = len(ctx.platforms) if duty.platforms is None else len(duty.platforms)
    hands = Hands(ctx, served, partial(_publish, ctx, worker))
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
    still_here = asyncio.create_task(_stay(ctx, worker, duty))
    try:
        await _finish(ctx, hands)
    finally:
        still_here.cancel()
        await asyncio.wait([still_here])
    await _tell(ctx, worker, duty)  # that nothing is under way any more


async def _round(ctx: Context, worker: str, hands: Hands, duty: Duty) -> float:
    """How many seconds to wait for the next round; 0 when there is more to do. One transaction looks for everything, so
    that a sweep that finds nothing costs next to nothing."""
    for kept_waiting in hands.overdue():
        await hand_back(ctx, kept_waiting)
    free = min(hands.room, ctx.limits.batch_max) if hands.worth_a_claim else 0
    sweep = duty.look_again or ctx.limits.sweep
    async with ctx.ledger.begin() as tx:
        began_s = ctx.clock.monotonic()
        await tx.workers.beat(worker, duty.platforms)
        due = await _look(ctx, tx) if duty.selects else ()
        if free > 0:
            taken = await claim(ctx, tx, worker, free, duty.platforms)
        else:
            taken = Taken()
            await look(ctx, tx)
            await tell_loads(ctx, tx, worker, duty.platforms)
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
    hands.take(claimed)
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
    await tx.outbox.relay(_RELAYED_MOST)
    return await tx.contents.due(tx.now, ctx.limits.batch_max)


async def _stay(ctx: Context, worker: str, duty: Duty) -> None:
    """Who finishes looks for nothing more, and would be thought gone: what it has under way still takes up room."""
    while True:
        await ctx.clock.sleep(ctx.limits.sweep.total_seconds())
        await _tell(ctx, worker, duty, polls=True)


async def _tell(ctx: Context, worker: str, duty: Duty, *, polls: bool = False) -> None:
    """What is under way, where others count it; with `polls` that it is still there."""
    if not (ctx.outbound.counted or ctx.outbound.tells):
        return
    try:
        async with ctx.ledger.begin() as tx:
            if polls:
                await tx.workers.beat(worker, duty.platforms)
                await look(ctx, tx)
            await tell_loads(ctx, tx, worker, duty.platforms)
    except LedgerUnavailableError as error:
        log.error("the ledger is away: others don't know what is under way", extra={"why": str(error)})  # noqa: TRY400 - one line
    except Exception:
        log.exception("what is under way could not be told")


async def _finish(ctx: Context, hands: Hands) -> None:
    """A call that may have an effect is never broken off: its own deadline ends it. What is not in one is given back as soon as
    that can be written down."""
    for claimed in hands.drop():
        await _given_back(ctx, claimed)
    if hands.running:
        await asyncio.wait(hands.running, timeout=ctx.limits.stopping.total_seconds())
    while hands.running:
        for task, claimed in list(hands.running.items()):
            if await _given_back(ctx, claimed):
                task.cancel()
        if hands.running:
            await asyncio.wait(hands.running, timeout=ctx.limits.sweep.total_seconds())


async def _given_back(ctx: Context, claimed: Claimed) -> bool:
    try:
        return await hand_back(ctx, claimed)
    except LedgerUnavailableError as error:
        log.warning(
            "a delivery can't be given back: the ledger is away",
            extra={"delivery_id": str(claimed.delivery.id), "why": str(error)},
        )
        return False
    except Exception:
        log.exception("a delivery could not be given back", extra={"delivery_id": str(claimed.delivery.id)})
        return False


async def _publish(ctx: Context, worker: str, claimed: Claimed, place: Place) -> None:
    try:
        await publish_observed(ctx, worker, claimed, place)
    except LedgerUnavailableError as error:
        # As below; the lines of the round say the same of the ledger.
        log.warning(
            "publishing broke off: the ledger is away", extra={"delivery_id": str(claimed.delivery.id), "why": str(error)}
        )
    except Exception:
        # The lease runs out and the delivery is taken up again: nothing is lost by stopping here.
        log.exception("publishing broke off", extra={"delivery_id": str(claimed.delivery.id)})
