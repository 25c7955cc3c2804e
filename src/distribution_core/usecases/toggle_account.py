"""Switch an account on or off, or unlink it. What is not yet being sent stops; the rest is finished first."""

from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.account import AccountStatus, Grant, SocialAccount
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.errors import NotFoundError
from distribution_core.ports.ledger import Transaction
from distribution_core.ports.vault import VaultError
from distribution_core.usecases.context import Context
from distribution_core.usecases.refresh_token import open_tokens
from distribution_core.usecases.settle import record_change


@frozen(kw_only=True)
class Toggled:
    """The account as it is now, how many deliveries were stopped, and how many are already being sent."""

    account: SocialAccount
    stopped: int = 0
    being_sent: int = 0


async def toggle_account(ctx: Context, user_id: UUID, account_id: UUID, *, is_active: bool) -> Toggled:
    """Set the switch. Switching off cancels the account's deliveries that nobody could have seen yet."""
    async with ctx.ledger.begin() as tx:
        account = await _own(tx, user_id, account_id)
        changed = evolve(account, is_active=is_active, updated_at=tx.now)
        await tx.accounts.put(changed)
        stopped = 0 if is_active else await _stop(ctx, tx, account_id, "switched_off")
        being_sent = await tx.commits.unanswered(account_id)
        await tx.audit.add(
            ctx.audit(
                AuditAction.TOGGLE_ACCOUNT,
                tx.now,
                user_id,
                "account",
                account_id,
                is_active=is_active,
                stopped=stopped,
                being_sent=being_sent,
            )
        )
    return Toggled(account=changed, stopped=stopped, being_sent=being_sent)


async def unlink_account(ctx: Context, user_id: UUID, account_id: UUID) -> Toggled:
    """Unlink and keep the history. The token is kept until what is already being sent has been answered."""
    async with ctx.ledger.begin() as tx:
        account = await _own(tx, user_id, account_id)
        changed = evolve(account, unlinked_at=tx.now, updated_at=tx.now)
        await tx.accounts.put(changed)
        stopped = await _stop(ctx, tx, account_id, "unlinked")
        being_sent = await tx.commits.unanswered(account_id)
        await tx.audit.add(
            ctx.audit(
                AuditAction.UNLINK_ACCOUNT,
                tx.now,
                user_id,
                "account",
                account_id,
                platform=account.platform,
                stopped=stopped,
                being_sent=being_sent,
            )
        )
    await finish_unlink(ctx, account_id)
    return Toggled(account=changed, stopped=stopped, being_sent=being_sent)


async def finish_unlink(ctx: Context, account_id: UUID) -> None:
    """Drop an unlinked account's token once nothing is being sent, and revoke the grant with its last account."""
    async with ctx.ledger.begin() as tx:
        account = await tx.accounts.get(account_id)
        if account is None or account.is_linked or account.grant_id is None:
            return
        if await tx.commits.unanswered(account_id):
            return
        grant = await tx.grants.get(account.grant_id)
        await tx.accounts.put(evolve(account, grant_id=None, access_token=None, access_expires_at=None, updated_at=tx.now))
        if grant is None or any(other.is_linked for other in await tx.accounts.of_grant(grant.id)):
            return
        shared = await tx.accounts.linked_to_subject(grant.platform, grant.app, grant.subject_id) > 0
        ended = evolve(
            grant,
            access_token=b"",
            refresh_token=None,
            status=AccountStatus.REVOKED,
            version=grant.version + 1,
            updated_at=tx.now,
        )
        await tx.grants.save(ended, spent_version=grant.version)
    if not shared and grant.status is AccountStatus.VALID:
        await _revoke(ctx, grant)


async def _revoke(ctx: Context, grant: Grant) -> None:
    """Best effort: the user has left either way."""
    try:
        tokens = await open_tokens(ctx, grant)
    except VaultError:
        return
    await ctx.platform(grant.platform).authorizer.revoke(grant.app, tokens, grant.subject_id)


async def _stop(ctx: Context, tx: Transaction, account_id: UUID, reason: str) -> int:
    stopped = await tx.commits.stop_idle(account_id, tx.now)
    for delivery in stopped:
        await record_change(ctx, tx, delivery, reason=reason)
    return len(stopped)


async def _own(tx: Transaction, user_id: UUID, account_id: UUID) -> SocialAccount:
    account = await tx.accounts.get(account_id, user_id)
    if account is None or not account.is_linked:
        raise NotFoundError("There is no such account.")
    return account
