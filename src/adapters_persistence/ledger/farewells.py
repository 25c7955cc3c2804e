"""What is still held of those who have left, over all users."""

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import exists, or_, select

from adapters_persistence.ledger.grants import to_grant
from adapters_persistence.ledger.link_intents import to_choice
from adapters_persistence.ledger.rows import from_rows
from adapters_persistence.ledger.tables import grants, link_choices, link_intents, social_accounts
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import Grant, LinkChoice, SocialAccount


@frozen
class SqlFarewells:
    unit: Unit

    async def grants_of(self, platform: str, app: str, subject_id: str) -> Sequence[Grant]:
        theirs = (grants.c.platform == platform) & (grants.c.app == app) & (grants.c.subject_id == subject_id)
        return [to_grant(row) for row in await self.unit.rows(select(grants).where(theirs).order_by(grants.c.id))]

    async def accounts_of(self, platform: str, external_account_id: str) -> Sequence[SocialAccount]:
        theirs = (social_accounts.c.platform == platform) & (social_accounts.c.external_account_id == external_account_id)
        found = select(social_accounts).where(theirs).order_by(social_accounts.c.id)
        return from_rows(await self.unit.rows(found.with_for_update(key_share=True)), SocialAccount)

    async def unrevoked(self, limit: int) -> Sequence[Grant]:
        now = self.unit.now
        found = select(grants).where(
            grants.c.revoke_until.is_not(None),
            or_(grants.c.refresh_until.is_(None), grants.c.refresh_until <= now),
            or_(grants.c.refresh_after.is_(None), grants.c.refresh_after <= now),
        )
        return [to_grant(row) for row in await self.unit.rows(found.order_by(grants.c.revoke_until, grants.c.id).limit(limit))]

    async def abandoned(self, limit: int) -> Sequence[LinkChoice]:
        again = []
        for table in (link_intents.alias("i"), link_choices.alias("c")):
            same = (table.c.user_id == link_choices.c.user_id) & (table.c.platform == link_choices.c.platform)
            again.append(exists().where(same, table.c.app == link_choices.c.app, table.c.expires_at > self.unit.now))
        ended = select(link_choices).where(link_choices.c.expires_at <= self.unit.now, *(~each for each in again))
        rows = await self.unit.rows(ended.order_by(link_choices.c.expires_at, link_choices.c.id).limit(limit))
        return [to_choice(row) for row in rows]
