"""Switch an account on or off, or unlink it. What is not yet being sent stops; the rest is finished first."""

from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.errors import NotFoundError
from distribution_core.domain.outcome import Failure, FailureKind
from distribution_core.domain.selection import left_out
from distribution_core.ports.ledger import Transaction
from distribution_core.usecases.context import Context
from distribution_core.usecases.finish_unlink import finish_unlink
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
        stopped = 0 if is_active else await stop_deliveries(ctx, tx, changed)
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
        stopped = await stop_deliveries(ctx, tx, changed)
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


async def stop_deliveries(ctx: Context, tx: Transaction, account: SocialAccount) -> int:
    """Cancel the account's deliveries that nobody could have seen yet; how many."""
    code, words = left_out(account) or ("stopped", "This was stopped.")
    why = Failure(kind=FailureKind.REFUSED, message=words, code=code)
    stopped = await tx.commits.stop_idle(tx.now, why, account_id=account.id)
    for delivery in stopped:
        await record_change(ctx, tx, delivery, reason=code)
    return len(stopped)


async def _own(tx: Transaction, user_id: UUID, account_id: UUID) -> SocialAccount:
    account = await tx.accounts.get(account_id, user_id, for_change=True)
    if account is None or not account.is_linked:
        raise NotFoundError("There is no such account.")
    return account
