"""A user's linked accounts, with what each last carried and how long it stays open to us."""

from datetime import datetime
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import Grant, SocialAccount
from distribution_core.domain.delivery import Delivery
from distribution_core.usecases.context import Context


@frozen(kw_only=True)
class AccountStanding:
    """`renews`: its token is renewed by itself before it ends. `ends_at`: when access ends unless the account is linked
    again; None where no end is known. `missing_scopes` are permissions that we ask for today and this consent does not
    hold. `last_post` is the last delivery that succeeded."""

    account: SocialAccount
    app: str | None
    renews: bool
    ends_at: datetime | None
    missing_scopes: tuple[str, ...]
    last_post: Delivery | None


async def list_accounts(ctx: Context, user_id: UUID) -> tuple[AccountStanding, ...]:
    """In the order of linking."""
    async with ctx.ledger.begin() as tx:
        linked = [account for account in await tx.accounts.of_user(user_id) if account.is_linked]
        last = await tx.listing.last_posts([account.id for account in linked])
        grants = await tx.listing.grants_of(user_id)
    return tuple(
        _standing(ctx, account, grants.get(account.grant_id) if account.grant_id else None, last.get(account.id))
        for account in linked
    )


def _standing(ctx: Context, account: SocialAccount, grant: Grant | None, last_post: Delivery | None) -> AccountStanding:
    platform = ctx.platforms.get(account.platform)
    extends = platform is not None and platform.authorizer.extends_access_token
    refreshes = grant is not None and grant.refresh_token is not None
    ends_at = account.access_expires_at
    if refreshes and grant is not None:
        ends_at = grant.refresh_expires_at
    elif extends:
        ends_at = None
    profile = platform.authorizer.apps.get(grant.app) if platform is not None and grant is not None else None
    held = grant.scopes if grant is not None else ()
    return AccountStanding(
        account=account,
        app=grant.app if grant is not None else None,
        renews=refreshes or (extends and grant is not None),
        ends_at=ends_at,
        missing_scopes=tuple(scope for scope in profile.scopes if scope not in held) if profile and held else (),
        last_post=last_post,
    )
