"""Uploaded pictures and videos, known by user and key."""

from collections.abc import Collection, Mapping
from uuid import UUID

from attrs import frozen

from distribution_core.domain.content import StoredMedia
from distribution_core.ports.ledger import DuplicateError, MediaAssets
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryMediaAssets:
    unit: Unit

    async def add(self, media: StoredMedia) -> None:
        if (media.user_id, media.asset.key) in self.unit.rows.media:
            raise DuplicateError("this media key is taken")
        self.unit.rows.media[media.user_id, media.asset.key] = media

    async def of_keys(self, user_id: UUID, keys: Collection[str]) -> Mapping[str, StoredMedia]:
        return {key: self.unit.rows.media[user_id, key] for key in keys if (user_id, key) in self.unit.rows.media}


_: type[MediaAssets] = MemoryMediaAssets
