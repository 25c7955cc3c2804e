"""Accounts whose unlinking was not finished are found without reading all accounts. Workers of the revision before go on."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_WAITS = sa.text("unlinked_at IS NOT NULL AND grant_id IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_social_accounts_half_unlinked",
        "social_accounts",
        ["unlinked_at", "id"],
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    )
