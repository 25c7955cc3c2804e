"""Uploaded pictures and videos, known by user and key."""

from collections.abc import Collection, Mapping
from uuid import UUID

from attrs import frozen
from sqlalchemy import select

from adapters_persistence.ledger.rows import from_row, to_row
from adapters_persistence.ledger.tables import media_assets
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.content import MediaAsset, StoredMedia


@frozen
class SqlMediaAssets:
    unit: Unit

    async def add(self, media: StoredMedia) -> None:
        """Raises DuplicateError when the user's key is taken."""
        owned = {"user_id": media.user_id, "created_at": media.created_at}
        await self.unit.insert_new(media_assets, to_row(media.asset) | owned, "this media key")

    async def of_keys(self, user_id: UUID, keys: Collection[str]) -> Mapping[str, StoredMedia]:
        if not keys:
            return {}
        found = select(media_assets).where(media_assets.c.user_id == user_id, media_assets.c.key.in_(keys))
        return {
            row["key"]: StoredMedia(user_id=user_id, asset=from_row(row, MediaAsset), created_at=row["created_at"])
            for row in await self.unit.rows(found)
        }
