"""What each route asks of whoever calls it. Every route declares one of these; create_app refuses one that doesn't."""

from enum import StrEnum


class Permission(StrEnum):
    """PUBLIC: nothing. PROVEN: a proof of its own, which the route checks (a signed link, a platform's signature, a one-time
    token, the refresh cookie). PERSON: a session, which no key can stand in for. The others: a session, or a key with that
    scope."""

    PUBLIC = "public"
    PROVEN = "proven"
    PERSON = "person"
    CONTENT_READ = "content:read"
    CONTENT_WRITE = "content:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    MEDIA_READ = "media:read"
    MEDIA_WRITE = "media:write"

    @property
    def needs_caller(self) -> bool:
        return self not in (Permission.PUBLIC, Permission.PROVEN)

    @property
    def is_scope(self) -> bool:
        return ":" in self.value
