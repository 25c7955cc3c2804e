"""Undo: how long what was saved waits, and when it was taken back. Workers of the revision before go on undisturbed."""

import sqlalchemy as sa
from alembic import op

from adapters_persistence.ledger.columns import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("users", sa.Column("hold", sa.Double()))
    op.add_column("contents", sa.Column("hold", sa.Double(), server_default=sa.text("0"), nullable=False))
    op.add_column("contents", sa.Column("canceled_at", UtcDateTime()))
