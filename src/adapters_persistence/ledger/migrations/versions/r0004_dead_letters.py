"""Dead letters are found by their user. Workers of the revision before go on undisturbed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0002"


def upgrade() -> None:
    failed = sa.text("status = 'failed'")
    op.create_index("ix_deliveries_failed", "deliveries", ["user_id", "id"], sqlite_where=failed, postgresql_where=failed)
