"""No index over all statuses any more: every step of a delivery wrote it, and those that are counted have one of their own. In a
transaction of its own: its lock shuts everybody out, and must not be waited for while another is held."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.drop_index("ix_deliveries_status", "deliveries")
