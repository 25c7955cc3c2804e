"""A user's content as lists of it are asked for, and what an account last carried."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import Grant, SocialAccount
from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.selection import Exclusion


class ContentState(StrEnum):
    """Where content stands: before its release itself (`waiting`, `held`, `kept`: sent nowhere, `taken_back`), afterwards by
    its deliveries, of which one at least is so. `failed` are also the unconfirmed ones."""

    WAITING = "waiting"
    HELD = "held"
    KEPT = "kept"
    TAKEN_BACK = "taken_back"
    PENDING = "pending"
    RETRIED = "retried"
    SUCCESS = "success"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    CANCELED = "canceled"


@frozen(kw_only=True)
class ContentFilter:
    """Which content is meant: that of which all that is given holds. `platform`, `account_id` and a state of deliveries are
    asked of one and the same delivery; before a release there is none. `since` and `until` (not itself) bound the time that
    the list goes by, `text` stands in body or title, however its case is written (beyond ASCII as far as the database's own
    locale knows letters)."""

    platform: str | None = None
    account_id: UUID | None = None
    state: ContentState | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None


@frozen(kw_only=True)
class Place:
    """A place in a list: the time that it goes by, and the id of the content there."""

    at: datetime
    id: UUID


@frozen(kw_only=True)
class Outcomes:
    """What became of contents, with what it takes to show it: all accounts that their user has or had, and the user's time
    zone. Deliveries come in the order in which they were made, without what only their publisher needs: the post, its hashes,
    handles, the lease. Exclusions come in that of linking, content by content."""

    deliveries: Sequence[Delivery] = ()
    exclusions: Sequence[Exclusion] = ()
    accounts: Sequence[SocialAccount] = ()
    time_zone: str | None = None


class Listing(Protocol):
    """A place outlives what stood there: what is changed or gone meanwhile neither repeats nor hides the rest."""

    async def newest(self, user_id: UUID, which: ContentFilter, limit: int, after: Place | None = None) -> Sequence[Content]:
        """By `created_at`, newest first."""
        ...

    async def waiting(self, user_id: UUID, which: ContentFilter, limit: int, after: Place | None = None) -> Sequence[Content]:
        """What is not yet released but will be, by `release_at`, next first."""
        ...

    async def last_posts(self, account_ids: Collection[UUID]) -> Mapping[UUID, Delivery]:
        """By account, the delivery that succeeded last."""
        ...

    async def outcomes(self, user_id: UUID, content_ids: Collection[UUID]) -> Outcomes:
        """Of these contents of a user's."""
        ...

    async def grants_of(self, user_id: UUID) -> Mapping[UUID, Grant]:
        """A user's consents, by id."""
        ...
