"""The end of an unlinked account: its token goes, and with a grant's last account the grant."""

from uuid import UUID

from attrs import evolve

from distribution_core.domain.account import AccountStatus, Grant
from distribution_core.ports.vault import VaultError
from distribution_core.usecases.context import Context
from distribution_core.usecases.refresh_token import open_tokens


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
        if any(other.is_linked for other in await tx.accounts.of_grant(grant.id)):
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
