"""Links LinkedIn members and organizations: two apps, one consent flow (Learn, authorization-code-flow)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from attrs import frozen
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri

from adapters_platforms.http import Answer, HttpClient, TransportError
from adapters_platforms.linkedin.api import LinkedInApi
from adapters_platforms.linkedin.configuration import LinkedInConfig
from adapters_platforms.linkedin.discovery import Discovery
from adapters_platforms.linkedin.failures import before_commit, lost_before_commit, read_problem
from adapters_platforms.linkedin.throttling import Throttling
from adapters_platforms.settings import AppCredentials
from distribution_core.domain.outcome import Ready, Refusal
from distribution_core.domain.secret import Secret
from distribution_core.ports.platform import (
    AppProfile,
    Authorizer,
    Consent,
    LinkError,
    RefreshAnswer,
    Refreshed,
    RefreshRefused,
    RefreshUnavailable,
    Tokens,
)

_TIMEOUT_S = 30.0
_WORDS_MAX = 200


@frozen(kw_only=True)
class LinkedInAuthorizer:
    """`credentials` by app profile; what lacks them can be shown, not used."""

    apps: Mapping[str, AppProfile]
    default_app: str
    credentials: Mapping[str, AppCredentials]
    config: LinkedInConfig
    http: HttpClient
    discovery: Discovery
    api: LinkedInApi
    throttling: Throttling
    extends_access_token: bool = False

    def authorize_url(self, app: str, redirect_uri: str, state: str, code_verifier: Secret | None) -> str:
        """Raises LinkError. No PKCE: LinkedIn takes it from native apps only, web apps have their secret and the state."""
        credentials = self._credentials(app)
        url = prepare_grant_uri(
            f"{self.config.www}/oauth/v2/authorization",
            credentials.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=" ".join(self.apps[app].scopes),
            state=state,
        )
        # LinkedIn wants scopes apart by %20; a plus in a value is %2B here, so every + stands for a space.
        return str(url).replace("+", "%20")

    async def exchange(self, app: str, code: Secret, redirect_uri: str, code_verifier: Secret | None) -> Consent:
        credentials = self._credentials(app)
        form = {"grant_type": "authorization_code", "code": code.reveal(), "redirect_uri": redirect_uri}
        try:
            answer = await self._token_call("accessToken", credentials, form)
        except TransportError as error:
            raise LinkError("unavailable", f"{error}. Try to link again.") from None
        tokens = _tokens(answer, self.apps[app].scopes)
        if tokens is None:
            code_name, words = _oauth_error(answer)
            raise LinkError(
                "exchange_failed", f"LinkedIn did not take the authorization ({code_name}: {words}). Try to link again."
            )
        missing = [scope for scope in self.apps[app].scopes if scope not in tokens.scopes]
        if missing:
            raise LinkError("missing_scope", f"LinkedIn did not grant {', '.join(missing)}. Link again and allow all of it.")
        if app == "member":
            subject, accounts = await self.discovery.member(tokens)
        else:
            subject, accounts = await self.discovery.organizations(tokens)
        return Consent(subject_id=subject, tokens=tokens, accounts=accounts)

    async def refresh(self, app: str, tokens: Tokens) -> RefreshAnswer:
        """A new access token. The refresh token's year counts on from the consent (Learn, programmatic-refresh-tokens)."""
        if tokens.refresh is None:
            return RefreshUnavailable(
                message="LinkedIn gives refresh tokens to approved apps only; link the account again before its token ends.",
                possible=False,
            )
        try:
            credentials = self._credentials(app)
            form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh.reveal()}
            answer = await self._token_call("accessToken", credentials, form)
        except (LinkError, TransportError) as error:
            return RefreshUnavailable(message=str(error))
        new = _tokens(answer, tokens.scopes, tokens.refresh)
        if new is not None:
            return Refreshed(tokens=new)
        code, words = _oauth_error(answer)
        if answer.status == 400 and (code == "invalid_grant" or "revoked" in words):
            return RefreshRefused(message=f"LinkedIn: {words}")
        return RefreshUnavailable(message=f"LinkedIn answered {answer.status} ({code}: {words})")

    async def revoke(self, app: str, tokens: Tokens, subject_id: str) -> bool:
        """Ends the access token, and the refresh token where there is one (unverified: no page of LinkedIn's describes it)."""
        try:
            credentials = self._credentials(app)
            answers = [
                await self._token_call("revoke", credentials, {"token": token.reveal()})
                for token in (tokens.refresh, tokens.access)
                if token is not None
            ]
        except (LinkError, TransportError):
            return False
        return any(answer.ok for answer in answers)

    @property
    def refresh_ahead(self) -> timedelta:
        """Days: a refreshed token starts its 60 days anew and the old pair stays good."""
        return timedelta(days=self.config.refresh_ahead_days)

    async def probe(self, token: Secret, account_kind: str, external_account_id: str) -> Ready | Refusal:
        """Reads the organization, or who the member is: what was read when the account was linked."""
        organization = f"/rest/organizations/{quote(external_account_id, safe='')}"
        try:
            answer = await self.api.call("GET", organization if account_kind == "organization" else "/v2/userinfo", token)
        except TransportError as error:
            return lost_before_commit(error)
        if answer.ok:
            return Ready()
        return before_commit(read_problem(answer), self.throttling, f"{account_kind} {external_account_id}")

    def _credentials(self, app: str) -> AppCredentials:
        found = self.credentials.get(app)
        if app not in self.apps:
            raise LinkError("unknown_app", f"LinkedIn has the apps {', '.join(self.apps)}, not {app!r}.")
        if found is None:
            prefix = "" if app == self.default_app else f"{app.upper()}_"
            raise LinkError(
                "not_configured",
                f"LinkedIn's {app} app is not set up: set its client id and client secret, "
                f"SIMULCAST_LINKEDIN_{prefix}CLIENT_ID and SIMULCAST_LINKEDIN_{prefix}CLIENT_SECRET.",
            )
        return found

    async def _token_call(self, what: str, credentials: AppCredentials, form: Mapping[str, str]) -> Answer:
        return await self.http.send(
            "POST",
            f"{self.config.www}/oauth/v2/{what}",
            form={**form, "client_id": credentials.client_id, "client_secret": credentials.client_secret.reveal()},
            timeout_s=_TIMEOUT_S,
        )


