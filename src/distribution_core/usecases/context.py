"""The ports and limits that every use case is given, and the stamps it puts on what it writes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import define, field, frozen

from distribution_core.domain.audit import AuditAction, AuditEntry
from distribution_core.domain.errors import NotFoundError
from distribution_core.domain.events import EventKind, OutboxEvent
from distribution_core.domain.ids import next_id, series_of, uuid7
from distribution_core.domain.retry import RetryPolicy
from distribution_core.domain.secret import token_text
from distribution_core.ports.clock import Clock, Randomness
from distribution_core.ports.creator import CreatorInfo
from distribution_core.ports.deadlines import Deadlines
from distribution_core.ports.doorbell import Doorbell
from distribution_core.ports.fetching import MediaFetcher
from distribution_core.ports.ledger import Ledger
from distribution_core.ports.leftovers import Retention
from distribution_core.ports.media import MediaProbe, MediaStore
from distribution_core.ports.passwords import Passwords
from distribution_core.ports.platform import Platform
from distribution_core.ports.telemetry import PlainTelemetry, Telemetry
from distribution_core.ports.vault import Vault
from distribution_core.usecases.outbound_state import OutboundState
from distribution_core.usecases.together import Together

_TOGETHER_MAX = 256
# Who waits for the gate holds a slot: that takes as short as can be, at the price of smaller batches.
_GATES_AT_ONCE = 3


@frozen(kw_only=True)
class Limits:
    """How much and how long. `hold` is the time in which what was saved in the app can be changed or taken back,
    where its user wants no other."""

    hold: timedelta = timedelta(seconds=10)
    hold_max: timedelta = timedelta(minutes=5)
    lease: timedelta = timedelta(seconds=60)
    prepare_max: timedelta = timedelta(minutes=30)
    sweep: timedelta = timedelta(seconds=1)
    stopping: timedelta = timedelta(seconds=20)
    batch_max: int = 256
    concurrency: int = 16
    title_chars_max: int = 300
    body_chars_max: int = 100_000
    media_per_content_max: int = 35
    schedule_ahead_max: timedelta = timedelta(days=366)
    probe_ahead: timedelta = timedelta(hours=1)
    probe_again: timedelta = timedelta(minutes=10)
    upkeep: timedelta = timedelta(seconds=20)
    schedule_late_max: timedelta = timedelta(hours=6)
    link_intent_lifetime: timedelta = timedelta(minutes=10)
    session_lifetime: timedelta = timedelta(days=30)
    session_family_max: timedelta = timedelta(days=90)
    sso_round_lifetime: timedelta = timedelta(minutes=10)
    refresh_lease: timedelta = timedelta(seconds=45)
    activity_page_max: int = 100
    redrive_max: int = 1_000
    accounts_max: int = 500
    media_max: int = 20_000
    media_bytes_max: int = 200 * 10**9
    scheduled_max: int = 2_000


@define
class _LastId:
    """The newest id that was given out: rows written in one millisecond keep the order in which they were written."""

    value: UUID | None = None


@frozen(kw_only=True)
class Context:
    """Everything a use case may touch. Made once, in wiring or by an embedding app, for one event loop: `gates`, `entries`
    and `endings` are where the tasks of its publisher meet, `saves` and `sessions` those of its
    callers. `creators` are answers of creator_info with their monotonic time."""

    ledger: Ledger
    vault: Vault
    media: MediaStore
    probe: MediaProbe
    passwords: Passwords
    clock: Clock
    randomness: Randomness
    doorbell: Doorbell
    platforms: Mapping[str, Platform]
    fetcher: MediaFetcher | None = None
    limits: Limits = field(factory=Limits)
    retry: RetryPolicy = field(factory=RetryPolicy)
    retention: Retention = field(factory=Retention)
    new_accounts_active: bool = True
    telemetry: Telemetry = field(factory=PlainTelemetry)
    gates: Together = field(init=False, factory=lambda: Together(_TOGETHER_MAX, _GATES_AT_ONCE), repr=False, eq=False)
    entries: Together = field(init=False, factory=lambda: Together(_TOGETHER_MAX), repr=False, eq=False)
    endings: Together = field(init=False, factory=lambda: Together(_TOGETHER_MAX), repr=False, eq=False)
    saves: Together = field(init=False, factory=lambda: Together(_TOGETHER_MAX), repr=False, eq=False)
    sessions: Together = field(init=False, factory=lambda: Together(_TOGETHER_MAX), repr=False, eq=False)
    creators: dict[UUID, tuple[float, CreatorInfo]] = field(init=False, factory=dict, repr=False, eq=False)
    deadlines: Deadlines = field(init=False, factory=Deadlines, repr=False, eq=False)
    outbound: OutboundState = field(init=False, factory=OutboundState, repr=False, eq=False)
    _last_id: _LastId = field(init=False, factory=_LastId, repr=False, eq=False)

    def new_id(self) -> UUID:
        last = self._last_id
        last.value = next_id(last.value, self._unix_ms(), self.randomness.token)
        return last.value

    def new_series(self) -> UUID:
        """The first id of a series, for as many rows as one statement makes."""
        return series_of(uuid7(self._unix_ms(), self.randomness.token(10)))

    def _unix_ms(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    def new_token(self) -> str:
        """32 random bytes as text for an address or a cookie."""
        return token_text(self.randomness.token(32))

    def platform(self, platform_id: str) -> Platform:
        """Raises NotFoundError for a platform that is not installed."""
        if platform_id not in self.platforms:
            raise NotFoundError(f"There is no platform {platform_id!r}; there are: {', '.join(sorted(self.platforms))}.")
        return self.platforms[platform_id]

    def audit(
        self, action: AuditAction, at: datetime, user_id: UUID | None, subject: str, subject_id: UUID, **detail: Any
    ) -> AuditEntry:
        return AuditEntry(
            id=self.new_id(), at=at, user_id=user_id, action=action, subject=subject, subject_id=subject_id, detail=detail
        )

    def event(
        self, kind: EventKind, at: datetime, user_id: UUID, subject_id: UUID, *, sent_at: datetime | None = None
    ) -> OutboxEvent:
        """`sent_at`: given where nobody has to be rung for it."""
        return OutboxEvent(id=self.new_id(), kind=kind, user_id=user_id, subject_id=subject_id, created_at=at, sent_at=sent_at)
