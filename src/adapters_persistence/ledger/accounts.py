"""Social accounts, linked and unlinked."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import Select, func, select

from adapters_persistence.ledger.rows import from_rows, to_row
from adapters_persistence.ledger.tables import grants, social_accounts
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.account import SocialAccount


@frozen
class SqlAccounts:
    unit: Unit

    async def put(self, account: SocialAccount) -> None:
        values = to_row(account)
        put = self.unit.insert(social_accounts).values(values)
        replaced = {name: put.excluded[name] for name in values if name != "id"}
        await self.unit.change_unique(put.on_conflict_do_update(index_elements=["id"], set_=replaced), "this external account")

    async def get(self, account_id: UUID, user_id: UUID | None = None, *, for_change: bool = False) -> SocialAccount | None:
        found = select(social_accounts).where(social_accounts.c.id == account_id)
        if user_id is not None:
            found = found.where(social_accounts.c.user_id == user_id)
        return next(iter(await self._found(found, for_change=for_change)), None)

    async def of_user(self, user_id: UUID, platform: str | None = None, *, for_change: bool = False) -> Sequence[SocialAccount]:
        found = select(social_accounts).where(social_accounts.c.user_id == user_id)
        if platform is not None:
            found = found.where(social_accounts.c.platform == platform)
        return await self._found(found, for_change=for_change)

    async def of_grant(self, grant_id: UUID, *, for_change: bool = False) -> Sequence[SocialAccount]:
        return await self._found(select(social_accounts).where(social_accounts.c.grant_id == grant_id), for_change=for_change)

    async def linked_to_subject(self, platform: str, app: str, subject_id: str) -> int:
        linked = (
            select(func.count())
            .select_from(social_accounts.join(grants, grants.c.id == social_accounts.c.grant_id))
            .where(
                grants.c.platform == platform,
                grants.c.app == app,
                grants.c.subject_id == subject_id,
                social_accounts.c.unlinked_at.is_(None),
            )
        )
        return int(await self.unit.scalar(linked))

    async def _found(self, found: Select[Any], *, for_change: bool) -> Sequence[SocialAccount]:
        """In the order of linking, but locked by id: unlike the time of linking, it never changes."""
        if for_change:
            found = found.order_by(social_accounts.c.id).with_for_update(key_share=True)
        accounts = from_rows(await self.unit.rows(found), SocialAccount)
        return sorted(accounts, key=lambda account: (account.linked_at, account.id))
