"""What may go out now: how much of each platform is claimed, and what of that waits, at no attempt, for a limit."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from attrs import define, evolve, field, frozen

from distribution_core.domain.breaker import BreakerState, Permit, answered, ask, wait_until
from distribution_core.domain.delivery import Delivery, Phase
from distribution_core.domain.outcome import FailureKind
from distribution_core.domain.quota import Quota, Scope, Window, blocked, free_at, is_counted, room_in, share_of, take
from distribution_core.domain.ramp import ramped, spread
from distribution_core.domain.settling import held_back
from distribution_core.ports.batches import Surroundings
from distribution_core.ports.ledger import Transaction
from distribution_core.ports.limiter import BreakerKey, Standing, WindowKey, breaker_key
from distribution_core.ports.loads import Elsewhere
from distribution_core.ports.platform import Platform
from distribution_core.usecases.context import Context
from distribution_core.usecases.give_back import Uses
from distribution_core.usecases.under_way import counted_platforms

_LOOK = timedelta(seconds=1)
_SLOT = timedelta(seconds=1)
_DAY_SPREAD = timedelta(minutes=10)
_PLACES_PART = 16


async def look(ctx: Context, tx: Transaction) -> None:
    """Once a second at most, tell the ledger what was answered, and read how all stand."""
    if not _is_time(ctx, tx.now):
        return
    await _tell_answers(ctx, tx)
    ctx.outbound.look(await tx.limiter.standing(), tx.now)
    ctx.outbound.counted = counted_platforms(ctx)


def shares(ctx: Context, now: datetime, limit: int, others: Elsewhere, served: Collection[str] | None = None) -> dict[str, int]:
    """How many deliveries of each platform this process may claim now, of `limit`; a platform with none is left out. `others`
    is what other workers have under way, `served` the platforms that this one works for, None for all."""
    mine = [each for each in ctx.platforms.values() if served is None or each.id in served]
    most, state = most_of_one(ctx, len(mine)), ctx.outbound
    found = {
        platform.id: max(
            min(
                _share(ctx, platform, now, limit, others),
                limit,
                most + ahead_of(ctx, platform.id) - state.running[platform.id],
            ),
            0,
        )
        for platform in mine
    }
    ctx.outbound.is_limited = any(share < min(limit, most) for share in found.values())
    return {platform: share for platform, share in found.items() if share > 0}


def most_of_one(ctx: Context, platforms: int) -> int:
    """The places that one platform may have of a worker for so many: it leaves some to the others, however much of it is due,
    since calls that hang for minutes must not stop what has nothing to do with them."""
    each = max(1, ctx.limits.concurrency // _PLACES_PART)
    return max(ctx.limits.concurrency - max(platforms - 1, 0) * each, 1)


def ahead_of(ctx: Context, platform: str) -> int:
    """How many of a platform's deliveries may wait in this process for the next place."""
    return min(ctx.outbound.pace.lately(platform, ctx.clock.monotonic()), ctx.limits.concurrency)


async def admit(
    ctx: Context,
    tx: Transaction,
    deliveries: Sequence[Delivery],
    surroundings: Sequence[Surroundings],
    others: Elsewhere,
) -> Sequence[tuple[Delivery, Surroundings, Uses | None]]:
    """Those of the deliveries just claimed that may go now, with what is around them and what they take of quotas. The others
    are given back until they may; their wait is no attempt."""
    calls = [_call(ctx, each, around) for each, around in zip(deliveries, surroundings, strict=True)]
    batch = _Batch(ctx=ctx, now=tx.now, others=others, calls=calls)
    batch.count()
    await batch.hold(tx)
    going = [
        (call.delivery, around, Uses(tx.now, call.quotas) if call.quotas else None)
        for call, around in zip(calls, surroundings, strict=True)
        if batch.may_go(call)
    ]
    await batch.put(tx)
    if batch.waiting:
        await tx.limiter.hold_back(batch.held_back())
    return going


@frozen(kw_only=True)
class _Call:
    """`quotas` are those that this delivery uses up: none when it is only asked what became of it."""

    delivery: Delivery
    platform: Platform
    key: BreakerKey
    account: str
    quotas: Mapping[WindowKey, Quota]


@define
class _Allowance:
    """What is left of a quota, and what this batch takes of it."""

    window: Window
    quota: Quota
    left: int
    taken: int = 0

    def after(self, now: datetime) -> Window:
        return take(self.window, self.quota, self.taken, now)[0]


