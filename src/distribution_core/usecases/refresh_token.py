"""Keep a grant's tokens fresh: one refresh at a time, and never a good pair lost to a late answer."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from attrs import evolve

from distribution_core.domain.account import AccountStatus, Grant, SocialAccount
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.errors import ConflictError, NotFoundError
from distribution_core.domain.secret import Secret
from distribution_core.ports.ledger import Transaction
from distribution_core.ports.platform import (
    DiscoveredAccount,
    RefreshAnswer,
    Refreshed,
    RefreshRefused,
    RefreshUnavailable,
    Tokens,
)
from distribution_core.ports.vault import Binding, VaultError, VaultUnavailableError
from distribution_core.usecases.context import Context

_WAITS = 60
_WAIT_S = 0.25
_NO_TIME = timedelta()
# A call whose connection broke may still arrive.
_MAY_ARRIVE = timedelta(seconds=5)
UNREADABLE = "The stored token can't be read: the key does not fit. Reconnect the account."


def grant_binding(grant: Grant, purpose: str) -> Binding:
    return _binding(grant.user_id, grant.id, purpose)


def account_binding(account: SocialAccount) -> Binding:
    return _binding(account.user_id, account.id, "account_access")


@lru_cache(maxsize=4096)
def _binding(user_id: UUID, row_id: UUID, purpose: str) -> Binding:
    return Binding(user_id=str(user_id), row_id=str(row_id), purpose=purpose)


async def open_tokens(ctx: Context, grant: Grant) -> Tokens:
    """A grant's tokens in the clear. Raises VaultError."""
    access = await open_access(ctx, grant)
    refresh = None
    if grant.refresh_token is not None:
        refresh = await ctx.vault.open(grant.refresh_token, grant.data_key, grant_binding(grant, "refresh"))
    return Tokens(access=access, refresh=refresh, scopes=grant.scopes)


async def open_access(ctx: Context, grant: Grant) -> Secret:
    """The one that calls are made with. Raises VaultError."""
    return await ctx.vault.open(grant.access_token, grant.data_key, grant_binding(grant, "access"))


async def seal_tokens(ctx: Context, grant: Grant, tokens: Tokens) -> Grant:
    """The grant holding `tokens`, one version on. A missing refresh token never overwrites a stored one."""
    now = ctx.clock.now()
    access = await ctx.vault.seal(tokens.access, grant.data_key, grant_binding(grant, "access"))
    refresh, refresh_expires_at = grant.refresh_token, grant.refresh_expires_at
    if tokens.refresh:
        refresh = await ctx.vault.seal(tokens.refresh, grant.data_key, grant_binding(grant, "refresh"))
        refresh_expires_at = now + tokens.refresh_lifetime if tokens.refresh_lifetime else None
    return evolve(
        grant,
        access_token=access,
        access_expires_at=now + tokens.access_lifetime if tokens.access_lifetime else None,
        refresh_token=refresh,
        refresh_expires_at=refresh_expires_at,
        scopes=tokens.scopes or grant.scopes,
        status=AccountStatus.VALID,
        version=grant.version + 1,
        updated_at=now,
        revoke_until=None,
    )


def refresh_due(ctx: Context, grant: Grant) -> bool:
    """Whether its platform's policy renews this grant before it is used."""
    ends = grant.access_expires_at
    return ends is not None and ends - ctx.clock.now() <= ctx.platform(grant.platform).authorizer.refresh_ahead


