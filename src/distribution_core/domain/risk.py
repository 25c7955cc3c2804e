"""What stands in the way of a scheduled post before its time has come."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import SocialAccount
from distribution_core.domain.selection import left_out

if TYPE_CHECKING:
    from distribution_core.domain.content import Content


@frozen(kw_only=True)
class Risk:
    """An account on which a scheduled post will not go as things stand, with the reason in a code and in words."""

    account_id: UUID
    code: str
    reason: str


def takes_part(content: "Content", account: SocialAccount) -> bool:
    """Whether the user means this content for this account, whatever its platform says of the account."""
    return account.is_linked and account.is_active and (content.targets is None or account.id in content.targets)


def risks_of(content: "Content", accounts: Iterable[SocialAccount]) -> tuple[Risk, ...]:
    """The risks that stand now: an account that was reconnected or renewed since it was asked is none any more."""
    if content.scheduled_at is None or content.release_at is None or content.selected_at is not None:
        return ()
    told = {risk.account_id: risk for risk in content.risks}
    found = []
    for account in accounts:
        if not takes_part(content, account):
            continue
        out = left_out(account)
        if out is not None:
            found.append(Risk(account_id=account.id, code=out[0], reason=out[1]))
        elif account.id in told and _asked_since(content.probed_at, account.updated_at):
            found.append(told[account.id])
    return tuple(found)


def _asked_since(asked_at: datetime | None, changed_at: datetime) -> bool:
    return asked_at is not None and changed_at <= asked_at
