"""OAuth round trips under way, each given out once."""

from attrs import frozen
from sqlalchemy import delete

from adapters_persistence.ledger.data_keys import key_columns, key_of
from adapters_persistence.ledger.rows import from_row, to_row
from adapters_persistence.ledger.tables import link_intents
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import LinkIntent


@frozen
class SqlLinkIntents:
    unit: Unit

    async def add(self, intent: LinkIntent) -> None:
        values = to_row(intent) | key_columns(intent.data_key)
        del values["data_key"]
        await self.unit.insert_all(link_intents, [values])

    async def take(self, state_hash: bytes) -> LinkIntent | None:
        taken = delete(link_intents).where(link_intents.c.state_hash == state_hash).returning(*link_intents.c)
        row = await self.unit.row(taken)
        return from_row({**row, "data_key": key_of(row)}, LinkIntent) if row else None
