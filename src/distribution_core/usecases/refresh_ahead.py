"""Tokens are renewed ahead of their end, and one grant that is in trouble costs only itself."""

import asyncio
import logging
from collections import deque
from datetime import timedelta

from distribution_core.domain.account import AccountStatus, Grant
from distribution_core.domain.errors import LedgerUnavailableError
from distribution_core.ports.platform import RefreshUnavailable
from distribution_core.ports.vault import VaultError, VaultUnavailableError
from distribution_core.usecases.context import Context
from distribution_core.usecases.refresh_token import UNREADABLE, mark_lost, refresh_grant

log = logging.getLogger(__name__)

_AT_ONCE = 4
_AGAIN_SOONEST = timedelta(seconds=30)
_AGAIN_LATEST = timedelta(minutes=15)
_NOTHING_TO_REFRESH_WITH = timedelta(days=1)


async def refresh_ahead(ctx: Context, worker: str, stop: asyncio.Event | None = None) -> int:
    """Refresh what is due on every platform, side by side; returns how many were renewed."""
    counts = await asyncio.gather(
        *(refresh_platform(ctx, platform, worker, stop) for platform in ctx.platforms), return_exceptions=True
    )
    return sum(map(_or_raise, counts))


async def refresh_platform(ctx: Context, platform_id: str, worker: str, stop: asyncio.Event | None = None) -> int:
    """Refresh what is due by the platform's own policy, some side by side, what ends first first; none is begun after a `stop`.
    Returns how many were renewed."""
    authorizer = ctx.platform(platform_id).authorizer
    async with ctx.ledger.begin() as tx:
        due = deque(
            await tx.upkeep.expiring(
                platform_id,
                tx.now + authorizer.refresh_ahead,
                ctx.limits.batch_max,
                refreshable=not authorizer.extends_access_token,
            )
        )

    async def one_by_one() -> int:
        renewed = 0
        while due and not (stop is not None and stop.is_set()):
            renewed += await _renew(ctx, due.popleft(), worker)
        return renewed

    # Whatever one of them raises, the others' refreshes under way are carried to their ends: an answer lost is an account lost.
    counts = await asyncio.gather(*(one_by_one() for _ in range(min(_AT_ONCE, len(due)))), return_exceptions=True)
    return sum(map(_or_raise, counts))


def _or_raise(count: int | BaseException) -> int:
    if isinstance(count, BaseException):
        raise count
    return count


async def _renew(ctx: Context, grant: Grant, worker: str) -> bool:
    """Raises LedgerUnavailableError: nobody else could be renewed either."""
    who = {"platform": grant.platform, "grant_id": str(grant.id)}
    try:
        answer = await refresh_grant(ctx, grant, worker=worker)
    except LedgerUnavailableError:
        raise
    except VaultUnavailableError as error:
        log.warning("a grant can't be refreshed while keys can't be had; trying again", extra=who | {"why": str(error)})
        answer = RefreshUnavailable(message="Tokens can't be read just now.")
    except VaultError:
        log.error("a grant's tokens do not open; its accounts have to be linked again", extra=who)  # noqa: TRY400 - its trace says no more
        await _unreadable(ctx, grant)
        return False
    except Exception:
        log.exception("a grant could not be refreshed; trying again", extra=who)
        answer = RefreshUnavailable(message="The platform could not be asked.")
    if isinstance(answer, RefreshUnavailable):
        await _put_off(ctx, grant, answer)
    return isinstance(answer, Grant)


async def _unreadable(ctx: Context, grant: Grant) -> None:
    """Nothing can be sent with it, so its users are told. The grant itself stays valid: should its key come back, the next try
    renews it, and its accounts are well by themselves."""
    async with ctx.ledger.begin() as tx:
        current = await tx.grants.get(grant.id, for_change=True)
        if current is None or current.version != grant.version:
            return
        await mark_lost(ctx, tx, await tx.accounts.of_grant(grant.id, for_change=True), AccountStatus.ERROR, UNREADABLE)
        await tx.upkeep.put_off(grant.id, tx.now + _AGAIN_LATEST)


async def _put_off(ctx: Context, grant: Grant, why: RefreshUnavailable) -> None:
    """Ask again while there is time, oftener towards the end, and never all the time."""
    async with ctx.ledger.begin() as tx:
        left = (grant.access_expires_at or tx.now) - tx.now
        wait = min(max(left / 4, _AGAIN_SOONEST), _AGAIN_LATEST) if left > timedelta() else _AGAIN_LATEST
        await tx.upkeep.put_off(grant.id, tx.now + (wait if why.possible else _NOTHING_TO_REFRESH_WITH))
