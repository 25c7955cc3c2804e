"""OAuth round trips under way, and choices to be made after one: each given out once."""

from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import LinkChoice, LinkIntent
from distribution_core.ports.link_intents import LinkIntents
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryLinkIntents:
    unit: Unit

    async def add(self, intent: LinkIntent) -> None:
        self.unit.rows.link_intents[intent.state_hash] = intent

    async def take(self, state_hash: bytes) -> LinkIntent | None:
        return self.unit.rows.link_intents.pop(state_hash, None)

    async def offer(self, choice: LinkChoice) -> None:
        self.unit.rows.link_choices[choice.id] = choice

    async def offered(self, choice_id: UUID, user_id: UUID) -> LinkChoice | None:
        found = self.unit.rows.link_choices.get(choice_id)
        return found if found is not None and found.user_id == user_id else None

    async def take_offered(self, choice_id: UUID, user_id: UUID) -> LinkChoice | None:
        found = await self.offered(choice_id, user_id)
        return self.unit.rows.link_choices.pop(choice_id) if found is not None else None


_: type[LinkIntents] = MemoryLinkIntents
