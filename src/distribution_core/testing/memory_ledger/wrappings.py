"""Every wrapped data key."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from attrs import evolve, frozen

from distribution_core.domain.account import DataKey
from distribution_core.ports.keys import Wrapping, Wrappings
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryWrappings:
    unit: Unit

    async def counts(self) -> Mapping[tuple[str, int], int]:
        return Counter((each.key.key_id, each.key.key_version) for each in self._all())

    async def under_others(self, key_id: str, version: int, limit: int) -> Sequence[Wrapping]:
        return [each for each in self._all() if (each.key.key_id, each.key.key_version) != (key_id, version)][:limit]

    async def replace(self, wrapping: Wrapping, key: DataKey) -> bool:
        held = next((each for each in self._all() if (each.table, each.row_id) == (wrapping.table, wrapping.row_id)), None)
        if held is None or held.key.wrapped != wrapping.key.wrapped:
            return False
        rows = getattr(self.unit.rows, wrapping.table)
        rows[wrapping.row_id] = evolve(rows[wrapping.row_id], data_key=key)
        return True

    async def first_seen(self, key_id: str, version: int) -> datetime:
        return self.unit.rows.key_versions.setdefault((key_id, version), self.unit.now)

    def _all(self) -> Iterator[Wrapping]:
        rows = self.unit.rows
        for grant_id, grant in sorted(rows.grants.items()):
            yield Wrapping(table="grants", row_id=grant_id, key=grant.data_key)
        for state_hash, intent in sorted(rows.link_intents.items()):
            if intent.data_key is not None and intent.expires_at > self.unit.now:
                yield Wrapping(table="link_intents", row_id=state_hash, key=intent.data_key)
        for choice_id, choice in sorted(rows.link_choices.items()):
            if choice.expires_at > self.unit.now:
                yield Wrapping(table="link_choices", row_id=choice_id, key=choice.data_key)


_: type[Wrappings] = MemoryWrappings
