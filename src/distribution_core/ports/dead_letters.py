"""Deliveries that nothing but a person moves again, as the ledger finds them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import User
from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.outcome import FailureKind


@frozen(kw_only=True)
class DeadLetterFilter:
    """Which dead letters are meant: those of which all that is given here holds."""

    platform: str | None = None
    kind: FailureKind | None = None
    ids: Collection[UUID] | None = None


@frozen(kw_only=True)
class DeadLetterCount:
    """How many dead letters one platform has for one reason."""

    platform: str
    kind: FailureKind
    number: int


class DeadLetters(Protocol):
    """Failed deliveries, the unconfirmed ones among them."""

    async def page(self, user_id: UUID, which: DeadLetterFilter, limit: int, before: UUID | None = None) -> Sequence[Delivery]:
        """The user's, those made last first; `before` is the id of the last one already seen, dead or not by now."""
        ...

    async def counts(self, user_id: UUID) -> Sequence[DeadLetterCount]:
        """The user's by platform and kind, in that order."""
        ...

    async def owners(self, limit: int, after: UUID | None = None) -> Sequence[User]:
        """Who has any, in the order of their ids; `after` is the id of the last one already seen, owner or not by now."""
        ...

    async def contents(self, user_id: UUID, content_ids: Collection[UUID]) -> Mapping[UUID, Content]:
        """What was to be carried, by id, as far as it is the user's."""
        ...
