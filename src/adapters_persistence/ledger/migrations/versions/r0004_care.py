"""What a person takes care of: dead letters by user, held content, their zone. Workers of the revision before go on."""

import sqlalchemy as sa
from alembic import op

from adapters_persistence.ledger.columns import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    failed = sa.text("status = 'failed'")
    op.create_index("ix_deliveries_failed", "deliveries", ["user_id", "id"], sqlite_where=failed, postgresql_where=failed)
    op.add_column("users", sa.Column("time_zone", sa.Text()))
    op.add_column("contents", sa.Column("held_at", UtcDateTime()))
    op.add_column("contents", sa.Column("held_reason", sa.Text()))
