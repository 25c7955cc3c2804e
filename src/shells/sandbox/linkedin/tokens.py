"""Codes, access tokens of sixty days and refresh tokens that keep counting from the first day (LinkedIn OAuth pages)."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import define, evolve, field, frozen

from shells.sandbox.clock import SandboxClock
from shells.sandbox.linkedin.errors import OAuthError, expired_token, invalid_token, revoked_token
from shells.sandbox.linkedin.switches import Switches

ACCESS_S = 5_184_000
REFRESH_S = 31_536_000
CODE_MINUTES = 30


@frozen(kw_only=True)
class Code:
    client_id: str
    sub: str
    scopes: tuple[str, ...]
    redirect_uri: str
    expires_at: datetime


@frozen(kw_only=True)
class Token:
    """An access token, or a refresh token when `refresh`."""

    value: str
    client_id: str
    sub: str
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    refresh: bool = False
    revoked: bool = False


@define
class TokenBook:
    clock: SandboxClock
    switches: Switches
    _codes: dict[str, Code] = field(factory=dict)
    _tokens: dict[str, Token] = field(factory=dict)

    def new_code(self, client_id: str, sub: str, scopes: tuple[str, ...], redirect_uri: str) -> str:
        value = "AQT" + secrets.token_urlsafe(60)
        self._codes[value] = Code(
            client_id=client_id,
            sub=sub,
            scopes=scopes,
            redirect_uri=redirect_uri,
            expires_at=self.clock.now() + timedelta(minutes=CODE_MINUTES),
        )
        return value

    def take_code(self, value: str, client_id: str, redirect_uri: str) -> Code:
        """Raises OAuthError."""
        code = self._codes.get(value)
        if code is None:
            raise OAuthError(401, "invalid_request", "Unable to retrieve access token: authorization code not found")
        if code.expires_at <= self.clock.now() or (code.client_id, code.redirect_uri) != (client_id, redirect_uri):
            words = (
                "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. "
                "Or authorization code expired. Or external member binding exists"
            )
            raise OAuthError(400, "invalid_redirect_uri", words)
        return self._codes.pop(value)

    def grant(self, code: Code) -> tuple[Token, Token | None]:
        """A new pair, or only the first where apps get no refresh tokens. Another scope set ends all that member's earlier
        tokens for the app."""
        for token in list(self._tokens.values()):
            if (token.client_id, token.sub) == (code.client_id, code.sub) and set(token.scopes) != set(code.scopes):
                self._keep(evolve(token, revoked=True))
        access = self._issue(code.client_id, code.sub, code.scopes)
        if not self.switches.refresh_tokens:
            return access, None
        until = self.clock.now() + timedelta(seconds=REFRESH_S)
        return access, self._issue(code.client_id, code.sub, code.scopes, refresh_until=until)

    def renew(self, value: str, client_id: str) -> tuple[Token, Token]:
        """A new access token, no longer than the refresh token lives, and that token. Raises OAuthError."""
        spent = self._tokens.get(value) if self.switches.refresh_tokens else None
        live = spent is not None and spent.refresh and not spent.revoked and spent.expires_at > self.clock.now()
        if spent is None or not live or spent.client_id != client_id:
            words = "The provided authorization grant or refresh token is invalid, expired or revoked"
            raise OAuthError(400, "invalid_request", words)
        access = self._issue(client_id, spent.sub, spent.scopes, at_most=spent.expires_at)
        return access, spent

    def check(self, value: str) -> Token:
        """The live access token. Raises LinkedInError 401."""
        token = self._tokens.get(value)
        if token is None or token.refresh:
            raise invalid_token()
        if token.revoked:
            raise revoked_token()
        if token.expires_at <= self.clock.now():
            raise expired_token()
        if token.issued_at + timedelta(seconds=self.switches.token_spread_seconds) > self.clock.now():
            raise revoked_token()  # what a server says that has not heard of the token yet
        return token

    def find(self, value: str) -> Token | None:
        return self._tokens.get(value)

    def revoke(self, value: str, client_id: str) -> None:
        """End the app's token and all that its consent gave."""
        token = self._tokens.get(value)
        if token is not None and token.client_id == client_id:
            self._end(lambda other: (other.client_id, other.sub) == (token.client_id, token.sub))

    def end(self, sub: str, action: str) -> int:
        """Expire (access tokens only) or revoke everything of a member; returns how many."""
        if action == "revoke":
            return self._end(lambda token: token.sub == sub)
        ended = 0
        for token in list(self._tokens.values()):
            if token.sub == sub and not token.refresh:
                self._keep(evolve(token, expires_at=self.clock.now()))
                ended += 1
        return ended

    def clear(self) -> None:
        self._codes.clear()
        self._tokens.clear()

    def _end(self, chosen: Callable[[Token], bool]) -> int:
        found = [token for token in self._tokens.values() if chosen(token) and not token.revoked]
        for token in found:
            self._keep(evolve(token, revoked=True))
        return len(found)

    def _issue(
        self,
        client_id: str,
        sub: str,
        scopes: tuple[str, ...],
        *,
        refresh_until: datetime | None = None,
        at_most: datetime | None = None,
    ) -> Token:
        now = self.clock.now()
        expires_at = refresh_until or now + timedelta(seconds=ACCESS_S)
        return self._keep(
            Token(
                value=("AQY" if refresh_until else "AQX") + secrets.token_urlsafe(240),
                client_id=client_id,
                sub=sub,
                scopes=scopes,
                issued_at=now,
                expires_at=min(expires_at, at_most) if at_most else expires_at,
                refresh=refresh_until is not None,
            )
        )

    def _keep(self, token: Token) -> Token:
        self._tokens[token.value] = token
        return token
