"""The token that an account posts with, refreshed where the platform's policy says so."""

from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import AccountStatus, Grant, SocialAccount
from distribution_core.domain.outcome import AuthLost, Rejected, Unavailable
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import RefreshRefused, RefreshUnavailable
from distribution_core.ports.vault import VaultError, VaultUnavailableError
from distribution_core.usecases.context import Context
from distribution_core.usecases.refresh_token import (
    UNREADABLE,
    account_binding,
    mark_lost,
    open_access,
    refresh_due,
    refresh_grant,
)

T = TypeVar("T")
SPREADS_WITHIN = timedelta(seconds=30)


@frozen(kw_only=True)
class Credential:
    """A token ready to use, and the grant that it came from."""

    token: Secret
    grant: Grant


async def credential_for(
    ctx: Context,
    account: SocialAccount,
    *,
    worker: str,
    grant: Grant | None = None,
    refused: Grant | None = None,
    ahead: bool = True,
) -> Credential | AuthLost | Unavailable | Rejected:
    """The account's token. `grant` saves a look where it was just read; `refused` is the grant whose token the platform
    has just refused: refresh unless somebody has since. Not `ahead`: a token near its end will do while it lives. An answer
    that is no Credential says what to do instead."""
    try:
        return await _credential(ctx, account, worker, grant, refused, ahead=ahead)
    except VaultUnavailableError as error:
        return keys_away(error)
    except VaultError:
        return Rejected(message=UNREADABLE, content=False)


async def _credential(
    ctx: Context, account: SocialAccount, worker: str, grant: Grant | None, refused: Grant | None, *, ahead: bool
) -> Credential | AuthLost | Unavailable:
    if account.grant_id is None:
        return AuthLost(message="The account is not linked any more. Link it again.", refreshable=False)
    if grant is None or refused is not None:
        async with ctx.ledger.begin() as tx:
            account = await tx.accounts.get(account.id) or account
            grant = await tx.grants.get(account.grant_id) if account.grant_id else None
    if grant is None or grant.status is not AccountStatus.VALID or account.status is not AccountStatus.VALID:
        return AuthLost(message=account.status_reason or "Access has ended. Reconnect the account.", refreshable=False)
    stale = refused is not None and refused.version == grant.version
    if stale or (refresh_due(ctx, grant) if ahead else not _lives(ctx, grant)):
        answer = await refresh_grant(ctx, grant, worker=worker)
        match answer:
            case Grant():
                grant = answer
                async with ctx.ledger.begin() as tx:
                    account = await tx.accounts.get(account.id) or account
            case RefreshRefused(message=message):
                return AuthLost(message=message, refreshable=False)
            case RefreshUnavailable(possible=possible, message=message):
                live = _lives(ctx, grant)
                if not possible and (stale or not live):
                    return await _expired(ctx, account.id, message)
                if not live or stale:
                    return Unavailable(message=f"The token could not be refreshed: {message}")
            case _:
                raise AssertionError(answer)
    if account.access_token is not None:
        token = await ctx.vault.open(account.access_token, grant.data_key, account_binding(account))
    else:
        token = await open_access(ctx, grant)
    return Credential(token=token, grant=grant)


def _lives(ctx: Context, grant: Grant) -> bool:
    return grant.access_expires_at is None or grant.access_expires_at > ctx.clock.now()


def keys_away(error: VaultUnavailableError) -> Unavailable:
    """Nothing is wrong with the delivery or its account: it waits, at no attempt, until keys can be had again."""
    return Unavailable(message=f"Tokens can't be read just now, so this waits: {error}.", code="keys_away", down=True)


async def account_lost(ctx: Context, account_id: UUID, lost: AuthLost) -> None:
    """The platform refused this account's token for good: say so on the account, so that the user can reconnect."""
    status = AccountStatus.ERROR if lost.elsewhere else AccountStatus.REVOKED
    async with ctx.ledger.begin() as tx:
        account = await tx.accounts.get(account_id, for_change=True)
        if account is not None and account.status is AccountStatus.VALID:
            await mark_lost(ctx, tx, [account], status, lost.message)


def of_age(ctx: Context, credential: Credential, answer: T) -> T | Unavailable:
    """The answer; but where it may only mean that not all of the platform knows a token that is seconds old, the passing fault
    that this would be."""
    if isinstance(answer, AuthLost) and answer.spreads and ctx.clock.now() - credential.grant.updated_at <= SPREADS_WITHIN:
        return Unavailable(message=answer.message, code=answer.code)
    return answer


async def _expired(ctx: Context, account_id: UUID, message: str) -> AuthLost:
    words = f"Access has expired. {message}"
    async with ctx.ledger.begin() as tx:
        account = await tx.accounts.get(account_id, for_change=True)
        if account is not None:
            await mark_lost(ctx, tx, [account], AccountStatus.EXPIRED, words)
    return AuthLost(message=words, refreshable=False)
