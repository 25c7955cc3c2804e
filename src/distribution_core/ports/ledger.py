"""The database: the only truth. A transaction gives its repositories; leaving it commits, an exception rolls back."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import Grant, Session, SocialAccount, User
from distribution_core.domain.audit import AuditEntry
from distribution_core.domain.content import Content, StoredMedia
from distribution_core.domain.delivery import Attempt, Delivery, DeliveryStatus
from distribution_core.domain.events import OutboxEvent
from distribution_core.domain.outcome import Failure
from distribution_core.domain.selection import Exclusion, Selection
from distribution_core.ports.api_keys import ApiKeys
from distribution_core.ports.batches import Batches
from distribution_core.ports.dead_letters import DeadLetters
from distribution_core.ports.farewell import Farewells
from distribution_core.ports.gate import CommitRequest, Gate
from distribution_core.ports.holdings import Holdings
from distribution_core.ports.keys import Wrappings
from distribution_core.ports.leftovers import Leftovers
from distribution_core.ports.limiter import Limiter
from distribution_core.ports.link_intents import LinkIntents
from distribution_core.ports.listing import Listing
from distribution_core.ports.loads import Loads
from distribution_core.ports.notices import Noticed
from distribution_core.ports.setup import Setup
from distribution_core.ports.sign_ins import SignIns
from distribution_core.ports.sso_rounds import SsoRounds
from distribution_core.ports.upkeep import Upkeep


class DuplicateError(Exception):
    """A unique key is taken: an e-mail, an idempotency key, a published post's id. The write that met it did nothing,
    and the transaction stays usable."""


class Users(Protocol):
    async def add(self, user: User) -> None:
        """Raises DuplicateError for a taken e-mail (compared case-folded, kept as written) or SSO subject of an
        issuer (exact)."""
        ...

    async def get(self, user_id: UUID) -> User | None: ...
    async def find(self, *, email: str | None = None, sso: tuple[str, str] | None = None) -> User | None:
        """By one of them: an e-mail is found however its case is written, `sso` is issuer and subject."""
        ...

    async def ids(self, limit: int) -> Sequence[UUID]:
        """The oldest users' ids."""
        ...

    async def save(self, user: User) -> None:
        """Replace what is known of a user. Raises DuplicateError as `add` does."""
        ...


class Sessions(Protocol):
    async def add(self, session: Session) -> None: ...
    async def by_token_hash(self, token_hash: bytes) -> Session | None: ...
    async def rotate(self, session_id: UUID, now: datetime) -> bool:
        """Mark as used; False when it was used or revoked before: somebody replays it."""
        ...

    async def revoke_family(self, family_id: UUID, now: datetime) -> None:
        """Revoke all its sessions; the first revocation's time stands."""
        ...

    async def live(self, family_ids: Collection[UUID], now: datetime) -> Collection[UUID]:
        """Those of the families that hold a session which is neither revoked nor expired."""
        ...


class Grants(Protocol):
    async def add(self, grant: Grant) -> None:
        """Raises DuplicateError when the user has a grant of this platform, app and subject."""
        ...

    async def get(self, grant_id: UUID, *, for_change: bool = False) -> Grant | None:
        """`for_change` as in Accounts; a grant is taken before its accounts."""
        ...

    async def find(self, user_id: UUID, platform: str, app: str, subject_id: str) -> Grant | None: ...
    async def save(self, grant: Grant, *, spent_version: int) -> bool:
        """Store if the stored version is still `spent_version`; ends the refresh lease. False: somebody was first."""
        ...

    async def lease_refresh(self, grant_id: UUID, owner: str, ttl: timedelta) -> bool:
        """Take the right to refresh for `ttl` by the ledger's clock, unless another owner's lease lives; an owner may
        renew its own, and ends it with a `ttl` of nothing. An owner is one call, not one worker. False for an unknown grant."""
        ...


