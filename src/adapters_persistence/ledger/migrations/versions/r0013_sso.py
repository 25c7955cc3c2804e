"""Sign-in by an identity provider: whose subject it is, round trips under way, tokens that were used; and when a chain of
sessions began. Processes of the revision before go on."""

import sqlalchemy as sa
from alembic import op

from adapters_persistence.ledger.columns import UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    # A subject is unique within its issuer only. SQLite changes a constraint by making the table anew.
    with op.batch_alter_table("users") as users:
        users.add_column(sa.Column("sso_issuer", sa.Text()))
        users.drop_constraint(op.f("uq_users_sso_subject"), type_="unique")
        users.create_unique_constraint(op.f("uq_users_sso_issuer_sso_subject"), ["sso_issuer", "sso_subject"])
    op.add_column("sessions", sa.Column("began_at", UtcDateTime()))
    op.create_table(
        "sso_rounds",
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("return_to", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("session_id", sa.Uuid()),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_sso_rounds")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sso_rounds_user_id_users")),
    )
    op.create_table(
        "used_sso_tokens",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_used_sso_tokens")),
    )
