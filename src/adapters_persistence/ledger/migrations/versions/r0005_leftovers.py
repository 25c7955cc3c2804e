"""Answers to keyed requests are found by age, so that old ones can be taken away. Workers of the revision before go on."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
