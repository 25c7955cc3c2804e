"""Failed deliveries."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import User
from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Delivery, DeliveryStatus
from distribution_core.ports.dead_letters import DeadLetterCount, DeadLetterFilter, DeadLetters
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryDeadLetters:
    unit: Unit

    async def page(self, user_id: UUID, which: DeadLetterFilter, limit: int, before: UUID | None = None) -> Sequence[Delivery]:
        found = [
            each
            for each in self._of_user(user_id)
            if which.platform in (None, each.platform)
            and (which.kind is None or (each.last_error is not None and each.last_error.kind is which.kind))
            and (which.ids is None or each.id in which.ids)
            and (before is None or each.id < before)
        ]
        return sorted(found, key=lambda each: each.id, reverse=True)[:limit]

    async def counts(self, user_id: UUID) -> Sequence[DeadLetterCount]:
        counted = Counter((each.platform, each.last_error.kind) for each in self._of_user(user_id) if each.last_error)
        return [
            DeadLetterCount(platform=platform, kind=kind, number=counted[platform, kind]) for platform, kind in sorted(counted)
        ]

    async def owners(self, limit: int, after: UUID | None = None) -> Sequence[User]:
        failed = {each.user_id for each in self.unit.rows.deliveries.values() if each.status is DeliveryStatus.FAILED}
        found = sorted(each for each in failed if after is None or each > after)
        return [self.unit.rows.users[each] for each in found[:limit]]

    async def contents(self, user_id: UUID, content_ids: Collection[UUID]) -> Mapping[UUID, Content]:
        rows = self.unit.rows.contents
        return {each: rows[each] for each in content_ids if each in rows and rows[each].user_id == user_id}

    def _of_user(self, user_id: UUID) -> list[Delivery]:
        rows = self.unit.rows.deliveries.values()
        return [each for each in rows if each.user_id == user_id and each.status is DeliveryStatus.FAILED]


_: type[DeadLetters] = MemoryDeadLetters
