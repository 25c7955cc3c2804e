"""OAuth round trips under way, and choices to be made after one: each given out once."""

from uuid import UUID

from attrs import frozen
from sqlalchemy import ColumnElement, RowMapping, delete, select

from adapters_persistence.ledger.data_keys import key_columns, key_of
from adapters_persistence.ledger.rows import from_row, to_row
from adapters_persistence.ledger.tables import link_choices, link_intents
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import LinkChoice, LinkIntent


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

    async def offer(self, choice: LinkChoice) -> None:
        values = to_row(choice) | key_columns(choice.data_key)
        del values["data_key"]
        await self.unit.insert_all(link_choices, [values])

    async def offered(self, choice_id: UUID, user_id: UUID) -> LinkChoice | None:
        row = await self.unit.row(select(link_choices).where(_own(choice_id, user_id)))
        return to_choice(row) if row else None

    async def take_offered(self, choice_id: UUID, user_id: UUID) -> LinkChoice | None:
        taken = delete(link_choices).where(_own(choice_id, user_id)).returning(*link_choices.c)
        row = await self.unit.row(taken)
        return to_choice(row) if row else None


def _own(choice_id: UUID, user_id: UUID) -> ColumnElement[bool]:
    return (link_choices.c.id == choice_id) & (link_choices.c.user_id == user_id)


def to_choice(row: RowMapping) -> LinkChoice:
    """A choice as it is stored, with its data key."""
    return from_row({**row, "data_key": key_of(row)}, LinkChoice)
