"""Trips to an identity provider under way, and its tokens that were used."""

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Text, Uuid

from adapters_persistence.ledger.columns import UtcDateTime
from adapters_persistence.ledger.naming import metadata

sso_rounds = Table(
    "sso_rounds",
    metadata,
    Column("state_hash", LargeBinary, primary_key=True),
    Column("browser_hash", LargeBinary, nullable=False),
    Column("return_to", Text, nullable=False),
    Column("user_id", Uuid, ForeignKey("users.id")),
    Column("session_id", Uuid),
    Column("expires_at", UtcDateTime, nullable=False),
)

used_sso_tokens = Table(
    "used_sso_tokens",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("expires_at", UtcDateTime, nullable=False),
)
