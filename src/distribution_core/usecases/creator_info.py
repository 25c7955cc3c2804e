"""What a creator may do right now, for the page on which a post for them is written."""

from datetime import timedelta
from uuid import UUID

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.errors import ConflictError, NotFoundError
from distribution_core.domain.outcome import AuthLost, Rejected, Throttled
from distribution_core.domain.quota import free_at, take
from distribution_core.ports.creator import CreatorDesk, CreatorInfo
from distribution_core.ports.limiter import BreakerKey, Standing, WindowKey
from distribution_core.usecases.context import Context
from distribution_core.usecases.credentials import Credential, account_lost, credential_for
from distribution_core.usecases.hearing import THROTTLED

FRESH = timedelta(seconds=60)
_KEPT_MAX = 1_000


async def creator_info(ctx: Context, user_id: UUID, account_id: UUID) -> CreatorInfo | None:
    """Asked of the platform at most once a minute in a process; None where the platform wants nothing shown. Raises
    NotFoundError, or ConflictError with what to do: the account has to be reconnected, may not post now, or was asked about
    too often."""
    async with ctx.ledger.begin() as tx:
        account = await tx.accounts.get(account_id, user_id)
    if account is None or not account.is_linked:
        raise NotFoundError("There is no such account.")
    desk = ctx.platform(account.platform).creators
    if desk is None:
        return None
    kept = ctx.creators.get(account_id)
    now = ctx.clock.monotonic()
    if kept is not None and now - kept[0] < FRESH.total_seconds():
        return kept[1]
    found = await _ask(ctx, account, desk)
    if len(ctx.creators) >= _KEPT_MAX:
        ctx.creators.clear()
    ctx.creators[account_id] = (now, found)
    return found


async def _ask(ctx: Context, account: SocialAccount, desk: CreatorDesk) -> CreatorInfo:
    worker = f"user-{account.user_id}-{ctx.randomness.token(4).hex()}"
    credential = await credential_for(ctx, account, worker=worker)
    if not isinstance(credential, Credential):
        raise _refused(credential.message, needs_reconnect=isinstance(credential, AuthLost))
    await _take_place(ctx, account, desk, credential.grant.app)
    answer = await desk.ask(credential.token)
    if isinstance(answer, AuthLost) and answer.refreshable:
        credential = await credential_for(ctx, account, worker=worker, refused=credential.grant)
        if not isinstance(credential, Credential):
            raise _refused(credential.message, needs_reconnect=isinstance(credential, AuthLost))
        answer = await desk.ask(credential.token)
    match answer:
        case CreatorInfo():
            return answer
        case AuthLost(message=message):
            await account_lost(ctx, account.id, answer)
            raise _refused(message, needs_reconnect=True)
        case Throttled(message=message, wait=wait):
            if wait is not None:
                ctx.outbound.wait(_window(account, credential.grant.app, THROTTLED), ctx.clock.now() + wait)
            raise ConflictError("creator_throttled", message)
        case Rejected(message=message):
            raise ConflictError("creator_may_not_post", message)
        case _:
            raise ConflictError("creator_unavailable", f"{answer.message} Try again in a moment.")


async def _take_place(ctx: Context, account: SocialAccount, desk: CreatorDesk, app: str) -> None:
    """Count this question, all processes together. Raises ConflictError where the account is to be left alone."""
    key = BreakerKey(platform=account.platform, app=app)
    until = ctx.outbound.blocked_until(key, account.external_account_id, ctx.clock.now())
    if until is None:
        window = _window(account, app, desk.quota.name)
        async with ctx.ledger.begin() as tx:
            held = (await tx.limiter.hold([], [window])).windows[window]
            after, granted = take(held, desk.quota, 1, tx.now)
            if granted:
                await tx.limiter.put(Standing(windows={window: after}))
                return
            until = free_at(held, desk.quota, tx.now)
    seconds = max(1, round((until - ctx.clock.now()).total_seconds()))
    raise ConflictError("creator_throttled", f"This was asked often enough for now. Try again in {seconds} s.")


def _window(account: SocialAccount, app: str, name: str) -> WindowKey:
    return WindowKey(platform=account.platform, app=app, name=name, account=account.external_account_id)


def _refused(message: str, *, needs_reconnect: bool) -> ConflictError:
    return ConflictError("needs_reconnect" if needs_reconnect else "creator_unavailable", message)
