"""Dead letters by user, held content, time zones, tokens near their end, posts at risk. Workers of the revision before go on."""

import sqlalchemy as sa
from alembic import op

from adapters_persistence.ledger.columns import UtcDateTime, json_column

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    failed = sa.text("status = 'failed'")
    op.create_index("ix_deliveries_failed", "deliveries", ["user_id", "id"], sqlite_where=failed, postgresql_where=failed)
    op.add_column("users", sa.Column("time_zone", sa.Text()))
    op.add_column("contents", sa.Column("held_at", UtcDateTime()))
    op.add_column("contents", sa.Column("held_reason", sa.Text()))
    op.add_column("contents", sa.Column("probed_at", UtcDateTime()))
    op.add_column("contents", sa.Column("risks", json_column(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("grants", sa.Column("refresh_after", UtcDateTime()))
    valid = sa.text("status = 'valid'")
    op.create_index("ix_grants_expiring", "grants", ["platform", "access_expires_at"], sqlite_where=valid, postgresql_where=valid)
