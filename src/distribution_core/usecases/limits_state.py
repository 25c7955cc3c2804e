"""How platforms and limits stand, for health, metrics and people."""

from collections.abc import Collection, Mapping
from datetime import datetime

from attrs import frozen

from distribution_core.domain.breaker import BreakerState
from distribution_core.domain.quota import Quota, in_use
from distribution_core.ports.ledger import Transaction
from distribution_core.ports.limiter import WindowKey
from distribution_core.usecases.context import Context


@frozen(kw_only=True)
class BreakerShown:
    """`until`: when the next probe may go. `opened`: how often in a row."""

    platform: str
    app: str
    state: BreakerState
    opened: int
    until: datetime | None


@frozen(kw_only=True)
class WindowShown:
    """`account` is the platform's id of it, empty for a whole app. `most` is None where the platform only said to wait."""

    platform: str
    app: str
    account: str
    name: str
    used: int
    most: int | None
    blocked_until: datetime | None


@frozen(kw_only=True)
class LimitsState:
    """Breakers of every platform and app that is installed, and the windows of whole apps and of accounts that wait."""

    breakers: tuple[BreakerShown, ...]
    windows: tuple[WindowShown, ...]


async def breaker_states(ctx: Context) -> Mapping[tuple[str, str], str]:
    """The state of each breaker in one word, by platform and app."""
    return {(each.platform, each.app): each.state.value for each in (await limits_state(ctx)).breakers}


def sendable(breakers: Mapping[tuple[str, str], str]) -> Collection[str] | None:
    """The platforms of which something could be sent now; None where that is all of them. One is out when none of its apps'
    breakers is closed: nothing of it is claimed then."""
    closed = {platform for (platform, _), state in breakers.items() if state == BreakerState.CLOSED.value}
    return None if closed == {platform for platform, _ in breakers} else sorted(closed)


async def unserved(tx: Transaction) -> Collection[str]:
    """The platforms of what is due that no worker who polls serves."""
    standing = await tx.limiter.standing()
    return sorted(each for each in await tx.workers.due_platforms() if not standing.serving(each))


async def limits_state(ctx: Context) -> LimitsState:
    """How they stand in the ledger, which all workers share."""
    async with ctx.ledger.begin() as tx:
        standing, now = await tx.limiter.standing(), tx.now
    known = {(platform.id, app) for platform in ctx.platforms.values() for app in platform.authorizer.apps}
    stored = {(key.platform, key.app): breaker for key, breaker in standing.breakers.items()}
    shown = []
    for platform, app in sorted(known | set(stored)):
        breaker = stored.get((platform, app))
        state = breaker.state if breaker else BreakerState.CLOSED
        opened, until = (breaker.opened, breaker.until) if breaker else (0, None)
        shown.append(BreakerShown(platform=platform, app=app, state=state, opened=opened, until=until))
    windows = []
    for key in sorted(standing.windows, key=lambda each: (each.platform, each.app, each.name, each.account)):
        window = standing.windows[key]
        quota = _quota(ctx, key)
        until = window.blocked_until if window.blocked_until is not None and window.blocked_until > now else None
        windows.append(
            WindowShown(
                platform=key.platform,
                app=key.app,
                account=key.account,
                name=key.name,
                used=in_use(window, quota, now) if quota else window.used,
                most=quota.most if quota else None,
                blocked_until=until,
            )
        )
    return LimitsState(breakers=tuple(shown), windows=tuple(windows))


def _quota(ctx: Context, key: WindowKey) -> Quota | None:
    platform = ctx.platforms.get(key.platform)
    quotas = platform.limits.quotas if platform else ()
    return next((quota for quota in quotas if quota.name == key.name), None)
