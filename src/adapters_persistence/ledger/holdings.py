"""Counts of what is limited for each user."""

from uuid import UUID

from attrs import frozen
from sqlalchemy import func, literal_column, select

from adapters_persistence.ledger.tables import contents, media_assets, social_accounts, users
from adapters_persistence.ledger.unit import Unit
from distribution_core.ports.holdings import Held


@frozen
class SqlHoldings:
    unit: Unit

    async def of_user(self, user_id: UUID) -> Held:
        linked = select(func.count()).where(social_accounts.c.user_id == user_id, social_accounts.c.unlinked_at.is_(None))
        scheduled = select(func.count()).where(
            contents.c.user_id == user_id,
            contents.c.selected_at.is_(None),
            contents.c.release_at.is_not(None),
            contents.c.visibility == literal_column("'scheduled'"),
        )
        mine = media_assets.c.user_id == user_id
        media = select(func.count()).where(mine).select_from(media_assets)
        media_bytes = select(func.coalesce(func.sum(media_assets.c.size_bytes), 0)).where(mine)
        row = await self.unit.row(
            select(
                linked.scalar_subquery().label("accounts"),
                scheduled.scalar_subquery().label("scheduled"),
                media.scalar_subquery().label("media"),
                media_bytes.scalar_subquery().label("media_bytes"),
            )
        )
        if row is None:
            return Held()
        return Held(accounts=row["accounts"], scheduled=row["scheduled"], media=row["media"], media_bytes=int(row["media_bytes"]))

    async def hold(self, user_id: UUID) -> Held:
        if self.unit.dialect == "postgresql":  # SQLite has one writer
            # Compatible with what rows that name the user take, so that only those who count wait for each other.
            await self.unit.row(select(users.c.id).where(users.c.id == user_id).with_for_update(key_share=True))
        return await self.of_user(user_id)
