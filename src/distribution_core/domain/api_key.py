"""A key by which a program acts for a user: for some things only, and for a time."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from attrs import field, frozen


class ApiScope(StrEnum):
    """What a key may do. None of them links accounts or touches keys, sessions and settings: that is for the person."""

    CONTENT_READ = "content:read"
    CONTENT_WRITE = "content:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    MEDIA_READ = "media:read"
    MEDIA_WRITE = "media:write"


@frozen(kw_only=True)
class ApiKey:
    """Only a hash of the key is kept; `prefix` is how it begins, by which its owner knows it."""

    id: UUID
    user_id: UUID
    name: str
    prefix: str
    key_hash: bytes = field(repr=False)
    scopes: tuple[ApiScope, ...]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
