"""Social accounts, linked and unlinked."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import SocialAccount
from distribution_core.ports.ledger import Accounts, DuplicateError
from distribution_core.testing.memory_ledger.state import Unit


@frozen
class MemoryAccounts:
    unit: Unit

    async def put(self, account: SocialAccount) -> None:
        for other in self.unit.rows.accounts.values():
            if other.id != account.id and _identity(other) == _identity(account):
                raise DuplicateError("this external account is taken")
        self.unit.rows.accounts[account.id] = account

    async def get(self, account_id: UUID, user_id: UUID | None = None, *, for_change: bool = False) -> SocialAccount | None:
        account = self.unit.rows.accounts.get(account_id)
        return account if account and user_id in (None, account.user_id) else None

    async def of_user(self, user_id: UUID, platform: str | None = None, *, for_change: bool = False) -> Sequence[SocialAccount]:
        return in_linking_order(
            account
            for account in self.unit.rows.accounts.values()
            if account.user_id == user_id and platform in (None, account.platform)
        )

    async def of_grant(self, grant_id: UUID, *, for_change: bool = False) -> Sequence[SocialAccount]:
        return in_linking_order(account for account in self.unit.rows.accounts.values() if account.grant_id == grant_id)

    async def linked_to_subject(self, platform: str, app: str, subject_id: str) -> int:
        grants = {
            grant.id
            for grant in self.unit.rows.grants.values()
            if (grant.platform, grant.app, grant.subject_id) == (platform, app, subject_id)
        }
        return sum(account.is_linked and account.grant_id in grants for account in self.unit.rows.accounts.values())


def in_linking_order(accounts: Iterable[SocialAccount]) -> list[SocialAccount]:
    """Accounts as the user linked them."""

    def order(account: SocialAccount) -> tuple[datetime, UUID]:
        return account.linked_at, account.id

    return sorted(accounts, key=order)


def _identity(account: SocialAccount) -> tuple[UUID, str, str]:
    return account.user_id, account.platform, account.external_account_id


_: type[Accounts] = MemoryAccounts
