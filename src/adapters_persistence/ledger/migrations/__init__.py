"""Alembic migrations, run by function: an installed package has no `alembic.ini` beside it."""

from adapters_persistence.ledger.migrations.running import current_revision, head_revision, is_behind, is_current, upgrade

__all__ = ["current_revision", "head_revision", "is_behind", "is_current", "upgrade"]
