"""The end of an unlinked account: its token goes, and with a grant's last account the grant, at the platform, too."""

import asyncio
import logging
from datetime import timedelta
from uuid import UUID

from attrs import evolve

from distribution_core.domain.account import AccountStatus, Grant
from distribution_core.ports.ledger import Transaction
from distribution_core.ports.vault import VaultError, VaultUnavailableError
from distribution_core.usecases.context import Context
from distribution_core.usecases.refresh_token import open_tokens

log = logging.getLogger(__name__)

REVOKE_WITHIN = timedelta(days=1)
REVOKE_AGAIN = timedelta(minutes=5)
_CALL_MAX = timedelta(minutes=2)


async def finish_unlink(ctx: Context, account_id: UUID) -> None:
    """Drop an unlinked account's token once nothing is being sent, and revoke the grant with its last account."""
    async with ctx.ledger.begin() as tx:
        before = await tx.accounts.get(account_id)
        grant = await tx.grants.get(before.grant_id, for_change=True) if before and before.grant_id else None
        account = await tx.accounts.get(account_id, for_change=True)
        if account is None or account.is_linked or account.grant_id is None or grant is None:
            return
        # Linked anew under another grant meanwhile, it is no longer this call's to end.
        if account.grant_id != grant.id or await tx.commits.unanswered(account_id):
            return
        await tx.accounts.put(evolve(account, grant_id=None, access_token=None, access_expires_at=None, updated_at=tx.now))
        ended = await end_if_left(tx, grant)
    await revoke_ended(ctx, ended)


async def end_if_left(tx: Transaction, grant: Grant) -> Grant | None:
    """End a grant, taken for change, that no account stands on any more, not even one whose last post is still asked about
    with its token. Returns it as `revoke_ended` wants it, None where there is nothing to revoke."""
    if await tx.accounts.of_grant(grant.id):
        return None
    shared = await tx.accounts.linked_to_subject(grant.platform, grant.app, grant.subject_id) > 0
    ended = evolve(grant, status=AccountStatus.REVOKED, version=grant.version + 1, updated_at=tx.now)
    if shared or grant.status is not AccountStatus.VALID:
        await tx.grants.save(_without_tokens(ended), spent_version=grant.version)
        return None
    # Its tokens are what it is revoked with, so they are kept for as long as that is tried, and no longer.
    ended = evolve(ended, revoke_until=tx.now + REVOKE_WITHIN)
    await tx.grants.save(ended, spent_version=grant.version)
    return ended


async def revoke_ended(ctx: Context, *ended: Grant | None) -> None:
    """Ask the platform at once, after the transaction that ended them; who dies before that leaves it to upkeep."""
    for grant in ended:
        if grant is not None:
            await _revoke(ctx, grant)


async def revoke_left(ctx: Context, worker: str, stop: asyncio.Event | None = None) -> None:
    """Try again what a platform has not confirmed; several workers don't try the same at once. None is begun after a
    `stop`."""
    async with ctx.ledger.begin() as tx:
        left = await tx.farewells.unrevoked(ctx.limits.batch_max)
    for grant in left:
        if stop is not None and stop.is_set():
            return
        async with ctx.ledger.begin() as tx:
            ours = await tx.grants.lease_refresh(grant.id, f"{worker}-revoking", _CALL_MAX)
        if ours:
            await _revoke(ctx, grant)


async def _revoke(ctx: Context, grant: Grant) -> None:
    """Best effort: the user has left either way. Confirmed, or out of time, the tokens go."""
    done = False
    try:
        tokens = await open_tokens(ctx, grant)
        done = await ctx.platform(grant.platform).authorizer.revoke(grant.app, tokens, grant.subject_id)
    except VaultUnavailableError as error:
        log.warning("a grant can't be revoked while keys can't be had; trying again", extra={"why": str(error)})
    except VaultError:
        done = True  # nothing that opens is left to revoke it with
    except Exception:
        # Whatever it was, the person is not kept waiting by it, and it is tried again.
        log.exception("a grant could not be revoked; trying again", extra={"platform": grant.platform, "grant_id": str(grant.id)})
    async with ctx.ledger.begin() as tx:
        if done or grant.revoke_until is None or grant.revoke_until <= tx.now + REVOKE_AGAIN:
            ended = evolve(_without_tokens(grant), version=grant.version + 1, updated_at=tx.now)
            await tx.grants.save(ended, spent_version=grant.version)
        else:
            await tx.upkeep.put_off(grant.id, tx.now + REVOKE_AGAIN)


def _without_tokens(grant: Grant) -> Grant:
    return evolve(grant, access_token=b"", access_expires_at=None, refresh_token=None, refresh_expires_at=None, revoke_until=None)
