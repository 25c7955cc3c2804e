"""What a user may set for themselves."""

from datetime import timedelta
from uuid import UUID

from attrs import evolve

from distribution_core.domain.account import User
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.errors import InvalidInputError, NotFoundError, Problem
from distribution_core.usecases.context import Context


async def change_hold(ctx: Context, user_id: UUID, hold: timedelta | None) -> User:
    """How long what is saved in the app waits for an *undo*; None as the house has it. Raises InvalidInputError."""
    if hold is not None and not timedelta() <= hold <= ctx.limits.hold_max:
        longest = int(ctx.limits.hold_max.total_seconds())
        raise InvalidInputError(Problem(code="hold", message=f"The hold is 0 to {longest} seconds.", field="hold_seconds"))
    async with ctx.ledger.begin() as tx:
        user = await tx.users.get(user_id)
        if user is None:
            raise NotFoundError("There is no such user.")
        changed = evolve(user, hold=hold)
        await tx.users.save(changed)
        seconds = None if hold is None else hold.total_seconds()
        await tx.audit.add(ctx.audit(AuditAction.CHANGE_SETTINGS, tx.now, user_id, "user", user_id, hold_seconds=seconds))
    return changed
