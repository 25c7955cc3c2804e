"""Grants whose revocation the platform has not confirmed are tried again. Workers of the revision before go on: they end a
grant at once, and leave none to be tried."""

import sqlalchemy as sa
from alembic import op

from adapters_persistence.ledger.columns import UtcDateTime

revision = "0010"
down_revision = "0009"

_LEFT = sa.text("revoke_until IS NOT NULL")


def upgrade() -> None:
    op.add_column("grants", sa.Column("revoke_until", UtcDateTime()))
    op.create_index("ix_grants_unrevoked", "grants", ["revoke_until", "id"], sqlite_where=_LEFT, postgresql_where=_LEFT)
