"""OAuth round trips under way, each given out once."""

from attrs import frozen

from distribution_core.domain.account import LinkIntent
from distribution_core.ports.ledger import LinkIntents
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryLinkIntents:
    unit: Unit

    async def add(self, intent: LinkIntent) -> None:
        self.unit.rows.link_intents[intent.state_hash] = intent

    async def take(self, state_hash: bytes) -> LinkIntent | None:
        return self.unit.rows.link_intents.pop(state_hash, None)


_: type[LinkIntents] = MemoryLinkIntents
