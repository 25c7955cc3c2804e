"""Whether there is room for more of what is limited in number: asked within the transaction that adds it."""

from uuid import UUID

from distribution_core.domain.errors import ConflictError, LinkRefusedError
from distribution_core.ports.holdings import Held
from distribution_core.ports.ledger import Transaction
from distribution_core.usecases.context import Context

NO_ROOM = "too_many_accounts"
_RAISED = "Whoever runs this installation can raise it"


def room_for_media(ctx: Context, held: Held, size_bytes: int) -> None:
    """Raises ConflictError."""
    limits = ctx.limits
    if held.media >= limits.media_max:
        words = f"{limits.media_max:,} pictures and videos are kept for you, which is the limit. {_RAISED} (SIMULCAST_MEDIA_MAX)."
        raise ConflictError("too_many_media", words)
    if held.media_bytes + size_bytes > limits.media_bytes_max:
        words = f"Your pictures and videos take all of {limits.media_bytes_max:,} bytes. {_RAISED} (SIMULCAST_MEDIA_BYTES_MAX)."
        raise ConflictError("media_full", words)


def room_for_accounts(ctx: Context, held: Held, more: int) -> None:
    """Raises LinkRefusedError."""
    if held.accounts + more > ctx.limits.accounts_max:
        words = (
            f"That would be {held.accounts + more} linked accounts; the limit is {ctx.limits.accounts_max}: nothing was linked."
            f" Unlink one first. {_RAISED} (SIMULCAST_ACCOUNTS_MAX)."
        )
        raise LinkRefusedError(NO_ROOM, words)


def room_for_scheduled(ctx: Context, scheduled: int) -> None:
    """Raises ConflictError."""
    if scheduled >= ctx.limits.scheduled_max:
        words = (
            f"{ctx.limits.scheduled_max:,} posts wait for their time, which is the limit. Take one back, or wait until one has"
            f" gone. {_RAISED} (SIMULCAST_SCHEDULED_MAX)."
        )
        raise ConflictError("too_many_scheduled", words)


async def scheduled_by(tx: Transaction, user_ids: set[UUID]) -> dict[UUID, int]:
    """How many posts of each user wait for their time; held until the transaction ends."""
    return {user_id: (await tx.holdings.hold(user_id)).scheduled for user_id in sorted(user_ids)}
