"""What a user may set for themselves."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from attrs import evolve

from distribution_core.domain.account import User
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.errors import InvalidInputError, NotFoundError, Problem
from distribution_core.domain.zones import is_zone
from distribution_core.usecases.context import Context


async def change_settings(ctx: Context, user_id: UUID, changes: Mapping[str, Any]) -> User:
    """Set `hold`, how long what is saved in the app waits for an *undo*, or `time_zone`, in which times are shown; None is
    as the house has it. Raises InvalidInputError, NotFoundError."""
    problems = list(_problems(ctx, changes))
    if problems:
        raise InvalidInputError(*problems)
    async with ctx.ledger.begin() as tx:
        user = await tx.users.get(user_id)
        if user is None:
            raise NotFoundError("There is no such user.")
        changed = evolve(user, **changes)
        await tx.users.save(changed)
        facts = {name: value for name, value in changes.items() if name != "hold"}
        if "hold" in changes:
            facts["hold_seconds"] = changed.hold.total_seconds() if changed.hold is not None else None
        await tx.audit.add(ctx.audit(AuditAction.CHANGE_SETTINGS, tx.now, user_id, "user", user_id, **facts))
    return changed


def _problems(ctx: Context, changes: Mapping[str, Any]) -> Iterator[Problem]:
    hold, zone = changes.get("hold"), changes.get("time_zone")
    if hold is not None and not timedelta() <= hold <= ctx.limits.hold_max:
        longest = int(ctx.limits.hold_max.total_seconds())
        yield Problem(code="hold", message=f"The hold is 0 to {longest} seconds.", field="hold_seconds")
    if zone is not None and not is_zone(zone):
        words = f"{zone[:60]!r} is no time zone; give its IANA name, such as Europe/Berlin."
        yield Problem(code="time_zone", message=words, field="time_zone")
