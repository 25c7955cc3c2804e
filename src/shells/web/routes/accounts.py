"""The user's linked accounts and their switches."""

from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from distribution_core.usecases.creator_info import creator_info
from distribution_core.usecases.list_accounts import list_accounts
from distribution_core.usecases.refresh_token import refresh_account
from distribution_core.usecases.toggle_account import toggle_account, unlink_account
from shells.web.routes.parsing import path_id
from shells.web.routes.showing import look_url
from shells.web.security.permissions import Permission
from shells.web.security.tokens import Caller
from shells.web.shapes.accounts import AccountOut, AccountsOut, CreatorInfoOut, ListedAccountOut, Toggle, ToggledOut
from shells.wiring import Product


@get("/accounts", summary="Linked accounts, in the order of linking", permission=Permission.ACCOUNTS_READ)
async def list_all(caller: Caller, product: Product) -> AccountsOut:
    """With the last post of each, and how long it stays open to us."""
    standings = await list_accounts(product.context, caller.user_id)
    return AccountsOut(accounts=[ListedAccountOut.of_standing(each, look_url(product, each.account)) for each in standings])


@patch("/accounts/{account_id:str}/toggle", summary="Switch an account on or off", permission=Permission.ACCOUNTS_WRITE)
async def toggle(account_id: FromPath[str], data: JSONBody[Toggle], caller: Caller, product: Product) -> ToggledOut:
    """Switching off cancels what nobody could have seen yet."""
    toggled = await toggle_account(product.context, caller.user_id, path_id(account_id, "account"), is_active=data.is_active)
    return ToggledOut(account=AccountOut.of(toggled.account), stopped=toggled.stopped, being_sent=toggled.being_sent)


@delete(
    "/accounts/{account_id:str}",
    status_code=200,
    summary="Unlink an account; its history stays",
    permission=Permission.ACCOUNTS_WRITE,
)
async def unlink(account_id: FromPath[str], caller: Caller, product: Product) -> ToggledOut:
    """Revokes access at the platform, best effort, with the grant's last account."""
    toggled = await unlink_account(product.context, caller.user_id, path_id(account_id, "account"))
    return ToggledOut(account=AccountOut.of(toggled.account), stopped=toggled.stopped, being_sent=toggled.being_sent)


@get(
    "/accounts/{account_id:str}/creator-info",
    summary="What a creator may do right now, for whom a post is written",
    permission=Permission.ACCOUNTS_READ,
)
async def creator(account_id: FromPath[str], caller: Caller, product: Product) -> CreatorInfoOut:
    """TikTok wants it shown before each post. `applicable` is false elsewhere. Kept for a minute; 409 with what to do where
    the creator can't post, or was asked about too often."""
    return CreatorInfoOut.of(await creator_info(product.context, caller.user_id, path_id(account_id, "account")))


@post(
    "/accounts/{account_id:str}/refresh",
    status_code=200,
    summary="Refresh an account's token now",
    permission=Permission.ACCOUNTS_WRITE,
)
async def refresh(account_id: FromPath[str], caller: Caller, product: Product) -> AccountOut:
    return AccountOut.of(await refresh_account(product.context, caller.user_id, path_id(account_id, "account")))
