"""Trips to an identity provider under way, and its tokens that were used."""

from datetime import datetime

from attrs import frozen

from distribution_core.domain.sso import SsoRound
from distribution_core.ports.sso_rounds import SsoRounds
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemorySsoRounds:
    unit: Unit

    async def add(self, begun: SsoRound) -> None:
        self.unit.rows.sso_rounds[begun.state_hash] = begun

    async def take(self, state_hash: bytes) -> SsoRound | None:
        return self.unit.rows.sso_rounds.pop(state_hash, None)

    async def use_token(self, token_hash: bytes, expires_at: datetime) -> bool:
        if token_hash in self.unit.rows.used_sso_tokens:
            return False
        self.unit.rows.used_sso_tokens[token_hash] = expires_at
        return True


_: type[SsoRounds] = MemorySsoRounds
