"""Where a user is signed in."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import Session, SignIn
from distribution_core.ports.sign_ins import SignIns
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemorySignIns:
    unit: Unit

    async def of_user(self, user_id: UUID) -> Sequence[SignIn]:
        chains: dict[UUID, list[Session]] = defaultdict(list)
        for session in self.unit.rows.sessions.values():
            if session.user_id == user_id and session.revoked_at is None:
                chains[session.family_id].append(session)
        found = [
            SignIn(
                family_id=family_id,
                device=next((each.device for each in chain if each.device), None),
                began_at=min(each.began_at or each.created_at for each in chain),
                used_at=max(each.created_at for each in chain),
                ends_at=max(each.expires_at for each in chain),
            )
            for family_id, chain in chains.items()
        ]
        good = sorted((each for each in found if each.ends_at > self.unit.now), key=lambda each: each.family_id)
        return tuple(sorted(good, key=lambda each: each.used_at, reverse=True))


_: type[SignIns] = MemorySignIns