@frozen(kw_only=True)
class _Wait:
    """`over`: those that wait for the same thing come back spread over as long for each."""

    delivery: Delivery
    what: object
    until: datetime
    over: timedelta
    reason: FailureKind


@define(kw_only=True)
class _Batch:
    ctx: Context
    now: datetime
    others: Elsewhere
    calls: Sequence[_Call]
    held: Standing = field(factory=Standing)
    allowances: dict[WindowKey, _Allowance] = field(factory=dict)
    accounts: Counter[UUID] = field(factory=Counter)
    apps: Counter[BreakerKey] = field(factory=Counter)
    parts: dict[tuple[str, int], int] = field(factory=dict)
    waiting: list[_Wait] = field(factory=list)

    def count(self) -> None:
        """What is under way: here where an app is limited, and by other workers where that counts."""
        for key in {call.key for call in self.calls if call.platform.limits.app_concurrency is not None}:
            self.apps[key] += self.ctx.outbound.in_app(key)
        serving = {name: self.ctx.outbound.standing.serving(name) for name in {load.key.platform for load in self.others.loads}}
        for load in self.others.loads:
            limits, workers = self.ctx.platform(load.key.platform).limits, serving[load.key.platform]
            if is_counted(limits.account_concurrency, workers):
                self.accounts[load.account_id] += load.number
            if is_counted(limits.app_concurrency, workers):
                self.apps[load.key] += load.number

    async def hold(self, tx: Transaction) -> None:
        """One query for each kind of thing that limits this batch, and none where nothing does."""
        shut = {call.key for call in self.calls if self.ctx.outbound.is_shut(call.key)}
        quotas = {key: quota for call in self.calls for key, quota in call.quotas.items()}
        if shut or quotas:
            self.held = await tx.limiter.hold(shut, quotas)
        # By the keys that the calls hold, which are found at once: the ledger's are others that are equal.
        for key, quota in quotas.items():
            window = self.held.windows[key]
            self.allowances[key] = _Allowance(window, quota, room_in(window, quota, self.now))

    def may_go(self, call: _Call) -> bool:
        """Every limit is looked at before anything is taken, so that nothing is used up by what then waits."""
        wait = self._blocked(call) or self._crowded(call) or self._used_up(call) or self._shut(call)
        if wait is not None:
            self.waiting.append(wait)
            return False
        for key in call.quotas:
            allowance = self.allowances[key]
            allowance.left -= 1
            allowance.taken += 1
        self.accounts[call.delivery.social_account_id] += 1
        self.apps[call.key] += 1
        return True

    async def put(self, tx: Transaction) -> None:
        if self.held.breakers or self.allowances:
            windows = {key: allowance.after(self.now) for key, allowance in self.allowances.items()}
            await tx.limiter.put(Standing(breakers=self.held.breakers, windows=windows))

    def held_back(self) -> Sequence[Delivery]:
        """In the order of waiting, those for the same thing one after another and never all at once."""
        crowds = Counter(wait.what for wait in self.waiting)
        places: Counter[object] = Counter()
        found = []
        for wait in self.waiting:
            number, jitter = crowds[wait.what], self.ctx.randomness.uniform()
            until = spread(wait.until, wait.over * number, place=places[wait.what], of=number, jitter=jitter)
            places[wait.what] += 1
            found.append(held_back(wait.delivery, until, wait.reason, self.now))
        return found

    def _blocked(self, call: _Call) -> _Wait | None:
        """The platform itself has asked to be left alone."""
        state = self.ctx.outbound
        until = state.blocked_until(call.key, call.account, self.now) if state.blocks else None
        return self._wait(call, (call.key, call.account), until, _SLOT) if until is not None else None

    def _crowded(self, call: _Call) -> _Wait | None:
        limits, account = call.platform.limits, call.delivery.social_account_id
        if limits.account_concurrency is not None:
            most = self._part(call.platform, limits.account_concurrency)
            if self.ctx.outbound.on_account(account) + self.accounts[account] >= most:
                return self._wait(call, account, self.now + _SLOT, _SLOT / most)
        if limits.app_concurrency is not None:
            most = self._part(call.platform, limits.app_concurrency)
            if self.apps[call.key] >= most:
                return self._wait(call, call.key, self.now + _SLOT, _SLOT / most)
        return None

    def _part(self, platform: Platform, limit: int) -> int:
        """What of a limit is there for this worker and those that it counts."""
        most = self.parts.get((platform.id, limit))
        if most is None:
            most = self.parts[platform.id, limit] = share_of(limit, self.ctx.outbound.standing.serving(platform.id))
        return most

    def _used_up(self, call: _Call) -> _Wait | None:
        for key, quota in call.quotas.items():
            if self.allowances[key].left <= 0:
                free = free_at(self.allowances[key].after(self.now), quota, self.now)
                daily = quota.seconds > _DAY_SPREAD.total_seconds()
                over = _DAY_SPREAD / 100 if daily else timedelta(seconds=quota.seconds / quota.most)
                return self._wait(call, key, free, over)
        return None

    def _shut(self, call: _Call) -> _Wait | None:
        breaker = self.held.breakers.get(call.key)
        if breaker is None:
            return None
        policy = call.platform.limits.breaker
        breaker, permit = ask(breaker, policy, self.now)
        if permit is not Permit.WAIT:
            self.held = evolve(self.held, breakers={**self.held.breakers, call.key: breaker})
            return None
        until = wait_until(breaker, policy, self.now)
        return _Wait(delivery=call.delivery, what=call.key, until=until, over=policy.ramp / 100, reason=FailureKind.PLATFORM_DOWN)

    def _wait(self, call: _Call, what: object, until: datetime, over: timedelta) -> _Wait:
        return _Wait(delivery=call.delivery, what=what, until=until, over=over, reason=FailureKind.RATE_LIMITED)