def _tokens(answer: Answer, scopes_asked: tuple[str, ...], refresh_before: Secret | None = None) -> Tokens | None:
    """The tokens of a good answer, else None. Scopes come comma- or space-separated, or not at all: then as asked."""
    data = answer.json_object()
    access = data.get("access_token")
    if not answer.ok or "error" in data or not isinstance(access, str) or not access:
        return None
    refresh = data.get("refresh_token")
    scope = data.get("scope")
    return Tokens(
        access=Secret(access),
        refresh=Secret(refresh) if isinstance(refresh, str) and refresh else refresh_before,
        access_lifetime=_lifetime(data.get("expires_in")),
        refresh_lifetime=_lifetime(data.get("refresh_token_expires_in")),
        scopes=tuple(scope.replace(",", " ").split()) if isinstance(scope, str) and scope.strip() else scopes_asked,
    )


def _lifetime(value: Any) -> timedelta | None:
    try:
        seconds = int(value)
    except (TypeError, ValueError):
        return None
    return timedelta(seconds=seconds) if 0 < seconds < 10**10 else None


def _oauth_error(answer: Answer) -> tuple[str, str]:
    data = answer.json_object()
    code, words = data.get("error"), data.get("error_description")
    return (
        str(code)[:_WORDS_MAX] if isinstance(code, str) and code else f"HTTP {answer.status}",
        str(words)[:_WORDS_MAX] if isinstance(words, str) and words else "no description",
    )


_: type[Authorizer] = LinkedInAuthorizer
