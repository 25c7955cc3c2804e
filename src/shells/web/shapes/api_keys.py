"""Keys for programs, as JSON."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from distribution_core.domain.api_key import ApiKey, ApiScope


class ApiKeyIn(Struct, forbid_unknown_fields=True, kw_only=True):
    """`expires_in_days` null: until it is revoked."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    scopes: Annotated[list[ApiScope], Meta(min_length=1, max_length=10)]
    expires_in_days: Annotated[int, Meta(ge=1, le=366)] | None = None


class ApiKeyOut(Struct, kw_only=True):
    """`prefix` is how the key begins. `last_used_at` is exact to the minute."""

    id: UUID
    name: str
    prefix: str
    scopes: list[ApiScope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> "ApiKeyOut":
        return cls(
            id=key.id,
            name=key.name,
            prefix=key.prefix,
            scopes=list(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
        )


class ApiKeysOut(Struct, kw_only=True):
    api_keys: list[ApiKeyOut]


class NewApiKeyOut(Struct, kw_only=True):
    key: str
    api_key: ApiKeyOut

    def __repr__(self) -> str:
        return "NewApiKeyOut(***)"
