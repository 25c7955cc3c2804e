"""Trips to an identity provider under way, and its tokens that were used."""

from datetime import datetime

from attrs import frozen
from sqlalchemy import delete

from adapters_persistence.ledger.rows import from_row, to_row
from adapters_persistence.ledger.tables import sso_rounds, used_sso_tokens
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.sso import SsoRound


@frozen
class SqlSsoRounds:
    unit: Unit

    async def add(self, begun: SsoRound) -> None:
        await self.unit.insert_all(sso_rounds, [to_row(begun)])

    async def take(self, state_hash: bytes) -> SsoRound | None:
        taken = delete(sso_rounds).where(sso_rounds.c.state_hash == state_hash).returning(*sso_rounds.c)
        row = await self.unit.row(taken)
        return from_row(row, SsoRound) if row else None

    async def use_token(self, token_hash: bytes, expires_at: datetime) -> bool:
        values = {"token_hash": token_hash, "expires_at": expires_at}
        return await self.unit.change(self.unit.insert(used_sso_tokens).values(values).on_conflict_do_nothing()) == 1
