"""What needs care before it is used."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from attrs import evolve, frozen

from distribution_core.domain.account import AccountStatus, Grant
from distribution_core.domain.content import Content, Visibility
from distribution_core.ports.upkeep import Upkeep
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryUpkeep:
    unit: Unit

    async def expiring(self, platform: str, before: datetime, limit: int, *, refreshable: bool) -> Sequence[Grant]:
        rows, now = self.unit.rows, self.unit.now
        linked = {account.grant_id for account in rows.accounts.values() if account.is_linked}
        found = [
            (grant.access_expires_at, grant.id, grant)
            for grant in rows.grants.values()
            if grant.platform == platform
            and grant.status is AccountStatus.VALID
            and grant.access_expires_at is not None
            and grant.access_expires_at <= before
            and (not refreshable or grant.refresh_token is not None)
            and rows.refresh_leases.get(grant.id, ("", now))[1] <= now
            and rows.refresh_after.get(grant.id, now) <= now
            and grant.id in linked
        ]
        return [grant for _, _, grant in sorted(found, key=lambda row: row[:2])][:limit]

    async def put_off(self, grant_id: UUID, until: datetime) -> None:
        self.unit.rows.refresh_after[grant_id] = until

    async def unprobed(self, until: datetime, asked_before: datetime, limit: int) -> Sequence[Content]:
        found = [
            (content.release_at, content.id, content)
            for content in self.unit.rows.contents.values()
            if content.selected_at is None
            and content.visibility is Visibility.SCHEDULED
            and content.release_at is not None
            and self.unit.now < content.release_at <= until
            and (content.probed_at is None or content.probed_at <= asked_before)
        ]
        return [content for _, _, content in sorted(found, key=lambda row: row[:2])][:limit]

    async def note_probe(self, content: Content, *, was: Content) -> bool:
        stored = self.unit.rows.contents.get(was.id)
        if stored is None or stored.selected_at is not None:
            return False
        if (stored.updated_at, stored.probed_at) != (was.updated_at, was.probed_at):
            return False
        self.unit.rows.contents[was.id] = evolve(stored, probed_at=content.probed_at, risks=content.risks)
        return True

    async def half_unlinked(self, limit: int) -> Sequence[UUID]:
        rows = self.unit.rows
        sending = {each.social_account_id for each in rows.deliveries.values() if each.being_sent}
        found = [
            (account.unlinked_at, account.id)
            for account in rows.accounts.values()
            if account.unlinked_at is not None and account.grant_id is not None and account.id not in sending
        ]
        return [account_id for _, account_id in sorted(found)][:limit]


_: type[Upkeep] = MemoryUpkeep
