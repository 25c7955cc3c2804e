"""Every table of the ledger. The migrations build the same; a test compares the two on both databases."""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from adapters_persistence.ledger.columns import UtcDateTime, json_column
from adapters_persistence.ledger.naming import metadata as metadata
from adapters_persistence.ledger.sso_tables import sso_rounds as sso_rounds
from adapters_persistence.ledger.sso_tables import used_sso_tokens as used_sso_tokens
from adapters_persistence.ledger.worker_table import workers as workers
from distribution_core.domain.account import AccountStatus
from distribution_core.domain.breaker import BreakerState
from distribution_core.domain.content import Visibility
from distribution_core.domain.delivery import DeliveryStatus, Phase

OPEN = "status IN ('pending', 'retried')"
TURN = "(date_part('epoch', due_at - '2026-01-01 00:00:00+00'::timestamptz) + place)"


def _one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({_quoted(values)})", name=column)


def _quoted(values: Iterable[StrEnum]) -> str:
    return ", ".join(f"'{value.value}'" for value in values)


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_folded", Text, nullable=False, unique=True),
    Column("password_hash", Text),
    Column("sso_issuer", Text),
    Column("sso_subject", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("hold", Double),
    Column("queued_until", UtcDateTime),
    Column("time_zone", Text),
    UniqueConstraint("sso_issuer", "sso_subject"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id"), nullable=False, index=True),
    Column("family_id", Uuid, nullable=False, index=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("rotated_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("device", Text),
    Column("began_at", UtcDateTime),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("key_hash", LargeBinary, nullable=False, unique=True),
    Column("scopes", json_column(), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

link_intents = Table(
    "link_intents",
    metadata,
    Column("state_hash", LargeBinary, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id"), nullable=False),
    Column("session_id", Uuid, nullable=False),
    Column("platform", String(32), nullable=False),
    Column("app", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("key_wrapped", LargeBinary),
    Column("key_id", Text),
    Column("key_version", Integer),
    Column("code_verifier", LargeBinary),
    Column("expires_at", UtcDateTime, nullable=False),
)

link_choices = Table(
    "link_choices",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id"), nullable=False),
    Column("session_id", Uuid, nullable=False),
    Column("platform", String(32), nullable=False),
    Column("app", Text, nullable=False),
    Column("key_wrapped", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("key_version", Integer, nullable=False),
    Column("consent", LargeBinary, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

key_versions = Table(
    "key_versions",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("first_seen_at", UtcDateTime, nullable=False),
)

grants = Table(
    "grants",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id"), nullable=False),
    Column("platform", String(32), nullable=False),
    Column("app", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("scopes", json_column(), nullable=False),
    Column("key_wrapped", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("key_version", Integer, nullable=False),
    Column("access_token", LargeBinary, nullable=False),
    Column("access_expires_at", UtcDateTime),
    Column("refresh_token", LargeBinary),
    Column("refresh_expires_at", UtcDateTime),
    Column("status", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("refresh_owner", Text),
    Column("refresh_until", UtcDateTime),
    Column("refresh_after", UtcDateTime),
    Column("revoke_until", UtcDateTime),
    UniqueConstraint("user_id", "platform", "app", "subject_id"),
    Index("ix_grants_identity", "platform", "app", "subject_id"),
    _partial("ix_grants_unrevoked", "revoke_until", "id", where="revoke_until IS NOT NULL"),
    _partial("ix_grants_expiring", "platform", "access_expires_at", where="status = 'valid'"),
    _one_of("status", AccountStatus),
)

social_accounts = Table(
    "social_accounts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id"), nullable=False),
    Column("grant_id", Uuid, ForeignKey("grants.id"), index=True),
    Column("platform", String(32), nullable=False),
    Column("external_account_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("handle", Text),
    Column("avatar_url", Text),
    Column("is_active", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("status_reason", Text),
    Column("access_token", LargeBinary),
    Column("access_expires_at", UtcDateTime),
    Column("scopes", json_column(), nullable=False),
    Column("linked_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("unlinked_at", UtcDateTime),
    UniqueConstraint("user_id", "platform", "external_account_id"),
    Index(None, "user_id", "platform"),
    Index(None, "platform", "external_account_id"),
    _partial("ix_social_accounts_half_unlinked", "unlinked_at", "id", where="unlinked_at IS NOT NULL AND grant_id IS NOT NULL"),
    _one_of("status", AccountStatus),
)

contents = Table(
    "contents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id"), nullable=False),
    Column("title", Text),
    Column("body", Text, nullable=False),
    Column("media", json_column(), nullable=False),
    Column("visibility", String(16), nullable=False),
    Column("scheduled_at", UtcDateTime),
    Column("release_at", UtcDateTime),
    Column("options", json_column(), nullable=False),
    Column("resend_of", Uuid, ForeignKey("contents.id")),
    Column("targets", json_column()),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("selected_at", UtcDateTime),
    Column("hold", Double, nullable=False, server_default=text("0")),
    Column("canceled_at", UtcDateTime),
    Column("held_at", UtcDateTime),
    Column("held_reason", Text),
    Column("probed_at", UtcDateTime),
    Column("risks", json_column(), nullable=False, server_default=text("'[]'")),
    Column("trace", Text),
    Index(None, "user_id", "created_at", "id"),
    _partial("ix_contents_waiting", "user_id", "release_at", "id", where="selected_at IS NULL AND release_at IS NOT NULL"),
    _partial("ix_contents_unreleased", "release_at", "id", where="selected_at IS NULL AND release_at IS NOT NULL"),
    _one_of("visibility", Visibility),
)

exclusions = Table(
    "exclusions",
    metadata,
    Column("content_id", Uuid, ForeignKey("contents.id"), nullable=False),
    Column("social_account_id", Uuid, ForeignKey("social_accounts.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("content_id", "social_account_id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("content_id", Uuid, ForeignKey("contents.id"), nullable=False),
    Column("social_account_id", Uuid, ForeignKey("social_accounts.id"), nullable=False),
    Column("user_id", Uuid, ForeignKey("users.id"), nullable=False),
    Column("platform", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("phase", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("takeovers", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("handles", json_column(), nullable=False),
    Column("post", json_column()),
    Column("payload_hash", String(64)),
    Column("fingerprint", String(64)),
    Column("committing_at", UtcDateTime),
    Column("ask_after", UtcDateTime),
    Column("wait_reason", Text),
    Column("last_error", json_column()),
    Column("external_post_id", Text),
    Column("permalink", Text),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("place", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("content_id", "social_account_id"),
    _partial(
        "uq_deliveries_platform_external_post_id",
        "platform",
        "external_post_id",
        where="external_post_id IS NOT NULL",
        unique=True,
    ),
    _partial("ix_deliveries_due", "due_at", "id", where=OPEN),
    _partial("ix_deliveries_open_of_account", "social_account_id", where=OPEN),
    _partial("ix_deliveries_ended_of_account", "social_account_id", "finished_at", where="finished_at IS NOT NULL"),
    _partial("ix_deliveries_failed", "user_id", "id", where="status = 'failed'"),
    _partial("ix_deliveries_canceled", "id", where="status = 'canceled'"),
    _partial("ix_deliveries_unanswered", "fingerprint", where=f"{OPEN} AND committing_at IS NOT NULL"),
    _one_of("status", DeliveryStatus),
    _one_of("phase", Phase),
)

# Whose turn it is (claims.py) is an expression that only PostgreSQL can index to the microsecond; SQLite sorts what is due.
Index("ix_deliveries_turn", deliveries.c.platform, text(TURN), deliveries.c.id, postgresql_where=text(OPEN)).ddl_if("postgresql")
Index(
    "ix_deliveries_behind", deliveries.c.platform, text(TURN), deliveries.c.due_at, postgresql_where=text(f"{OPEN} AND place > 0")
).ddl_if("postgresql")

attempts = Table(
    "attempts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("delivery_id", Uuid, ForeignKey("deliveries.id"), nullable=False),
    Column("fence", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("worker", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("outcome", Text),
    Column("error", json_column()),
    Column("late_answer", json_column()),
    Index(None, "delivery_id", "fence"),
)

# The outbox and the audit log hold ids without foreign keys: they are told of things, and outlive them.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    _partial("ix_outbox_unsent", "created_at", "id", where="sent_at IS NULL"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("user_id", Uuid),
    Column("action", Text, nullable=False),
    Column("subject", Text),
    Column("subject_id", Uuid),
    Column("detail", json_column(), nullable=False),
    Index(None, "user_id", "id"),
    Index(None, "subject_id", "id"),
)

media_assets = Table(
    "media_assets",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("mime", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("duration_ms", Integer),
    Column("alt_text", Text),
    Column("created_at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("user_id", "key"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("request_hash", Text, nullable=False),
    Column("content_id", Uuid, ForeignKey("contents.id"), nullable=False),
    Column("answer", json_column(), nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    PrimaryKeyConstraint("user_id", "key"),
)

breakers = Table(
    "breakers",
    metadata,
    Column("platform", String(32), nullable=False),
    Column("app", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("good", Integer, nullable=False),
    Column("bad", Integer, nullable=False),
    Column("counted_from", UtcDateTime),
    Column("failing_since", UtcDateTime),
    Column("opened", Integer, nullable=False),
    Column("until", UtcDateTime),
    Column("closed_at", UtcDateTime),
    PrimaryKeyConstraint("platform", "app"),
    _one_of("state", BreakerState),
)

# `recent` holds the times of uses, in microseconds since 1970.
outbound_windows = Table(
    "outbound_windows",
    metadata,
    Column("platform", String(32), nullable=False),
    Column("app", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("day", UtcDateTime),
    Column("used", Integer, nullable=False),
    Column("recent", json_column(), nullable=False),
    Column("blocked_until", UtcDateTime),
    PrimaryKeyConstraint("platform", "app", "name", "account"),
    _partial("ix_outbound_windows_blocked", "blocked_until", where="blocked_until IS NOT NULL"),
    _partial("ix_outbound_windows_of_apps", "platform", where="account = ''"),
)
