"""Heads, on PostgreSQL: the first ten of each user's queue in order of turn, so that half of each claim goes to them however old
somebody's backlog is. Workers of the revision before go on claiming by turn alone."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_TURN = "(date_part('epoch', due_at - '2026-01-01 00:00:00+00'::timestamptz) + place)"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.create_index(
        "ix_deliveries_heads",
        "deliveries",
        ["platform", sa.text(_TURN), "due_at", "id"],
        postgresql_where=sa.text("status IN ('pending', 'retried') AND place < 10"),
        postgresql_with={"deduplicate_items": "off"},
    )
