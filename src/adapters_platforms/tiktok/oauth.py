"""Links TikTok creators: Login Kit v2 with TikTok's own PKCE, and tokens that rotate (Login Kit, token management pages)."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from attrs import frozen
from authlib.common.urls import add_params_to_uri

from adapters_platforms.http import Answer, HttpClient, TransportError
from adapters_platforms.settings import AppCredentials
from adapters_platforms.tiktok.api import TikTokApi
from adapters_platforms.tiktok.configuration import TikTokConfig
from adapters_platforms.tiktok.failures import before_commit
from distribution_core.domain.outcome import Ready, Refusal, Unavailable
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import (
    AppProfile,
    Authorizer,
    Consent,
    DiscoveredAccount,
    LinkError,
    RefreshAnswer,
    Refreshed,
    RefreshRefused,
    RefreshUnavailable,
    Tokens,
)

_WORDS_MAX = 200
_PROFILE = "user.info.profile"


@frozen(kw_only=True)
class TikTokAuthorizer:
    """`credentials` by app profile; TikTok calls the client id client key."""

    apps: Mapping[str, AppProfile]
    default_app: str
    credentials: Mapping[str, AppCredentials]
    config: TikTokConfig
    http: HttpClient
    api: TikTokApi
    extends_access_token: bool = False

    def authorize_url(self, app: str, redirect_uri: str, state: str, code_verifier: Secret | None) -> str:
        """Raises LinkError."""
        credentials = self._credentials(app)
        query = [
            ("client_key", credentials.client_id),
            ("response_type", "code"),
            ("scope", ",".join(self.config.scopes)),
            ("redirect_uri", redirect_uri),
            ("state", state),
        ]
        if self.config.always_ask:
            query.append(("disable_auto_auth", "1"))
        if code_verifier is not None:
            query += [("code_challenge", hex_challenge(code_verifier)), ("code_challenge_method", "S256")]
        return str(add_params_to_uri(f"{self.config.www}/v2/auth/authorize/", query))

    async def exchange(self, app: str, code: Secret, redirect_uri: str, code_verifier: Secret | None) -> Consent:
        form = {"grant_type": "authorization_code", "code": code.reveal(), "redirect_uri": redirect_uri}
        if code_verifier is not None:
            form["code_verifier"] = code_verifier.reveal()
        try:
            answer = await self._oauth_call("token", self._credentials(app), form)
        except TransportError as error:
            raise LinkError("unavailable", f"{error}. Try to link again.") from None
        tokens = read_tokens(answer, self.config.scopes)
        if tokens is None:
            name, words = read_oauth_error(answer)
            raise LinkError("exchange_failed", f"TikTok did not take the authorization ({name}: {words}). Try to link again.")
        missing = [scope for scope in self.config.scopes if scope not in tokens.scopes]
        if missing:
            raise LinkError("missing_scope", f"TikTok did not grant {', '.join(missing)}. Link again and allow all of it.")
        account = await self._discover(tokens)
        return Consent(subject_id=account.external_account_id, tokens=tokens, accounts=(account,))

    async def refresh(self, app: str, tokens: Tokens) -> RefreshAnswer:
        """A new pair. Where TikTok rotates, the refresh token that was spent is dead once this has been answered."""
        if tokens.refresh is None:
            return RefreshUnavailable(message="TikTok gave no refresh token; link the account again.", possible=False)
        try:
            form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh.reveal()}
            answer = await self._oauth_call("token", self._credentials(app), form)
        except (LinkError, TransportError) as error:
            return RefreshUnavailable(message=str(error))
        new = read_tokens(answer, tokens.scopes, tokens.refresh)
        if new is not None:
            return Refreshed(tokens=new)
        name, words = read_oauth_error(answer)
        if name == "invalid_grant":
            return RefreshRefused(message=f"TikTok: {words}")
        return RefreshUnavailable(message=f"TikTok did not refresh the access ({name}: {words})")

    async def revoke(self, app: str, tokens: Tokens, subject_id: str) -> bool:
        """Ends the consent. TikTok may refuse an expired access token here, so a fresh one is tried next."""
        try:
            credentials = self._credentials(app)
            if await self._revoked(credentials, tokens.access):
                return True
            fresh = await self.refresh(app, tokens)
            return isinstance(fresh, Refreshed) and await self._revoked(credentials, fresh.tokens.access)
        except (LinkError, TransportError):
            return False

    @property
    def refresh_ahead(self) -> timedelta:
        """Short: each refresh kills a token, and a lost answer then costs a reconnect."""
        return timedelta(seconds=self.config.refresh_ahead_s)

    async def probe(self, token: Secret, account_kind: str, external_account_id: str) -> Ready | Refusal:
        """Reads the creator's own open_id (Display API, user info), which every consent allows."""
        try:
            data = await self.api.get("/v2/user/info/", token, {"fields": "open_id"})
        except TransportError as error:
            return Unavailable(message=str(error))
        return Ready() if isinstance(data, dict) else before_commit(data, self.config)

    async def _discover(self, tokens: Tokens) -> DiscoveredAccount:
        """The one account that a consent opens. Raises LinkError."""
        fields = ["open_id", "union_id", "avatar_url", "display_name"] + (["username"] if _PROFILE in tokens.scopes else [])
        try:
            data = await self.api.get("/v2/user/info/", tokens.access, {"fields": ",".join(fields)})
        except TransportError as error:
            raise LinkError("unavailable", f"{error}. Try to link again.") from None
        if not isinstance(data, dict):
            raise LinkError("discovery_failed", f"TikTok did not say whose account this is. {data.message} Try to link again.")
        user = data.get("user")
        found: Mapping[str, Any] = user if isinstance(user, dict) else {}
        open_id, username = _text(found, "open_id"), _text(found, "username")
        if open_id is None:
            raise LinkError("discovery_failed", "TikTok did not say whose account this is. Try to link again.")
        return DiscoveredAccount(
            external_account_id=open_id,
            kind="creator",
            display_name=_text(found, "display_name") or username or open_id,
            handle=username,
            avatar_url=_text(found, "avatar_url"),
        )

    def _credentials(self, app: str) -> AppCredentials:
        if app not in self.apps:
            raise LinkError("unknown_app", f"TikTok has the app {', '.join(self.apps)}, not {app!r}.")
        found = self.credentials.get(app)
        if found is None:
            raise LinkError(
                "not_configured",
                f"TikTok's {app} app is not set up: set its client id (TikTok's client key) and client secret, "
                "SIMULCAST_TIKTOK_CLIENT_ID and SIMULCAST_TIKTOK_CLIENT_SECRET.",
            )
        return found

    async def _oauth_call(self, what: str, credentials: AppCredentials, form: Mapping[str, str]) -> Answer:
        return await self.http.send(
            "POST",
            f"{self.config.api}/v2/oauth/{what}/",
            form={**form, "client_key": credentials.client_id, "client_secret": credentials.client_secret.reveal()},
            timeout_s=self.config.call_timeout_s,
        )

    async def _revoked(self, credentials: AppCredentials, access: Secret) -> bool:
        answer = await self._oauth_call("revoke", credentials, {"token": access.reveal()})
        return answer.ok and _error_in(answer) is None