class Accounts(Protocol):
    """`for_change` keeps others from changing what is read until the transaction ends, so that a row put back whole
    undoes nobody's change. Whoever takes several rows takes the grant first, then accounts, then deliveries: in one
    order nobody waits in a circle."""

    async def put(self, account: SocialAccount) -> None:
        """Insert or replace by id. Raises DuplicateError if the user has that external account (linked or not) under
        another id."""
        ...

    async def get(self, account_id: UUID, user_id: UUID | None = None, *, for_change: bool = False) -> SocialAccount | None: ...
    async def of_user(self, user_id: UUID, platform: str | None = None, *, for_change: bool = False) -> Sequence[SocialAccount]:
        """Linked and unlinked, in the order of linking."""
        ...

    async def of_grant(self, grant_id: UUID, *, for_change: bool = False) -> Sequence[SocialAccount]: ...
    async def linked_to_subject(self, platform: str, app: str, subject_id: str) -> int:
        """How many linked accounts of *all* users, switched on or off, stand on grants of this platform identity and
        app."""
        ...


class Contents(Protocol):
    async def add(self, *added: Content) -> None: ...
    async def get(self, content_id: UUID, user_id: UUID | None = None) -> Content | None: ...
    async def save_unreleased(self, content: Content, *, was: Content) -> bool:
        """Replace it while `selected_at` is null and it is still as `was` was read (by `updated_at`); else False."""
        ...

    async def due(self, now: datetime, limit: int) -> Sequence[Content]:
        """Unselected content whose `release_at` has come, oldest first."""
        ...

    async def recent(self, user_id: UUID, limit: int, before: UUID | None = None) -> Sequence[Content]:
        """The user's content, newest first; `before` is the id of the last one already seen (unknown: nothing)."""
        ...


class Selections(Protocol):
    async def select(
        self,
        content: Content,
        *,
        blocked: Mapping[str, Exclusion],
        now: datetime,
        first_id: UUID,
        spent: Mapping[UUID, str] = {},
    ) -> Selection:
        """Release: set `selected_at` where null, then insert one delivery for each linked, active and valid account
        of the user (limited to `content.targets`), except on platforms in `blocked` and for accounts in `spent`;
        store an exclusion for every other linked account. Set-based, ON CONFLICT DO NOTHING: repeated, it adds
        nobody, and content selected before gives an empty Selection; so does content whose `updated_at` is no longer
        the stored one, which is not released: it was judged by what it no longer says. New deliveries are pending,
        due `now`. Their ids are the series that begins with
        `first_id`, in the order in which the accounts were linked. The exclusions in `blocked` are
        templates: their ids are replaced. Of several reasons the first is told: `not_targeted`, the account's own
        state (as `left_out` words it), the platform's block. `spent` are accounts whose day's posts are used up, with
        why: it is told last."""
        ...

    async def platforms(self, user_id: UUID) -> Collection[str]:
        """Of the user's linked accounts."""
        ...

    async def spent_since(self, user_id: UUID, since: datetime, most: Mapping[str, int]) -> Mapping[UUID, str]:
        """The user's accounts that got since then as many deliveries as their platform takes, `most` of each, and that
        platform. Those that failed or were canceled don't count."""
        ...


class Deliveries(Protocol):
    async def claim(
        self,
        worker: str,
        *,
        limit: int,
        lease: timedelta,
        platforms: Collection[str] | None = None,
        at_most: Mapping[str, int] = {},
    ) -> Sequence[Delivery]:
        """Take due, unleased deliveries (or those whose lease ended), fence + 1; one batch, no waiting on other workers
        (SKIP LOCKED). Each has its turn (domain/turns.py): the oldest due first, but what stands far back in its user's
        own queue comes after what other users have due. `at_most` so many of a platform. A claim of an expired lease
        counts a takeover; one that was given back does not. One that is committing is not claimed before its
        `ask_after`, whatever its due time. Lease and due are read by the ledger's own clock."""
        ...

    async def get(self, delivery_id: UUID, user_id: UUID | None = None) -> Delivery | None: ...
    async def of_contents(self, content_ids: Collection[UUID]) -> Sequence[Delivery]:
        """Oldest first."""
        ...

    async def save(self, delivery: Delivery, *, was: Delivery) -> bool:
        """Replace if fence, status and phase are still those of `was`; the lease is not compared, so a worker that
        nobody took over from may still store its answer. Raises DuplicateError when (platform, external_post_id)
        belongs to another delivery."""
        ...

    async def journal(self, delivery_id: UUID, fence: int, handles: Mapping[str, Any], lease: timedelta) -> bool:
        """Store handles in place of those before and renew the lease, if the fence is still this one and the lease
        has not ended."""
        ...


