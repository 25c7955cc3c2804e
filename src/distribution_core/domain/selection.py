"""Which accounts carry a content, and why the others do not."""

from uuid import UUID

from attrs import frozen

from distribution_core.domain.account import AccountStatus, SocialAccount


@frozen(kw_only=True)
class Exclusion:
    """An account that is left out of a content, with the reason in a code and in words."""

    content_id: UUID
    social_account_id: UUID
    code: str
    reason: str


@frozen(kw_only=True)
class Selection:
    """What one selection did: the deliveries it made and the accounts it left out."""

    delivery_ids: tuple[UUID, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()


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
