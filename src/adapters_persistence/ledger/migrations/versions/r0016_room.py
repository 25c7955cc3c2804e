"""Room on the pages, on PostgreSQL, for the versions of a delivery that a claim makes and those of its tries: they then need no
new entry in any index. And an index over the few that were canceled, for what comes next."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    canceled = sa.text("status = 'canceled'")
    op.create_index("ix_deliveries_canceled", "deliveries", ["id"], sqlite_where=canceled, postgresql_where=canceled)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE deliveries SET (fillfactor = 85)")
        op.execute("ALTER TABLE attempts SET (fillfactor = 60)")
