"""What one worker has in hand: waiting for a slot, being sent, or answered and about to be written down."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from itertools import count
from typing import Any

from attrs import define, field, frozen

from distribution_core.usecases.context import Context
from distribution_core.usecases.outbound import ahead_of, most_of_one
from distribution_core.usecases.outbound_state import Place
from distribution_core.usecases.publish_delivery import Claimed, place_of

_HELD_MOST = 3
_WAIT_PART = 4
_LOOK_PART = 32
# A gate opens within a third of the quarter of a second by which the pace is counted.
_EARLY_PART = 3


@frozen(kw_only=True)
class _Held:
    claimed: Claimed
    place: Place
    number: int
    since_s: float


@define
class _Slots:
    """The calls that are out: of one platform, and of all. Those of a platform are waited for first, so that who waits for its
    own keeps no slot from another's."""

    _of_all: asyncio.Semaphore
    _of_platform: asyncio.Semaphore

    async def __aenter__(self) -> None:
        await self._of_platform.acquire()
        try:
            await self._of_all.acquire()
        except BaseException:
            self._of_platform.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._of_all.release()
        self._of_platform.release()


Publish = Callable[[Claimed, Place], Coroutine[Any, Any, None]]


@define
class Hands:
    """`limit` calls are out at once. So that none of these slots stands empty while the ledger is asked, a few more deliveries
    are claimed and wait, no more of a platform than it has just shown to take in no time; as many as will be answered while
    a gate opens go to theirs early (docs/decisions/0004); and who is answered gives the slot away before that is written
    down. `more`: as much was due as was asked for, so there may be more."""

    ctx: Context
    _platforms: int
    _publish: Publish
    more: bool = True
    running: dict[asyncio.Task[None], Claimed] = field(factory=dict)
    _lines: dict[str, deque[_Held]] = field(factory=dict)
    _sending_to: Counter[str] = field(factory=Counter)
    _ended: int = 0
    _numbers: Iterator[int] = field(factory=count)
    _early: int = 0
    _most: int = field(init=False)
    _calls: asyncio.Semaphore = field(init=False, repr=False)
    _slots: dict[str, _Slots] = field(factory=dict, repr=False)

    def __attrs_post_init__(self) -> None:
        self._most = most_of_one(self.ctx, self._platforms)
        self._calls = asyncio.Semaphore(self.limit)

    @property
    def limit(self) -> int:
        return self.ctx.limits.concurrency

    @property
    def room(self) -> int:
        """How many more may be claimed."""
        ahead = self._ahead()
        free = max(self.limit - self._sending, 0) + max(ahead - self._waiting, 0)
        return max(min(free, _HELD_MOST * self.limit - self._waiting - len(self.running)), 0)

    @property
    def worth_a_claim(self) -> bool:
        """A claim is for many: to fill each slot as it falls free would cost a transaction for each. While some still wait there
        is time for more to come together."""
        return self.room >= max(1, self.limit // (2 if self._waiting else 4))

    def take(self, claimed: Sequence[Claimed]) -> None:
        """Send these, each as soon as there is a slot."""
        now_s = self.ctx.clock.monotonic()
        for each in claimed:
            place = place_of(self.ctx, each)
            held = _Held(claimed=each, place=place.take(), number=next(self._numbers), since_s=now_s)
            self._lines.setdefault(each.delivery.platform, deque()).append(held)
        self._early = self._ahead() // _EARLY_PART
        self._start()

    def overdue(self) -> Sequence[Claimed]:
        """Those that have waited for a slot for a good part of their lease, and are not waited with any longer."""
        last_s = self.ctx.clock.monotonic() - self.ctx.limits.lease.total_seconds() / _WAIT_PART
        return [self._let_go(line) for line in self._lines.values() for _ in range(_older(line, last_s))]

    def drop(self) -> Sequence[Claimed]:
        """All that wait, of which none will be sent."""
        return [self._let_go(line) for line in self._lines.values() for _ in range(len(line))]

    @property
    def _waiting(self) -> int:
        return sum(map(len, self._lines.values()))

    @property
    def _sending(self) -> int:
        """Those of a platform that went to their gates early, and whose calls hang, take no slot from another's."""
        return sum(min(number, self._most) for number in self._sending_to.values())

    def _ahead(self) -> int:
        return min(sum(ahead_of(self.ctx, platform) for platform in self.ctx.platforms), self.limit)

    def _let_go(self, line: deque[_Held]) -> Claimed:
        held = line.popleft()
        held.place.leave()
        return held.claimed

    def _start(self) -> None:
        while (line := self._next_line()) is not None and self._sending < self.limit + self._early:
            held = line.popleft()
            platform = held.claimed.delivery.platform
            self._sending_to[platform] += 1
            held.place.calls, held.place.on_leaving = self._slots_of(platform), self._left
            task = asyncio.create_task(self._publish(held.claimed, held.place))
            self.running[task] = held.claimed
            task.add_done_callback(self.running.pop)

    def _slots_of(self, platform: str) -> _Slots:
        if platform not in self._slots:
            self._slots[platform] = _Slots(self._calls, asyncio.Semaphore(self._most))
        return self._slots[platform]

    def _next_line(self) -> deque[_Held] | None:
        """Of the platforms that may have one more slot, the one whose first has waited longest."""
        lines = [line for platform, line in self._lines.items() if line and self._sending_to[platform] < self._most + self._early]
        return min(lines, key=_first) if len(lines) > 1 else lines[0] if lines else None

    def _left(self, place: Place) -> None:
        self._sending_to[place.key.platform] -= 1
        self._start()
        self._ended += 1
        if place.key.platform in self.ctx.outbound.counted:
            self.ctx.doorbell.wake()  # other workers wait for the room that this leaves
        # Looked at after a few: what comes to enough for a claim comes together from many.
        if self._ended % max(1, self.limit // _LOOK_PART):
            return
        self._early = self._ahead() // _EARLY_PART
        if (self.more or self.ctx.outbound.is_limited) and self.worth_a_claim:
            self.ctx.doorbell.wake()  # what is due could not be taken for want of slots


def _first(line: deque[_Held]) -> int:
    return line[0].number


def _older(line: deque[_Held], last_s: float) -> int:
    return sum(1 for held in line if held.since_s < last_s)
