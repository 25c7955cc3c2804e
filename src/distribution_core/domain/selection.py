"""Which accounts carry a content, and why the others do not."""

from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import AccountStatus, SocialAccount
from distribution_core.domain.ids import nth


@frozen(kw_only=True)
class Exclusion:
    """An account that is left out of a content, with the reason in a code and in words."""

    content_id: UUID
    social_account_id: UUID
    code: str
    reason: str


@frozen(kw_only=True)
class Selection:
    """What one selection did: how many deliveries it made, as a series of ids from `first_id` on, and the accounts it left
    out."""

    made: int = 0
    first_id: UUID | None = None
    exclusions: tuple[Exclusion, ...] = ()

    @property
    def delivery_ids(self) -> tuple[UUID, ...]:
        """All of them, in the order in which their accounts were linked."""
        return self.firsts(self.made)

    def firsts(self, most: int) -> tuple[UUID, ...]:
        """The first so many of them."""
        first = self.first_id
        return () if first is None else tuple(nth(first, place) for place in range(min(self.made, most)))


def left_out(account: SocialAccount) -> tuple[str, str] | None:
    """Why an account takes no part, as (code, words), or None when it is linked, switched on and valid."""
    if not account.is_linked:
        return "unlinked", "This account is no longer linked."
    if not account.is_active:
        return "switched_off", "This account is switched off."
    match account.status:
        case AccountStatus.VALID:
            return None
        case AccountStatus.EXPIRED:
            return "expired", "Access has expired. Reconnect the account."
        case AccountStatus.REVOKED:
            return "revoked", "Access was withdrawn on the platform. Reconnect the account."
        case AccountStatus.ERROR:
            return "account_error", account.status_reason or "The platform reports a problem with this account."
