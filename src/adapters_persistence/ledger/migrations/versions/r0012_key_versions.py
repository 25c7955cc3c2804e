"""When each version of a key-encryption key became the newest. Workers of the revision before go on."""

import sqlalchemy as sa
from alembic import op

from adapters_persistence.ledger.columns import UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "key_versions",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "version", name=op.f("pk_key_versions")),
    )
