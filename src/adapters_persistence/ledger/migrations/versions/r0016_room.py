"""Less to write for each step of a delivery: no index over all statuses, which every step wrote, since those that are looked for
have one of their own; and, on PostgreSQL, room on the pages for the versions that a claim and an outcome make, which then need no
new entry in any index."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    canceled = sa.text("status = 'canceled'")
    op.create_index("ix_deliveries_canceled", "deliveries", ["id"], sqlite_where=canceled, postgresql_where=canceled)
    op.drop_index("ix_deliveries_status", "deliveries")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE deliveries SET (fillfactor = 85)")
        op.execute("ALTER TABLE attempts SET (fillfactor = 60)")
