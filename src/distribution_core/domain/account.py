"""Who publishes: the user, the grants that consents gave, and the social accounts they open."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from attrs import field, frozen

_PLATFORM = re.compile(r"^[a-z][a-z0-9_]{1,31}$")


def is_platform_id(text: str) -> bool:
    """Whether `text` can name a platform. Which ones exist is for the adapter registry to say."""
    return _PLATFORM.fullmatch(text) is not None


class AccountStatus(StrEnum):
    """The platform's verdict on an account or grant. The user's own switch is `is_active`."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ERROR = "error"


@frozen(kw_only=True)
class User:
    """The master account. Signs in by password (Argon2id hash) or as a subject of an identity provider. `hold` is how
    long what is saved in the app waits for an *undo*; None: as the house has it. `time_zone` is the IANA name of the zone in
    which times are shown to them; None: UTC."""

    id: UUID
    email: str
    password_hash: str | None = field(default=None, repr=False)
    sso_issuer: str | None = None
    sso_subject: str | None = None
    hold: timedelta | None = None
    time_zone: str | None = None
    created_at: datetime


@frozen(kw_only=True)
class Session:
    """One link in a chain of rotating refresh tokens; the chain is the `family_id`. Only a hash is kept. `device` is what the
    browser or program called itself when it signed in, `began_at` when that was; None in rows of versions that did not say."""

    id: UUID
    user_id: UUID
    family_id: UUID
    token_hash: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime
    rotated_at: datetime | None = None
    revoked_at: datetime | None = None
    device: str | None = None
    began_at: datetime | None = None


@frozen(kw_only=True)
class SignIn:
    """A chain that is still good, as its owner sees it."""

    family_id: UUID
    device: str | None
    began_at: datetime
    used_at: datetime
    ends_at: datetime


@frozen(kw_only=True)
class DataKey:
    """A data key, wrapped by the key-encryption key that `key_id` and `key_version` name."""

    wrapped: bytes = field(repr=False)
    key_id: str
    key_version: int


@frozen(kw_only=True)
class Grant:
    """The tokens of one consent, sealed under the grant's own data key.

    `app` is the developer app that it was given to, `subject_id` the platform's id of the person who consented.
    `version` grows with every stored pair of tokens, so a refresh can be compared and set. `revoke_until`: its last account
    is gone, and until then the platform is asked to revoke it; None: not so.
    """

    id: UUID
    user_id: UUID
    platform: str
    app: str
    subject_id: str
    scopes: tuple[str, ...] = ()
    data_key: DataKey
    access_token: bytes = field(repr=False)
    access_expires_at: datetime | None = None
    refresh_token: bytes | None = field(default=None, repr=False)
    refresh_expires_at: datetime | None = None
    status: AccountStatus = AccountStatus.VALID
    version: int = 1
    created_at: datetime
    updated_at: datetime
    revoke_until: datetime | None = None


@frozen(kw_only=True)
class SocialAccount:
    """One Page, profile, creator or organization. Unlinking keeps the row, so that history stays.

    `access_token` is the account's own token (a Facebook Page token), sealed under its grant's data key; None
    where it posts with the grant's. `handle` is the platform's public user name, where it has one.
    """

    id: UUID
    user_id: UUID
    grant_id: UUID | None
    platform: str
    external_account_id: str
    kind: str
    display_name: str
    handle: str | None = None
    avatar_url: str | None = None
    is_active: bool = True
    status: AccountStatus = AccountStatus.VALID
    status_reason: str | None = None
    access_token: bytes | None = field(default=None, repr=False)
    access_expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    linked_at: datetime
    updated_at: datetime
    unlinked_at: datetime | None = None

    @property
    def is_linked(self) -> bool:
        return self.unlinked_at is None


@frozen(kw_only=True)
class LinkIntent:
    """An OAuth round trip under way. Found once by the hash of its `state`, bound to the session that began it."""

    state_hash: bytes = field(repr=False)
    user_id: UUID
    session_id: UUID
    platform: str
    app: str
    redirect_uri: str
    data_key: DataKey | None = None
    code_verifier: bytes | None = field(default=None, repr=False)
    expires_at: datetime


@frozen(kw_only=True)
class LinkChoice:
    """What a consent opened, sealed whole, until its person has chosen which accounts to link. Made once, ended once."""

    id: UUID
    user_id: UUID
    session_id: UUID
    platform: str
    app: str
    data_key: DataKey
    consent: bytes = field(repr=False)
    expires_at: datetime
