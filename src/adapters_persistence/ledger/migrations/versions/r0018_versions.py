"""Room, on PostgreSQL, in the indexes that hold every delivery for the versions that its gate and its outcome make; and no search
for equal entries where there are none but such versions, or where all are gone before they take up room."""

from alembic import op

revision = "0018"
down_revision = "0017"

_WHOLE = ("pk_deliveries", "uq_deliveries_content_id_social_account_id")
_OF_OPEN = ("ix_deliveries_due", "ix_deliveries_turn", "ix_deliveries_open_of_account")


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for name in _WHOLE:
        op.execute(f"ALTER INDEX {name} SET (fillfactor = 60, deduplicate_items = off)")
    for name in _OF_OPEN:
        op.execute(f"ALTER INDEX {name} SET (deduplicate_items = off)")
