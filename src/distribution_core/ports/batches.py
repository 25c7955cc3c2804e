"""The publisher's writes for many deliveries in one transaction: what each is told is its own, and never another's."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import Grant, SocialAccount
from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Attempt, Delivery
from distribution_core.ports.gate import CommitRequest, Gate


@frozen(kw_only=True)
class Surroundings:
    """What a delivery is published with."""

    account: SocialAccount
    content: Content
    grant: Grant | None


@frozen(kw_only=True)
class JournalEntry:
    """The handles of one claimed delivery, in place of those before."""

    delivery_id: UUID
    fence: int
    handles: Mapping[str, Any]


@frozen(kw_only=True)
class Ending:
    """How a try ended: the delivery as it was read and as it is to be, and the try. A try changes neither the frozen post nor
    `fence`, `takeovers` and `opened_at`."""

    was: Delivery
    after: Delivery
    attempt: Attempt


class Ended(StrEnum):
    """What became of an ending. `passed_by`: somebody else holds or changed the delivery; `taken`: the post that it names
    belongs to another delivery. Neither changed anything."""

    SAVED = "saved"
    PASSED_BY = "passed_by"
    TAKEN = "taken"


class Batches(Protocol):
    """Each takes every delivery at most once, and answers in the order of asking."""

    async def surroundings(self, deliveries: Sequence[Delivery]) -> Sequence[Surroundings]: ...

    async def journal(self, entries: Sequence[JournalEntry], lease: timedelta) -> Sequence[bool]:
        """As Deliveries.journal, each for itself."""
        ...

    async def open_gates(self, requests: Sequence[CommitRequest]) -> Sequence[tuple[Gate, Delivery | None]]:
        """As Commits.open_gate, each for itself, in any order (of twins in one batch one is let through); with the delivery
        as it is now where the gate is open."""
        ...

    async def end(self, endings: Sequence[Ending]) -> Sequence[Ended]:
        """As Deliveries.save, and where that is done Attempts.finish, each for itself."""
        ...

    async def unlinked(self, account_ids: Collection[UUID]) -> Collection[UUID]:
        """Those of the accounts that are linked no more."""
        ...