@frozen(kw_only=True)
class Neighbours:
    """The posts that other deliveries to one external account hold. `doubtful`: one with the same fingerprint was left
    unconfirmed, or a person said "posted" without naming the post, so a post that looks like ours may be its."""

    post_ids: frozenset[str]
    doubtful: bool


class Commits(Protocol):
    """Deliveries around the irreversible call."""

    async def open_gate(self, request: CommitRequest) -> Gate:
        """Phase idle -> committing, conditional on fence, live lease, open status, account linked and active (but for a
        delivery that is being sent already), and no other delivery with the same fingerprint for the same external
        account (any user's) that is being sent. Freezes the post; sets `committing_at` (where it is not set), extends the
        lease so that it covers the call, and sets `ask_after` and `due_at` to the lease's end + `call_deadline` +
        `settle`. Of several obstacles the first is told: LEASE_LOST (also for an unknown, closed or already committing
        delivery), UNLINKED, SWITCHED_OFF, TWIN_UNANSWERED."""
        ...

    async def stop_idle(
        self, now: datetime, why: Failure, *, account_id: UUID | None = None, content_id: UUID | None = None
    ) -> Sequence[Delivery]:
        """Cancel the open deliveries of one account or one content that are not being sent, leased or not; returns them
        as they are now, with `why` as their last error."""
        ...

    async def unpark(self, account_id: UUID, now: datetime) -> Sequence[Delivery]:
        """Make the account's open deliveries that wait for a reconnect due now, and forget that they waited; returns
        them. `ask_after` still holds."""
        ...

    async def neighbours(self, delivery_id: UUID, since: datetime) -> Neighbours:
        """What is known of the other deliveries to the same external account (any user's), finished at `since` or
        later; fingerprints are compared with the stored one."""
        ...

    async def unanswered(self, account_id: UUID) -> int:
        """How many of the account's deliveries are being sent: their posts may be visible, or become so."""
        ...


class Attempts(Protocol):
    async def add(self, attempts: Sequence[Attempt]) -> None: ...
    async def finish(self, attempt: Attempt) -> None:
        """Store how it ended; a late answer that came meanwhile stays."""
        ...

    async def answer_late(self, attempt_id: UUID, answer: Mapping[str, Any]) -> None:
        """What the platform told a worker whose lease had ended: appended, whatever the fence."""
        ...

    async def of_delivery(self, delivery_id: UUID) -> Sequence[Attempt]:
        """Oldest first."""
        ...

    async def last_began(self, after: datetime, until: datetime) -> datetime | None:
        """When the last try at any delivery began, after the one time and until the other, by the milliseconds of its id."""
        ...


class Outbox(Protocol):
    async def add(self, *events: OutboxEvent) -> None: ...
    async def unsent(self, limit: int) -> Sequence[OutboxEvent]:
        """Oldest first."""
        ...

    async def relay(self, limit: int) -> int:
        """Mark the oldest of them as sent, now; how many. Two who relay at once never wait for each other."""
        ...


