"""Codes, access tokens and refresh tokens of the imitation, under both token profiles."""

import secrets
from datetime import datetime, timedelta
from random import Random

from attrs import define, field, frozen

from shells.sandbox.clock import SandboxClock

CODE_LIFE = timedelta(minutes=5)


@frozen(kw_only=True)
class TokenProfile:
    """How long tokens live, and whether a refresh kills the refresh token that was spent."""

    access_s: int
    refresh_s: int
    rotates: bool


PROFILES = {
    "2026-11": TokenProfile(access_s=7200, refresh_s=180 * 86400, rotates=True),
    "legacy": TokenProfile(access_s=86400, refresh_s=365 * 86400, rotates=False),
}


@frozen(kw_only=True)
class AuthorizationCode:
    """What a callback carries: single use, bound to its redirect URI and, where one was sent, to a PKCE challenge."""

    value: str
    open_id: str
    scopes: tuple[str, ...]
    redirect_uri: str
    challenge: str | None
    expires_at: datetime


@define(kw_only=True)
class Authorization:
    """What one consent opened. `removed` once revoked: nothing that came from it works any more."""

    open_id: str
    scopes: tuple[str, ...]
    refresh_token: str
    refresh_expires_at: datetime
    removed: bool = False


@define(kw_only=True)
class AccessToken:
    value: str
    authorization: Authorization
    expires_at: datetime


@define
class TokenBook:
    """Every code and token that was given out."""

    clock: SandboxClock
    _random: Random
    _codes: dict[str, AuthorizationCode] = field(factory=dict)
    _access: dict[str, AccessToken] = field(factory=dict)
    _refresh: dict[str, Authorization] = field(factory=dict)

    def new_code(self, open_id: str, scopes: tuple[str, ...], redirect_uri: str, challenge: str | None) -> AuthorizationCode:
        # Real codes end like this one: characters that must be URL-decoded exactly once.
        value = f"{secrets.token_urlsafe(48)}*{self._random.randrange(10)}!{self._random.randrange(1000, 9999)}.e1"
        code = AuthorizationCode(
            value=value,
            open_id=open_id,
            scopes=scopes,
            redirect_uri=redirect_uri,
            challenge=challenge,
            expires_at=self.clock.now() + CODE_LIFE,
        )
        self._codes[value] = code
        return code

    def code(self, value: str) -> AuthorizationCode | None:
        found = self._codes.get(value)
        return found if found and found.expires_at > self.clock.now() else None

    def spend(self, code: AuthorizationCode, profile: TokenProfile) -> AccessToken:
        """A fresh authorization for a code, which is used up."""
        del self._codes[code.value]
        authorization = Authorization(
            open_id=code.open_id,
            scopes=code.scopes,
            refresh_token=_refresh_value(),
            refresh_expires_at=self.clock.now() + timedelta(seconds=profile.refresh_s),
        )
        self._refresh[authorization.refresh_token] = authorization
        return self._grant_access(authorization, profile)

    def refresh(self, refresh_token: str, profile: TokenProfile) -> AccessToken | None:
        """New tokens for a live refresh token, else None. Where the profile rotates, the spent one is dead at once."""
        authorization = self._refresh.get(refresh_token)
        if authorization is None or authorization.removed or authorization.refresh_expires_at <= self.clock.now():
            return None
        if profile.rotates:
            del self._refresh[refresh_token]
            authorization.refresh_token = _refresh_value()
            authorization.refresh_expires_at = self.clock.now() + timedelta(seconds=profile.refresh_s)
            self._refresh[authorization.refresh_token] = authorization
        return self._grant_access(authorization, profile)

    def live(self, access_token: str) -> AccessToken | None:
        token = self._access.get(access_token)
        if token is None or token.authorization.removed or token.expires_at <= self.clock.now():
            return None
        return token

    def owner(self, access_token: str) -> str | None:
        """Whose token this is or was, for fault rules that name an account."""
        token = self._access.get(access_token)
        return token.authorization.open_id if token else None

    def refresh_owner(self, refresh_token: str) -> str | None:
        authorization = self._refresh.get(refresh_token)
        return authorization.open_id if authorization else None

    def remove(self, authorization: Authorization) -> None:
        authorization.removed = True
        self._refresh.pop(authorization.refresh_token, None)

    def expire_access(self, open_id: str) -> int:
        """End the access tokens of a creator now; refreshing still works. Returns how many lived."""
        live = [token for token in self._access.values() if token.authorization.open_id == open_id and self.live(token.value)]
        for token in live:
            token.expires_at = self.clock.now()
        return len(live)

    def remove_all(self, open_id: str) -> int:
        """What the creator does under *Manage app permissions*. Returns how many tokens died."""
        died = sum(1 for token in self._access.values() if token.authorization.open_id == open_id and self.live(token.value))
        for authorization in [item for item in self._refresh.values() if item.open_id == open_id]:
            self.remove(authorization)
            died += 1
        return died

    def clear(self) -> None:
        self._codes.clear()
        self._access.clear()
        self._refresh.clear()

    def _grant_access(self, authorization: Authorization, profile: TokenProfile) -> AccessToken:
        token = AccessToken(
            value=f"act.{secrets.token_urlsafe(40)}",
            authorization=authorization,
            expires_at=self.clock.now() + timedelta(seconds=profile.access_s),
        )
        self._access[token.value] = token
        return token


def _refresh_value() -> str:
    return f"rft.{secrets.token_urlsafe(40)}"
