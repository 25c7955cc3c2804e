"""What needs care before it is used."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from attrs import frozen
from sqlalchemy import exists, literal_column, or_, select, update

from adapters_persistence.ledger.delivery_conditions import IS_OPEN, IS_SENT
from adapters_persistence.ledger.grants import to_grant
from adapters_persistence.ledger.rows import from_rows, to_json
from adapters_persistence.ledger.tables import contents, deliveries, grants, social_accounts
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import Grant
from distribution_core.domain.content import Content, Visibility


@frozen
class SqlUpkeep:
    unit: Unit

    async def expiring(self, platform: str, before: datetime, limit: int, *, refreshable: bool) -> Sequence[Grant]:
        now = self.unit.now
        linked = exists().where(social_accounts.c.grant_id == grants.c.id, social_accounts.c.unlinked_at.is_(None))
        found = select(grants).where(
            grants.c.status == literal_column("'valid'"),
            grants.c.platform == platform,
            grants.c.access_expires_at <= before,
            or_(grants.c.refresh_until.is_(None), grants.c.refresh_until <= now),
            or_(grants.c.refresh_after.is_(None), grants.c.refresh_after <= now),
            linked,
        )
        if refreshable:
            found = found.where(grants.c.refresh_token.is_not(None))
        found = found.order_by(grants.c.access_expires_at, grants.c.id).limit(limit)
        return [to_grant(row) for row in await self.unit.rows(found)]

    async def put_off(self, grant_id: UUID, until: datetime) -> None:
        await self.unit.change(update(grants).where(grants.c.id == grant_id).values(refresh_after=until))

    async def unprobed(self, until: datetime, asked_before: datetime, limit: int) -> Sequence[Content]:
        found = (
            select(contents)
            .where(
                contents.c.selected_at.is_(None),
                contents.c.release_at.is_not(None),
                contents.c.release_at > self.unit.now,
                contents.c.release_at <= until,
                contents.c.visibility == Visibility.SCHEDULED.value,
                or_(contents.c.probed_at.is_(None), contents.c.probed_at <= asked_before),
            )
            .order_by(contents.c.release_at, contents.c.id)
            .limit(limit)
        )
        return from_rows(await self.unit.rows(found), Content)

    async def note_probe(self, content: Content, *, was: Content) -> bool:
        probe = contents.c.probed_at.is_(None) if was.probed_at is None else contents.c.probed_at == was.probed_at
        as_read = (contents.c.id == was.id) & (contents.c.updated_at == was.updated_at) & probe
        noted = update(contents).where(as_read, contents.c.selected_at.is_(None))
        return await self.unit.change(noted.values(probed_at=content.probed_at, risks=to_json(content.risks))) == 1

    async def half_unlinked(self, limit: int) -> Sequence[UUID]:
        account = social_accounts.c
        sending = exists().where(deliveries.c.social_account_id == account.id, IS_OPEN, IS_SENT)
        found = select(account.id).where(account.unlinked_at.is_not(None), account.grant_id.is_not(None), ~sending)
        rows = await self.unit.rows(found.order_by(account.unlinked_at, account.id).limit(limit))
        return [row["id"] for row in rows]
