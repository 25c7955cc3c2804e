"""Linked accounts, as JSON."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from distribution_core.domain.account import SocialAccount


class Toggle(Struct, forbid_unknown_fields=True, kw_only=True):
    is_active: bool


class AccountOut(Struct, kw_only=True):
    id: UUID
    platform: str
    external_account_id: str
    kind: str
    display_name: str
    handle: str | None
    avatar_url: str | None
    is_active: bool
    status: str
    status_reason: str | None
    scopes: list[str]
    token_expires_at: datetime | None
    linked_at: datetime

    @classmethod
    def of(cls, account: SocialAccount) -> "AccountOut":
        return cls(
            id=account.id,
            platform=account.platform,
            external_account_id=account.external_account_id,
            kind=account.kind,
            display_name=account.display_name,
            handle=account.handle,
            avatar_url=account.avatar_url,
            is_active=account.is_active,
            status=account.status.value,
            status_reason=account.status_reason,
            scopes=list(account.scopes),
            token_expires_at=account.access_expires_at,
            linked_at=account.linked_at,
        )


class AccountsOut(Struct, kw_only=True):
    accounts: list[AccountOut]


class ToggledOut(Struct, kw_only=True):
    """`stopped` deliveries were canceled; `being_sent` ones are already on their way and are finished."""

    account: AccountOut
    stopped: int
    being_sent: int


class LinkedOut(Struct, kw_only=True):
    platform: str
    accounts: list[AccountOut]
    not_linked: list[dict[str, str]]
