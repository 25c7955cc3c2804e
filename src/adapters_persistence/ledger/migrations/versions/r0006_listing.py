"""What waits, by user and in the order of its release. Workers of the revision before go on."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    waiting = sa.text("selected_at IS NULL AND release_at IS NOT NULL")
    op.create_index(
        "ix_contents_waiting", "contents", ["user_id", "release_at", "id"], sqlite_where=waiting, postgresql_where=waiting
    )
