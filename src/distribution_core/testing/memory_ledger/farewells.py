"""What is still held of those who have left, over all users."""

from collections.abc import Sequence

from attrs import frozen

from distribution_core.domain.account import Grant, LinkChoice, LinkIntent, SocialAccount
from distribution_core.ports.farewell import Farewells
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryFarewells:
    unit: Unit

    async def grants_of(self, platform: str, app: str, subject_id: str) -> Sequence[Grant]:
        theirs = (platform, app, subject_id)
        found = (each for each in self.unit.rows.grants.values() if (each.platform, each.app, each.subject_id) == theirs)
        return sorted(found, key=lambda grant: grant.id)

    async def accounts_of(self, platform: str, external_account_id: str) -> Sequence[SocialAccount]:
        theirs = (platform, external_account_id)
        found = (each for each in self.unit.rows.accounts.values() if (each.platform, each.external_account_id) == theirs)
        return sorted(found, key=lambda account: account.id)

    async def unrevoked(self, limit: int) -> Sequence[Grant]:
        rows, now = self.unit.rows, self.unit.now
        found = [
            (grant.revoke_until, grant.id, grant)
            for grant in rows.grants.values()
            if grant.revoke_until is not None
            and rows.refresh_leases.get(grant.id, ("", now))[1] <= now
            and rows.refresh_after.get(grant.id, now) <= now
        ]
        return [grant for _, _, grant in sorted(found, key=lambda row: row[:2])][:limit]

    async def abandoned(self, limit: int) -> Sequence[LinkChoice]:
        rows, now = self.unit.rows, self.unit.now
        begun: list[LinkIntent | LinkChoice] = [*rows.link_intents.values(), *rows.link_choices.values()]
        under_way = {(each.user_id, each.platform, each.app) for each in begun if each.expires_at > now}
        ended = [
            each
            for each in rows.link_choices.values()
            if each.expires_at <= now and (each.user_id, each.platform, each.app) not in under_way
        ]
        return sorted(ended, key=lambda choice: (choice.expires_at, choice.id))[:limit]


_: type[Farewells] = MemoryFarewells