def hex_challenge(code_verifier: Secret) -> str:
    """TikTok's S256 is the digest in lowercase hex, not base64url as in RFC 7636 (Login Kit for Desktop)."""
    return hashlib.sha256(code_verifier.reveal().encode("ascii")).hexdigest()


def read_tokens(answer: Answer, scopes_asked: tuple[str, ...], refresh_before: Secret | None = None) -> Tokens | None:
    """The tokens of a good answer, else None: TikTok sends its errors with HTTP 200 too. Lifetimes are what the answer
    says, since TikTok changed them in November 2026."""
    data = answer.json_object()
    access, refresh, scope = _text(data, "access_token"), _text(data, "refresh_token"), _text(data, "scope")
    if not answer.ok or access is None or _error_in(answer) is not None:
        return None
    return Tokens(
        access=Secret(access),
        refresh=Secret(refresh) if refresh else refresh_before,
        access_lifetime=_lifetime(data.get("expires_in")),
        refresh_lifetime=_lifetime(data.get("refresh_expires_in")),
        scopes=tuple(scope.replace(",", " ").split()) if scope else scopes_asked,
    )


def read_oauth_error(answer: Answer) -> tuple[str, str]:
    """Name and words of an OAuth error: flat as documented, or in the API's envelope."""
    data, error = answer.json_object(), _error_in(answer)
    nested = data.get("error")
    words = _text(nested, "message") if isinstance(nested, dict) else _text(data, "error_description")
    return (error or f"HTTP {answer.status}")[:_WORDS_MAX], (words or "no description")[:_WORDS_MAX]


def _error_in(answer: Answer) -> str | None:
    error = answer.json_object().get("error")
    if isinstance(error, dict):
        error = error.get("code")
    return None if error in (None, "", "ok") else str(error)


def _text(data: Mapping[str, Any], name: str) -> str | None:
    value = data.get(name)
    return value if isinstance(value, str) and value else None


def _lifetime(value: Any) -> timedelta | None:
    try:
        seconds = int(value)
    except (TypeError, ValueError):
        return None
    return timedelta(seconds=seconds) if 0 < seconds < 10**10 else None


_: type[Authorizer] = TikTokAuthorizer