async def refresh_grant(ctx: Context, grant: Grant, *, worker: str) -> RefreshAnswer | Grant:
    """Refresh once for everybody who asks: the refreshed grant, or why there is none. A holder whose lease ended
    may still store its pair if the version it spent is still the stored one: the old one is dead by then. Raises VaultError
    for a pair that does not open."""
    if grant.refresh_token is None and not _extends(ctx, grant):
        return RefreshUnavailable(message="This account has nothing to refresh with.", possible=False)
    # Each call is an owner of its own: two tasks of one worker must not spend one token either.
    owner = f"{worker}-{ctx.new_id()}"
    asked = ctx.clock.monotonic()
    async with ctx.ledger.begin() as tx:
        leased = await tx.grants.lease_refresh(grant.id, owner, ctx.limits.refresh_lease)
    if not leased:
        return await _await_other(ctx, grant, owner)
    # The pair is read after the lease: whoever held it before may have stored a newer one.
    async with ctx.ledger.begin() as tx:
        current = await tx.grants.get(grant.id)
        if current is not None and current.version != grant.version:
            await _give_back(tx, grant, owner)
            return current
    if current is None:
        return RefreshUnavailable(message="The account is no longer linked.", possible=False)
    try:
        tokens = await open_tokens(ctx, current)
    except VaultError as error:
        async with ctx.ledger.begin() as tx:
            await _give_back(tx, grant, owner)
        if not isinstance(error, VaultUnavailableError):
            raise
        return RefreshUnavailable(message=f"Tokens can't be read just now: {error}.")
    answer = await _ask(ctx, current, tokens, asked)
    if isinstance(answer, RefreshUnavailable):
        async with ctx.ledger.begin() as tx:
            await _give_back(tx, grant, owner, _MAY_ARRIVE)
    return answer


async def refresh_account(ctx: Context, user_id: UUID, account_id: UUID) -> SocialAccount:
    """Refresh the grant behind a user's account now. Raises NotFoundError, or ConflictError with what to do."""
    async with ctx.ledger.begin() as tx:
        account = await tx.accounts.get(account_id, user_id)
        grant = await tx.grants.get(account.grant_id) if account and account.grant_id else None
    if account is None or not account.is_linked:
        raise NotFoundError("There is no such account.")
    if grant is None:
        raise ConflictError("needs_reconnect", "This account has no grant any more. Link it again.")
    try:
        answer = await refresh_grant(ctx, grant, worker=f"user-{user_id}")
    except VaultUnavailableError as error:
        answer = RefreshUnavailable(message=f"Tokens can't be read just now: {error}.")
    except VaultError:
        raise ConflictError("needs_reconnect", UNREADABLE) from None
    match answer:
        case RefreshRefused(message=message):
            raise ConflictError("needs_reconnect", f"The platform withdrew access: {message} Link the account again.")
        case RefreshUnavailable(possible=False, message=message):
            raise ConflictError("nothing_to_refresh", f"{message} Link the account again before it expires.")
        case RefreshUnavailable(message=message):
            raise ConflictError("refresh_unavailable", f"The platform could not be asked: {message} Try again later.")
        case _:
            pass
    async with ctx.ledger.begin() as tx:
        return await tx.accounts.get(account_id, user_id) or account


def _extends(ctx: Context, grant: Grant) -> bool:
    """Whether the platform extends the access token itself, so that no refresh token is needed."""
    return ctx.platform(grant.platform).authorizer.extends_access_token


async def _ask(ctx: Context, current: Grant, tokens: Tokens, asked: float) -> RefreshAnswer | Grant:
    """Spend the pair of a grant whose lease was asked for at `asked`, and store what comes of it."""
    # Bound by the lease: whoever is next must not spend the same token while this call may still arrive.
    left = ctx.limits.refresh_lease.total_seconds() - (ctx.clock.monotonic() - asked)
    if left < ctx.limits.refresh_lease.total_seconds() / 2:
        return RefreshUnavailable(message="This worker was held up, and asked for nothing.")
    try:
        async with asyncio.timeout(left):
            answer = await ctx.platform(current.platform).authorizer.refresh(current.app, tokens)
    except TimeoutError:
        return RefreshUnavailable(message="The platform did not answer in time.")
    match answer:
        case Refreshed(tokens=tokens, accounts=accounts):
            return await _store(ctx, current, tokens, accounts)
        case RefreshRefused(message=message):
            return await _refused(ctx, current, message)
        case RefreshUnavailable():
            return answer


