"""All rows, and the transaction that works on a copy of them."""

import json
from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, Self
from uuid import UUID

from attrs import define, field, fields, frozen

from distribution_core.domain.account import Grant, LinkChoice, LinkIntent, Session, SocialAccount, User
from distribution_core.domain.api_key import ApiKey
from distribution_core.domain.audit import AuditEntry
from distribution_core.domain.breaker import Breaker
from distribution_core.domain.content import Content, StoredMedia
from distribution_core.domain.delivery import Attempt, Delivery
from distribution_core.domain.events import OutboxEvent
from distribution_core.domain.quota import Window
from distribution_core.domain.selection import Exclusion
from distribution_core.domain.sso import SsoRound
from distribution_core.ports.ledger import IdempotentAnswer
from distribution_core.ports.limiter import BreakerKey, WindowKey
from distribution_core.ports.loads import Load


@define
class State:
    """Every table as a dict by key. The rows are frozen, so copying the dicts copies it all."""

    users: dict[UUID, User] = field(factory=dict)
    sessions: dict[UUID, Session] = field(factory=dict)
    link_intents: dict[bytes, LinkIntent] = field(factory=dict)
    link_choices: dict[UUID, LinkChoice] = field(factory=dict)
    sso_rounds: dict[bytes, SsoRound] = field(factory=dict)
    used_sso_tokens: dict[bytes, datetime] = field(factory=dict)
    grants: dict[UUID, Grant] = field(factory=dict)
    refresh_leases: dict[UUID, tuple[str, datetime]] = field(factory=dict)
    refresh_after: dict[UUID, datetime] = field(factory=dict)
    accounts: dict[UUID, SocialAccount] = field(factory=dict)
    contents: dict[UUID, Content] = field(factory=dict)
    exclusions: dict[tuple[UUID, UUID], Exclusion] = field(factory=dict)
    deliveries: dict[UUID, Delivery] = field(factory=dict)
    attempts: dict[UUID, Attempt] = field(factory=dict)
    outbox: dict[UUID, OutboxEvent] = field(factory=dict)
    audit: dict[UUID, AuditEntry] = field(factory=dict)
    media: dict[tuple[UUID, str], StoredMedia] = field(factory=dict)
    idempotency: dict[tuple[UUID, str], IdempotentAnswer] = field(factory=dict)
    workers: dict[str, datetime] = field(factory=dict)
    serves: dict[str, frozenset[str] | None] = field(factory=dict)
    loads: dict[str, tuple[tuple[str, ...], tuple[Load, ...]]] = field(factory=dict)
    places: dict[UUID, int] = field(factory=dict)
    queued_until: dict[UUID, datetime] = field(factory=dict)
    breakers: dict[BreakerKey, Breaker] = field(factory=dict)
    windows: dict[WindowKey, Window] = field(factory=dict)
    api_keys: dict[UUID, ApiKey] = field(factory=dict)
    key_versions: dict[tuple[str, int], datetime] = field(factory=dict)

    def copy(self) -> Self:
        return type(self)(*[table.copy() for table in _tables(self)])


_tables = attrgetter(*(table.name for table in fields(State)))


@frozen(kw_only=True)
class Unit:
    """One transaction under way: its own copy of the rows, and its time."""

    rows: State
    now: datetime


_PLAIN = frozenset((str, int, float, bool, type(None)))


def as_json(value: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping as a database would give it back. Raises TypeError for what JSON doesn't know."""
    value = {name: str(item) if type(item) is UUID else item for name, item in value.items()}
    if all(type(item) in _PLAIN or _is_plain(item) for item in value.values()):
        return value
    back: dict[str, Any] = json.loads(json.dumps(value, default=_id_text))
    return back


def _is_plain(value: object) -> bool:
    """Whether JSON would give it back as it is: nobody changes what has been handed to a ledger, so it is kept itself."""
    if type(value) is list:
        return all(type(item) in _PLAIN for item in value)
    return type(value) is dict and all(type(key) is str and type(item) in _PLAIN for key, item in value.items())


def _id_text(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