def _call(ctx: Context, delivery: Delivery, around: Surroundings) -> _Call:
    platform = ctx.platform(delivery.platform)
    app, account = around.grant.app if around.grant else "", around.account.external_account_id
    sends = delivery.phase is Phase.IDLE and around.grant is not None
    quotas = {
        _window_key(platform.id, app, quota.name, account if quota.scope is Scope.ACCOUNT else ""): quota
        for quota in platform.limits.quotas
        if sends and quota.concerns(app)
    }
    return _Call(delivery=delivery, platform=platform, key=breaker_key(platform.id, app), account=account, quotas=quotas)


@lru_cache(maxsize=4096)
def _window_key(platform: str, app: str, name: str, account: str) -> WindowKey:
    return WindowKey(platform=platform, app=app, name=name, account=account)


def _is_time(ctx: Context, now: datetime) -> bool:
    seen = ctx.outbound.looked_at
    if seen is None or not seen <= now < seen + _LOOK:
        return True
    # What a probe brought is told at once: everybody waits for it.
    return any(ctx.outbound.is_shut(key) for key in (*ctx.outbound.good, *ctx.outbound.bad))


async def _tell_answers(ctx: Context, tx: Transaction) -> None:
    state = ctx.outbound
    telling = [key for key in {*state.good, *state.bad} if state.bad[key] or not state.breaker(key).is_untouched]
    if telling or state.waits:
        held = await tx.limiter.hold(telling, state.waits)
        breakers = {
            key: answered(
                breaker, ctx.platform(key.platform).limits.breaker, good=state.good[key], bad=state.bad[key], now=tx.now
            )
            for key, breaker in held.breakers.items()
        }
        windows = {key: blocked(window, state.waits[key]) for key, window in held.windows.items()}
        await tx.limiter.put(Standing(breakers=breakers, windows=windows))
        state.waits.clear()
    state.good.clear()
    state.bad.clear()


def _share(ctx: Context, platform: Platform, now: datetime, limit: int, others: Elsewhere) -> int:
    """Nothing while every app of the platform is shut, or while somebody has not told what counts; one where one may probe; after
    that more and more."""
    state, policy = ctx.outbound, platform.limits.breaker
    apps = platform.authorizer.apps if state.standing.breakers else ()
    breakers = [state.breaker(breaker_key(platform.id, app)) for app in apps]
    is_shut = bool(breakers) and all(each.state is not BreakerState.CLOSED for each in breakers)
    if platform.id in others.silent or (is_shut and not any(ask(each, policy, now)[1] is Permit.PROBE for each in breakers)):
        return 0
    workers, most = state.standing.serving(platform.id), platform.limits.concurrency
    closed = [each.closed_at for each in breakers if each.closed_at is not None]
    if most is None and (is_shut or not closed):
        return 1 if is_shut else limit
    elsewhere = 0
    if is_counted(most, workers):
        elsewhere = sum(load.number for load in others.loads if load.key.platform == platform.id)
    most = ctx.limits.concurrency if most is None else share_of(most, workers)
    if not is_shut:
        most = ramped(most, since=max(closed, default=None), ramp=policy.ramp, now=now, jitter=ctx.randomness.uniform())
    room = max(most - state.running[platform.id] - elsewhere, 0)
    return min(room, 1) if is_shut else room