async def _await_other(ctx: Context, grant: Grant, owner: str) -> RefreshAnswer | Grant:
    for _ in range(_WAITS):
        await ctx.clock.sleep(_WAIT_S)
        async with ctx.ledger.begin() as tx:
            current = await tx.grants.get(grant.id)
            if current is None or current.status is not AccountStatus.VALID:
                return RefreshRefused(message="Access was withdrawn on the platform.")
            if current.version != grant.version:
                return current
            if await tx.grants.lease_refresh(grant.id, owner, _NO_TIME):
                return RefreshUnavailable(message="Somebody else has just tried, in vain.")
    return RefreshUnavailable(message="Somebody else is still refreshing this account.")


async def _give_back(tx: Transaction, grant: Grant, owner: str, after: timedelta = _NO_TIME) -> None:
    """End this owner's lease where it still lives, so that who waits for it hears that there is nothing to wait for."""
    await tx.grants.lease_refresh(grant.id, owner, after)


async def _store(ctx: Context, spent: Grant, tokens: Tokens, discovered: tuple[DiscoveredAccount, ...]) -> RefreshAnswer | Grant:
    renewed = await seal_tokens(ctx, spent, tokens)
    async with ctx.ledger.begin() as tx:
        if not await tx.grants.save(renewed, spent_version=spent.version):
            stored = await tx.grants.get(spent.id)
            return stored or RefreshUnavailable(message="The account is no longer linked.", possible=False)
        await _renew_accounts(ctx, tx, renewed, {found.external_account_id: found for found in discovered})
        await tx.audit.add(
            ctx.audit(AuditAction.REFRESH_TOKEN, tx.now, spent.user_id, "grant", spent.id, platform=spent.platform)
        )
    return renewed


async def _renew_accounts(ctx: Context, tx: Transaction, grant: Grant, discovered: dict[str, DiscoveredAccount]) -> None:
    for account in await tx.accounts.of_grant(grant.id, for_change=True):
        if not account.is_linked:
            continue
        found = discovered.get(account.external_account_id)
        if discovered and (found is None or found.problem is not None):
            # The platform listed what the consent opens now, and this is not among it, or can't be posted to.
            words = (found.problem if found else None) or "Access to this account was withdrawn. Link it again."
            await mark_lost(ctx, tx, [account], AccountStatus.ERROR, words)
            continue
        changed = evolve(account, status=AccountStatus.VALID, status_reason=None, updated_at=tx.now)
        if found is not None and found.token:
            sealed = await ctx.vault.seal(found.token, grant.data_key, account_binding(account))
            expires = tx.now + found.token_lifetime if found.token_lifetime else None
            changed = evolve(changed, access_token=sealed, access_expires_at=expires)
        elif account.access_token is None:
            changed = evolve(changed, access_expires_at=grant.access_expires_at)
        await tx.accounts.put(changed)


async def _refused(ctx: Context, spent: Grant, message: str) -> RefreshAnswer | Grant:
    """A refusal counts only while the stored pair is the one that was refused: else somebody refreshed it first."""
    async with ctx.ledger.begin() as tx:
        current = await tx.grants.get(spent.id, for_change=True)
        if current is None:
            return RefreshUnavailable(message="The account is no longer linked.", possible=False)
        if current.version != spent.version:
            return current
        revoked = evolve(current, status=AccountStatus.REVOKED, version=current.version + 1, updated_at=tx.now)
        if await tx.grants.save(revoked, spent_version=spent.version):
            await mark_lost(ctx, tx, await tx.accounts.of_grant(spent.id, for_change=True), AccountStatus.REVOKED, message)
    return RefreshRefused(message=message)


async def mark_lost(
    ctx: Context, tx: Transaction, accounts: Iterable[SocialAccount], status: AccountStatus, message: str
) -> None:
    """The platform's verdict on linked accounts that it no longer lets us post to."""
    for account in accounts:
        if not account.is_linked or account.status is status:
            continue
        await tx.accounts.put(evolve(account, status=status, status_reason=message, updated_at=tx.now))
        await tx.audit.add(
            ctx.audit(
                AuditAction.ACCOUNT_LOST,
                tx.now,
                account.user_id,
                "account",
                account.id,
                platform=account.platform,
                status=status.value,
                reason=message,
            )
        )
