"""Sharing: places in the users' queues, breakers, and what was used of quotas. Workers of the revision before go on undisturbed:
what they make has the first place, and what they claim they claim by due time."""

import sqlalchemy as sa
from alembic import op

from adapters_persistence.ledger.columns import UtcDateTime, json_column

revision = "0003"
down_revision = "0002"

_OPEN = "status IN ('pending', 'retried')"
_TURN = "(date_part('epoch', due_at - '2026-01-01 00:00:00+00'::timestamptz) + place)"


def upgrade() -> None:
    op.add_column("users", sa.Column("queued_until", UtcDateTime()))
    op.add_column("deliveries", sa.Column("place", sa.Integer(), server_default=sa.text("0"), nullable=False))
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_deliveries_turn", "deliveries", ["platform", sa.text(_TURN), "id"], postgresql_where=sa.text(_OPEN))
        op.create_index(
            "ix_deliveries_behind",
            "deliveries",
            ["platform", sa.text(_TURN), "due_at"],
            postgresql_where=sa.text(f"{_OPEN} AND place > 0"),
        )
    op.create_table(
        "breakers",
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("counted_from", UtcDateTime()),
        sa.Column("failing_since", UtcDateTime()),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("until", UtcDateTime()),
        sa.Column("closed_at", UtcDateTime()),
        sa.CheckConstraint("state IN ('closed', 'open', 'half_open')", name=op.f("ck_breakers_state")),
        sa.PrimaryKeyConstraint("platform", "app", name=op.f("pk_breakers")),
    )
    op.create_table(
        "outbound_windows",
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("day", UtcDateTime()),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("recent", json_column(), nullable=False),
        sa.Column("blocked_until", UtcDateTime()),
        sa.PrimaryKeyConstraint("platform", "app", "name", "account", name=op.f("pk_outbound_windows")),
    )
    for name, column, where in (
        ("ix_outbound_windows_blocked", "blocked_until", "blocked_until IS NOT NULL"),
        ("ix_outbound_windows_of_apps", "platform", "account = ''"),
    ):
        op.create_index(name, "outbound_windows", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
