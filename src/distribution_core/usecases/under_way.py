"""What other workers have under way: it is counted where a limit is too small for each to have an even share of it."""

from collections.abc import Collection, Sequence

from distribution_core.ports.ledger import Transaction
from distribution_core.ports.loads import Elsewhere, Load
from distribution_core.usecases.context import Context


def counted_platforms(ctx: Context) -> Collection[str]:
    """The platforms of which it matters what others have under way, by how many poll for them."""
    standing = ctx.outbound.standing
    return frozenset(each.id for each in ctx.platforms.values() if each.limits.counts_calls(standing.serving(each.id)))


async def elsewhere(ctx: Context, tx: Transaction, worker: str, platforms: Collection[str] | None = None) -> Elsewhere:
    """What others told of these platforms (None: all), where it counts. They wait with their next claim until this transaction
    ends."""
    counted = _counted(ctx, platforms)
    return await tx.loads.of_others(worker, counted) if counted else Elsewhere()


async def tell_loads(
    ctx: Context, tx: Transaction, worker: str, platforms: Collection[str] | None = None, claimed: Sequence[Load] = ()
) -> None:
    """Let others know what is under way here of the platforms that this worker serves (None: all), with what was just claimed,
    where it counts; once more when it no longer does."""
    counted, state = _counted(ctx, platforms), ctx.outbound
    if counted or state.tells:
        loads = [load for load in (*state.loads(), *claimed) if load.key.platform in counted]
        await tx.loads.tell(worker, counted, loads)
        state.tells = True


def _counted(ctx: Context, platforms: Collection[str] | None) -> Collection[str]:
    return [platform for platform in ctx.outbound.counted if platforms is None or platform in platforms]