class Audit(Protocol):
    async def add(self, *entries: AuditEntry) -> None: ...
    async def of_user(self, user_id: UUID, limit: int, before: UUID | None = None) -> Sequence[AuditEntry]:
        """Newest first; `before` is the id of the last one already seen."""
        ...

    async def of_subject(self, subject_id: UUID) -> Sequence[AuditEntry]:
        """Oldest first."""
        ...

    async def since(self, user_ids: Collection[UUID], after: UUID, limit: int) -> Sequence[AuditEntry]:
        """The entries of these users with an id beyond `after`, in the order of their ids, at most `limit`."""
        ...


class MediaAssets(Protocol):
    async def add(self, media: StoredMedia) -> None:
        """Raises DuplicateError when the user has that key."""
        ...

    async def of_keys(self, user_id: UUID, keys: Collection[str]) -> Mapping[str, StoredMedia]: ...


@frozen(kw_only=True)
class IdempotentAnswer:
    """The first answer to a keyed request. `request_hash` tells a repeat from another request under the same key;
    `answer` is what was said, as JSON."""

    user_id: UUID
    key: str
    request_hash: str
    content_id: UUID
    answer: Mapping[str, Any]
    created_at: datetime


class IdempotencyKeys(Protocol):
    async def get(self, user_id: UUID, key: str) -> IdempotentAnswer | None: ...
    async def add(self, *answers: IdempotentAnswer) -> None:
        """Raises DuplicateError when a concurrent request used one of the keys first; then none is added."""
        ...


COUNT_MAX = 10_000
"""Where counts of what waits stop: beyond it the number no longer matters, and finding it out costs."""


@frozen(kw_only=True)
class QueueStats:
    """How far behind the work is. Ages in seconds, None when there is nothing to be old. `due` counts what could be
    claimed now; the oldest due may also be content whose release nobody has carried out. `by_status` may leave out what there
    is none of. Each count stops at COUNT_MAX."""

    due: int
    oldest_due_age_s: float | None
    outbox_unsent: int
    last_poll_age_s: float | None
    by_status: Mapping[DeliveryStatus, int]


class Workers(Protocol):
    async def beat(self, worker: str, serves: Collection[str] | None = None) -> None:
        """Say that this worker polls, at the ledger's time, and for which platforms; None: for all."""
        ...

    async def stats(self, platforms: Collection[str] | None = None) -> QueueStats:
        """Cheap however many deliveries there are. With `platforms`, what is due and how old it is are theirs alone; of each,
        so many are looked at as could be counted, the next in turn first."""
        ...

    async def due_platforms(self) -> Collection[str]:
        """The platforms of what could be claimed now; only so many of the oldest are looked at."""
        ...

    async def next_due(self) -> datetime | None:
        """When, after this transaction's time, the next content is to be released or the next open delivery falls due."""
        ...

    async def expiring(self, within: timedelta) -> Mapping[str, int]:
        """By platform, how many valid grants of linked accounts end within that time: their refresh token, or where they
        have none, their access token. What has ended already is not counted; counting stops at COUNT_MAX."""
        ...


class Transaction(Protocol):
    """One unit of work. `now` is the ledger's own time at its start, UTC."""

    users: Users
    sessions: Sessions
    sign_ins: SignIns
    link_intents: LinkIntents
    grants: Grants
    accounts: Accounts
    contents: Contents
    selections: Selections
    deliveries: Deliveries
    commits: Commits
    batches: Batches
    dead_letters: DeadLetters
    attempts: Attempts
    outbox: Outbox
    audit: Audit
    media: MediaAssets
    idempotency: IdempotencyKeys
    workers: Workers
    upkeep: Upkeep
    leftovers: Leftovers
    limiter: Limiter
    loads: Loads
    listing: Listing
    setup: Setup
    farewells: Farewells
    api_keys: ApiKeys
    noticed: Noticed
    wrappings: Wrappings
    holdings: Holdings
    sso_rounds: SsoRounds
    now: datetime


class Ledger(Protocol):
    """`begin` opens a transaction; on SQLite it takes the write lock at once (BEGIN IMMEDIATE)."""

    def begin(self) -> AbstractAsyncContextManager[Transaction]: ...
