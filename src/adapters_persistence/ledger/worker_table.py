"""Who polled when, for which platforms (names with a space between, NULL for all), and with what under way."""

from sqlalchemy import Column, Table, Text

from adapters_persistence.ledger.columns import UtcDateTime, json_column
from adapters_persistence.ledger.naming import metadata

workers = Table(
    "workers",
    metadata,
    Column("worker", Text, primary_key=True),
    Column("polled_at", UtcDateTime, nullable=False, index=True),
    Column("serves", Text),
    Column("loads", json_column()),
)
