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


@frozen(kw_only=True)
class _Held:
    claimed: Claimed
    place: Place
    number: int
    since_s: float


Publish = Callable[[Claimed, Place], Coroutine[Any, Any, None]]


@define
class Hands:
    """`limit` deliveries are sent at once. A few more wait for the next slot, no more of a platform than it has just shown to
    take in no time, so that no slot stands empty while the ledger is asked; and who is answered gives the slot away before
    it is written down. `more`: as much was due as was asked for, so there may be more."""

    ctx: Context
    _platforms: int
    _publish: Publish
    more: bool = True
    running: dict[asyncio.Task[None], Claimed] = field(factory=dict)
    _lines: dict[str, deque[_Held]] = field(factory=dict)
    _waiting: int = 0
    _sending: int = 0
    _sending_to: Counter[str] = field(factory=Counter)
    _ended: int = 0
    _numbers: Iterator[int] = field(factory=count)
    _most: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._most = most_of_one(self.ctx, self._platforms)

    @property
    def limit(self) -> int:
        return self.ctx.limits.concurrency

    @property
    def room(self) -> int:
        """How many more may be claimed."""
        ahead = min(sum(ahead_of(self.ctx, platform) for platform in self.ctx.platforms), self.limit)
        free = self.limit - self._sending + max(ahead - self._waiting, 0)
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
        self._waiting += len(claimed)
        self._start()

    def overdue(self) -> Sequence[Claimed]:
        """Those that have waited for a slot for a good part of their lease, and are not waited with any longer."""
        last_s = self.ctx.clock.monotonic() - self.ctx.limits.lease.total_seconds() / _WAIT_PART
        return [self._let_go(line) for line in self._lines.values() for _ in range(_older(line, last_s))]

    def drop(self) -> Sequence[Claimed]:
        """All that wait, of which none will be sent."""
        return [self._let_go(line) for line in self._lines.values() for _ in range(len(line))]

    def _let_go(self, line: deque[_Held]) -> Claimed:
        held = line.popleft()
        self._waiting -= 1
        held.place.leave()
        return held.claimed

    def _start(self) -> None:
        while self._waiting and self._sending < self.limit:
            line = self._next_line()
            if line is None:
                return
            held = line.popleft()
            self._waiting -= 1
            self._sending += 1
            self._sending_to[held.claimed.delivery.platform] += 1
            held.place.on_leaving = self._left
            task = asyncio.create_task(self._publish(held.claimed, held.place))
            self.running[task] = held.claimed
            task.add_done_callback(self.running.pop)

    def _next_line(self) -> deque[_Held] | None:
        """Of the platforms that may have one more slot, the one whose first has waited longest."""
        lines = [line for platform, line in self._lines.items() if line and self._sending_to[platform] < self._most]
        return min(lines, key=_first) if len(lines) > 1 else lines[0] if lines else None

    def _left(self, place: Place) -> None:
        self._sending -= 1
        self._sending_to[place.key.platform] -= 1
        self._start()
        self._ended += 1
        # Looked at after a few: what comes to enough for a claim comes together from many.
        often = max(1, self.limit // _LOOK_PART)
        if self._ended % often == 0 and (self.more or self.ctx.outbound.is_limited) and self.worth_a_claim:
            self.ctx.doorbell.wake()  # what is due could not be taken for want of slots


def _first(line: deque[_Held]) -> int:
    return line[0].number


def _older(line: deque[_Held], last_s: float) -> int:
    return sum(1 for held in line if held.since_s < last_s)
