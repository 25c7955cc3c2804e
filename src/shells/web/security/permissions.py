"""What each route asks of whoever calls it. Every route declares one of these; create_app refuses one that doesn't."""

from enum import StrEnum

from distribution_core.domain.api_key import ApiScope

_SCOPES = frozenset(scope.value for scope in ApiScope)


class Permission(StrEnum):
    """PUBLIC: nothing. PROVEN: a proof of its own, which the route checks (a signed link, a platform's signature, a one-time
    token, the refresh cookie). PERSON: a session, which no key can stand in for. The others: a session, or a key with that
    scope."""

    PUBLIC = "public"
    PROVEN = "proven"
    PERSON = "person"
    CONTENT_READ = ApiScope.CONTENT_READ.value
    CONTENT_WRITE = ApiScope.CONTENT_WRITE.value
    ACCOUNTS_READ = ApiScope.ACCOUNTS_READ.value
    ACCOUNTS_WRITE = ApiScope.ACCOUNTS_WRITE.value
    MEDIA_READ = ApiScope.MEDIA_READ.value
    MEDIA_WRITE = ApiScope.MEDIA_WRITE.value

    @property
    def needs_caller(self) -> bool:
        return self not in (Permission.PUBLIC, Permission.PROVEN)

    @property
    def is_scope(self) -> bool:
        return self.value in _SCOPES
