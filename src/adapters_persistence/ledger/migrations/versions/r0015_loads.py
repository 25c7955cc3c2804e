"""What each worker has under way, for limits that count it over all workers. Processes of the revision before go on: they tell
nothing, and keep to their even share."""

import sqlalchemy as sa
from alembic import op

from adapters_persistence.ledger.columns import json_column

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("workers", sa.Column("loads", json_column()))
