"""What users saved."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from attrs import frozen

from distribution_core.domain.content import Content
from distribution_core.ports.ledger import Contents
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryContents:
    unit: Unit

    async def add(self, *added: Content) -> None:
        self.unit.rows.contents.update({content.id: content for content in added})

    async def get(self, content_id: UUID, user_id: UUID | None = None) -> Content | None:
        content = self.unit.rows.contents.get(content_id)
        return content if content and user_id in (None, content.user_id) else None

    async def save_unreleased(self, content: Content, *, was: Content) -> bool:
        stored = self.unit.rows.contents.get(content.id)
        if stored is None or stored.selected_at is not None or stored.updated_at != was.updated_at:
            return False
        self.unit.rows.contents[content.id] = content
        return True

    async def due(self, now: datetime, limit: int) -> Sequence[Content]:
        waiting = [
            (content.release_at, content.id, content)
            for content in self.unit.rows.contents.values()
            if content.selected_at is None and content.release_at is not None and content.release_at <= now
        ]
        return [content for _, _, content in sorted(waiting, key=lambda row: row[:2])][:limit]

    async def recent(self, user_id: UUID, limit: int, before: UUID | None = None) -> Sequence[Content]:
        own = [content for content in self.unit.rows.contents.values() if content.user_id == user_id]
        own.sort(key=lambda content: (content.created_at, content.id), reverse=True)
        if before is not None:
            seen = self.unit.rows.contents.get(before)
            own = [each for each in own if seen and (each.created_at, each.id) < (seen.created_at, seen.id)]
        return own[:limit]


_: type[Contents] = MemoryContents
