"""What one process knows of the limits that it shares with all others, between two looks at the ledger."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from attrs import define, field

from distribution_core.domain.breaker import Breaker, BreakerState
from distribution_core.ports.clock import Clock
from distribution_core.ports.limiter import BreakerKey, Standing, WindowKey, breaker_key
from distribution_core.ports.loads import Load
from distribution_core.usecases.pace import Pace

_UNTOUCHED = Breaker()


@define
class OutboundState:
    """`good` and `bad` are answers, `waits` the platforms' own words, that the ledger has not been told of yet.
    `is_limited`: a platform was given less than was asked for, so there may be more as soon as something ends. `counted`: the
    platforms of which it matters what other workers have under way, `tells`: they may have been told of what is here."""

    standing: Standing = field(factory=Standing)
    looked_at: datetime | None = None
    good: Counter[BreakerKey] = field(factory=Counter)
    bad: Counter[BreakerKey] = field(factory=Counter)
    waits: dict[WindowKey, datetime] = field(factory=dict)
    is_limited: bool = False
    blocks: dict[tuple[BreakerKey, str], datetime] = field(factory=dict)
    pace: Pace = field(factory=Pace)
    running: Counter[str] = field(factory=Counter)
    running_on: dict[UUID, dict[BreakerKey, int]] = field(factory=dict)
    counted: Collection[str] = ()
    tells: bool = False

    def breaker(self, key: BreakerKey) -> Breaker:
        return self.standing.breakers.get(key, _UNTOUCHED)

    def is_shut(self, key: BreakerKey) -> bool:
        """Whether the breaker was open, or a probe was out, when last looked at."""
        return self.breaker(key).state is not BreakerState.CLOSED

    def blocked_until(self, key: BreakerKey, account: str, now: datetime) -> datetime | None:
        """Until when the platform itself wants the account, or its whole app, left alone; None where it does not."""
        untils = (self.blocks.get((key, account)), self.blocks.get((key, "")))
        return max((until for until in untils if until is not None and until > now), default=None)

    def loads(self) -> Sequence[Load]:
        """What is under way here and counts."""
        return [
            Load(key=key, account_id=account, number=number)
            for account, numbers in self.running_on.items()
            for key, number in numbers.items()
            if key.platform in self.counted
        ]

    def on_account(self, account_id: UUID) -> int:
        """How many of an account's are under way here."""
        numbers = self.running_on.get(account_id)
        return sum(numbers.values()) if numbers else 0

    def in_app(self, key: BreakerKey) -> int:
        """How many are under way here through one app."""
        return sum(numbers.get(key, 0) for numbers in self.running_on.values())

    def look(self, standing: Standing, now: datetime) -> None:
        """How all stand, as just read."""
        self.standing, self.looked_at = standing, now
        self.blocks.clear()
        for key, window in standing.windows.items():
            if window.blocked_until is not None:
                self._block(key, window.blocked_until)

    def wait(self, key: WindowKey, until: datetime) -> None:
        """Heed the platform's word at once, and tell the others at the next look."""
        self.waits[key] = max(until, self.waits.get(key, until))
        self._block(key, until)

    def _block(self, key: WindowKey, until: datetime) -> None:
        place = (breaker_key(key.platform, key.app), key.account)
        self.blocks[place] = max(until, self.blocks.get(place, until))

    def place(self, clock: Clock, key: BreakerKey, account_id: UUID) -> "Place":
        """What one delivery takes up of the limits while this process holds it."""
        return Place(self, clock, key, account_id)


@define(eq=False)
class Place:
    """Counted from `take` to `leave`, or to the end of a block; `answered` leaves as well, and tells the pace. The call that
    can't be taken back is made within `calls`, which may have to be waited for."""

    _state: OutboundState
    _clock: Clock
    key: BreakerKey
    account_id: UUID
    calls: AbstractAsyncContextManager[Any] = field(factory=nullcontext)
    on_leaving: Callable[["Place"], None] | None = None
    _taken: bool = False

    def take(self) -> Self:
        if not self._taken:
            self._taken = True
            self._count(1)
        return self

    def answered(self) -> None:
        """The platform has answered: what is left to do is ours, and holds nobody up."""
        if self._taken:
            self._state.pace.answered(self.key.platform, self._clock.monotonic())
            self.leave()

    def leave(self) -> None:
        if not self._taken:
            return
        self._taken = False
        self._count(-1)
        if self.on_leaving is not None:
            self.on_leaving(self)

    def __enter__(self) -> Self:
        return self.take()

    def __exit__(self, *_: object) -> None:
        self.leave()

    def _count(self, number: int) -> None:
        state, key = self._state, self.key
        state.running[key.platform] += number
        on_account = state.running_on.get(self.account_id)
        if on_account is None:
            on_account = state.running_on[self.account_id] = {}
        left = on_account.get(key, 0) + number
        if left:
            on_account[key] = left
            return
        del on_account[key]
        if not on_account:
            del state.running_on[self.account_id]
