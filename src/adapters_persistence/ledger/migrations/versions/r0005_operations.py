"""For operators: old answers to keyed requests are found by age, and content knows the trace of the request that saved it.
Workers of the revision before go on."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.add_column("contents", sa.Column("trace", sa.Text()))
