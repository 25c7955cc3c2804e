"""Honour what a person told the platform: that our app is to go (deauthorize), or to forget them (data deletion)."""

from datetime import datetime, timedelta
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.account import AccountStatus, Grant, SocialAccount
from distribution_core.domain.audit import AuditAction
from distribution_core.domain.errors import NotFoundError
from distribution_core.ports.farewell import Farewell, ForgedFarewellError
from distribution_core.ports.ledger import Transaction
from distribution_core.usecases.context import Context
from distribution_core.usecases.refresh_token import mark_lost
from distribution_core.usecases.toggle_account import stop_deliveries

AGE_MAX = timedelta(days=1)
AHEAD_MAX = timedelta(minutes=5)
_FORGOTTEN = "removed at the person's request"


@frozen(kw_only=True)
class Forgotten:
    """What came of a request to forget somebody. `code` is for them, to look it up."""

    code: UUID
    grants: int


async def deauthorized(ctx: Context, platform_id: str, farewell: Farewell) -> int:
    """End the grants of that person, or what we hold of that account, over all users; how many. Each account says that it has to
    be linked again. Raises ForgedFarewellError for one that is too old: a copy may not end what was linked since."""
    _fresh(ctx, farewell)
    ended = 0
    async with ctx.ledger.begin() as tx:
        if farewell.of_account:
            accounts = await _left(tx, platform_id, farewell)
            await mark_lost(ctx, tx, accounts, AccountStatus.REVOKED, _removed_at(ctx, platform_id))
            return len(accounts)
        for grant in await _standing(tx, platform_id, farewell):
            await _end(ctx, tx, grant)
            ended += 1
    return ended


async def forget(ctx: Context, platform_id: str, farewell: Farewell) -> Forgotten:
    """End the grants and wipe what the platform had told us: tokens, names, pictures, ids of the person. What our own users
    wrote, and which of it was sent, is theirs and stays. Raises ForgedFarewellError as `deauthorized` does."""
    _fresh(ctx, farewell)
    code = ctx.new_id()
    async with ctx.ledger.begin() as tx:
        grants = [] if farewell.of_account else await _standing(tx, platform_id, farewell)
        for grant in grants:
            await _wipe(ctx, tx, grant)
        # Whose account was unlinked before has no grant any more, but the account is theirs where it is known by their own id.
        rest = [each for each in await _left(tx, platform_id, farewell) if farewell.of_account or each.grant_id is None]
        for account in rest:
            await _wipe_account(ctx, tx, account)
        users: list[UUID | None] = [*{*(grant.user_id for grant in grants), *(account.user_id for account in rest)}]
        for user_id in users or [None]:
            await tx.audit.add(ctx.audit(AuditAction.DATA_DELETED, tx.now, user_id, "request", code, platform=platform_id))
    return Forgotten(code=code, grants=len(grants))


async def forgotten_at(ctx: Context, code: UUID) -> str:
    """When a request to forget was carried out, ISO 8601. Raises NotFoundError."""
    async with ctx.ledger.begin() as tx:
        entries = await tx.audit.of_subject(code)
    for entry in entries:
        if entry.action is AuditAction.DATA_DELETED:
            return entry.at.isoformat()
    raise NotFoundError("There is no such request.")


def _fresh(ctx: Context, farewell: Farewell) -> None:
    age = ctx.clock.now() - farewell.issued_at
    if not -AHEAD_MAX <= age <= AGE_MAX:
        raise ForgedFarewellError("The request was signed at another time than now.")


async def _left(tx: Transaction, platform_id: str, farewell: Farewell) -> list[SocialAccount]:
    """The accounts with the id that is spoken of; but one that was linked later is not meant."""
    found = await tx.farewells.accounts_of(platform_id, farewell.subject_id)
    return [each for each in found if not each.is_linked or _before(each.linked_at, farewell)]


def _before(linked_at: datetime, farewell: Farewell) -> bool:
    """The platform tells whole seconds."""
    return linked_at < farewell.issued_at + timedelta(seconds=1)


async def _standing(tx: Transaction, platform_id: str, farewell: Farewell) -> list[Grant]:
    """The person's grants that were there when they said it; one that was linked later is not meant."""
    standing = []
    for found in await tx.farewells.grants_of(platform_id, farewell.app, farewell.subject_id):
        grant = await tx.grants.get(found.id, for_change=True)
        linked = [each.linked_at for each in await tx.accounts.of_grant(found.id) if each.is_linked]
        if grant is not None and all(_before(at, farewell) for at in linked):
            standing.append(grant)
    return standing


async def _end(ctx: Context, tx: Transaction, grant: Grant) -> Grant:
    """Without its tokens: they work no more, and are nobody's to keep."""
    ended = evolve(
        grant,
        access_token=b"",
        access_expires_at=None,
        refresh_token=None,
        refresh_expires_at=None,
        status=AccountStatus.REVOKED,
        version=grant.version + 1,
        updated_at=tx.now,
        revoke_until=None,
    )
    await tx.grants.save(ended, spent_version=grant.version)
    accounts = await tx.accounts.of_grant(grant.id, for_change=True)
    await mark_lost(ctx, tx, accounts, AccountStatus.REVOKED, _removed_at(ctx, grant.platform))
    return ended


def _removed_at(ctx: Context, platform_id: str) -> str:
    return f"Simulcast was removed at {ctx.platform(platform_id).name}. Link the account again."


async def _wipe(ctx: Context, tx: Transaction, grant: Grant) -> None:
    ended = await _end(ctx, tx, grant)
    for account in await tx.accounts.of_grant(grant.id, for_change=True):
        await _wipe_account(ctx, tx, account)
    wiped = evolve(ended, subject_id=f"forgotten-{grant.id}", scopes=(), version=ended.version + 1)
    await tx.grants.save(wiped, spent_version=ended.version)


async def _wipe_account(ctx: Context, tx: Transaction, account: SocialAccount) -> None:
    gone = evolve(
        account,
        grant_id=None,
        display_name=_FORGOTTEN,
        handle=None,
        avatar_url=None,
        access_token=None,
        access_expires_at=None,
        scopes=(),
        unlinked_at=account.unlinked_at or tx.now,
        updated_at=tx.now,
    )
    await tx.accounts.put(gone)
    stopped = await stop_deliveries(ctx, tx, gone)
    if account.is_linked:
        facts = {"platform": account.platform, "stopped": stopped, "reason": "data_deletion"}
        entry = ctx.audit(AuditAction.UNLINK_ACCOUNT, tx.now, account.user_id, "account", account.id, **facts)
        await tx.audit.add(entry)
