"""What a browser or program called itself when it signed in. Workers of the revision before go on."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("device", sa.Text()))
