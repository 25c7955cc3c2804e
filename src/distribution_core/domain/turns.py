"""Whose turn it is: every user is owed one delivery a second before anybody's second one, so that a large fan-out doesn't
hold back somebody else's single post. Nobody waits for a turn that nobody else wants.

Turns that nobody could take grow old, and a backlog's then all come before a post of now. So half of what is taken goes first to
the heads, those in the first places of their users' queues: of those a backlog has few, however old it is."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from attrs import frozen

from distribution_core.domain.delivery import Delivery, DeliveryStatus

TURN = timedelta(seconds=1)
HEADS = 10  # of each queue; an index of the ledger's is made for this number


@frozen
class Waiting:
    """A delivery in the line."""

    id: UUID
    platform: str
    due_at: datetime
    place: int

    @property
    def turn(self) -> datetime:
        return turn(self.due_at, self.place)


def turn(due_at: datetime, place: int) -> datetime:
    """By when a delivery sorts among all that are due; `place` counts from 0 what its user had before it."""
    return due_at + place * TURN


def first_place(queued_until: datetime | None, now: datetime, *, waiting: int) -> int:
    """The place of a user's next delivery, when those before it reach to `queued_until`, and so many wait, as far as they were
    counted. Who has nothing waiting begins anew: to have had much when nobody else wanted it takes nothing from anybody."""
    if queued_until is None or not waiting:
        return 0
    return max(-((now - queued_until) // TURN), min(waiting, HEADS))


def is_sent_again(delivery: Delivery, was: Delivery) -> bool:
    """Whether it had failed for good. Such come back in thousands, all of which once were first: none is a head any more."""
    return was.status is DeliveryStatus.FAILED and delivery.status is DeliveryStatus.RETRIED


def for_heads(share: int, now: datetime) -> int:
    """How many of a share go first to heads: half. What is odd goes by the microsecond, as a coin falls: a share of one must be
    had by either."""
    return (share + odd_to_heads(now)) // 2


def odd_to_heads(now: datetime) -> int:
    """1 when the odd one of a share goes to heads now, 0 when it goes by turn."""
    return 1 - now.microsecond % 2


def taken(line: Iterable[Waiting], shares: Mapping[str, int], limit: int, now: datetime) -> Sequence[Waiting]:
    """Who of the line is taken, in order of turn: of each platform no more than its share, and `limit` of all."""
    in_turn = sorted(line, key=_order)
    ripe = [each for each in in_turn if each.place < HEADS and each.turn <= now]
    of_heads = {platform: for_heads(share, now) for platform, share in shares.items()}
    heads = _of_each_at_most(ripe, of_heads)[: for_heads(limit, now)]
    known, had = {head.id for head in heads}, Counter(head.platform for head in heads)
    left = {platform: share - had[platform] for platform, share in shares.items()}
    rest = _of_each_at_most((each for each in in_turn if each.id not in known), left)[: limit - len(heads)]
    return tuple(sorted(heads + rest, key=_order))


def _order(each: Waiting) -> tuple[datetime, UUID]:
    return each.turn, each.id


def _of_each_at_most(line: Iterable[Waiting], shares: Mapping[str, int]) -> list[Waiting]:
    had: Counter[str] = Counter()
    found = []
    for each in line:
        if had[each.platform] < shares.get(each.platform, 0):
            had[each.platform] += 1
            found.append(each)
    return found
