"""A worker that stops gives back what it has not begun to send, so that nobody waits for its lease to end."""

from attrs import evolve

from distribution_core.domain.delivery import Phase
from distribution_core.usecases.context import Context
from distribution_core.usecases.give_back import give_back
from distribution_core.usecases.publish_delivery import Claimed


async def hand_back(ctx: Context, claimed: Claimed) -> bool:
    """Whether it was given back: due at once, at no cost. What is being sent, or is no longer held, is left alone."""
    held = claimed.delivery
    async with ctx.ledger.begin() as tx:
        current = await tx.deliveries.get(held.id)
        if current is None or current.fence != held.fence or current.lease_owner != held.lease_owner:
            return False
        if current.phase is not held.phase or current.phase is Phase.COMMITTING:
            return False
        free = evolve(current, lease_owner=None, lease_until=None, due_at=tx.now, updated_at=tx.now)
        if not await tx.deliveries.save(free, was=current):
            return False
        await tx.attempts.finish(evolve(claimed.attempt, finished_at=tx.now, outcome="handed_back"))
        await give_back(tx, claimed.uses)
    return True
