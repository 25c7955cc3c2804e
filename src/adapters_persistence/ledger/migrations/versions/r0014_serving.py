"""Which platforms a worker serves, so that a limit is shared by those only who can use it. Processes of the revision before go
on: what they leave empty means all."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("workers", sa.Column("serves", sa.Text()))
