"""Links Facebook Pages: one consent, any number of Pages, each with a token of its own (Facebook Login, manual flow)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import frozen
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri

from adapters_platforms.facebook.api import GraphApi
from adapters_platforms.facebook.configuration import FacebookConfig
from adapters_platforms.facebook.failures import Class, before_commit, read_problem
from adapters_platforms.http import Answer, TransportError
from adapters_platforms.settings import AppCredentials
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

_MAY_POST = frozenset({"CREATE_CONTENT", "PROFILE_PLUS_CREATE_CONTENT", "PROFILE_PLUS_FULL_CONTROL"})
_PAGES_AT_ONCE = 100
_PAGES_OF_PAGES_MAX = 50
_DEAD = (Class.EXPIRED, Class.LOST, Class.ACT_AT_FACEBOOK, Class.ROLE_LOST)


@frozen(kw_only=True)
class FacebookAuthorizer:
    """A refresh extends the long-lived user token itself, ahead of its end; Page tokens are read anew with it."""

    apps: Mapping[str, AppProfile]
    default_app: str
    credentials: AppCredentials | None
    config: FacebookConfig
    api: GraphApi
    extends_access_token: bool = True

    def authorize_url(self, app: str, redirect_uri: str, state: str, code_verifier: Secret | None) -> str:
        """Raises LinkError. No PKCE: Meta documents it for its OIDC flow only; state and app secret protect this one."""
        url = prepare_grant_uri(
            f"{self.config.www}/{self.config.api_version}/dialog/oauth",
            self._credentials(app).client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=",".join(self.apps[app].scopes),
            state=state,
            auth_type="rerequest",  # else what was declined once is never asked again
        )
        return str(url)

    async def exchange(self, app: str, code: Secret, redirect_uri: str, code_verifier: Secret | None) -> Consent:
        credentials = self._credentials(app)
        own = {"client_id": credentials.client_id, "client_secret": credentials.client_secret.reveal()}
        try:
            short = _token_of(await self.api.token_call({**own, "redirect_uri": redirect_uri, "code": code.reveal()}))
            user = await self._extend(short.access)
            me = _read(await self.api.read("me", user.access, fields="id,name"))
            granted = await self._granted(user.access)
            subject = me.get("id")
            if not subject:
                raise LinkError("exchange_failed", "Facebook did not say who this is. Try to link again.")
            missing = [scope for scope in self.apps[app].scopes if scope not in granted]
            if missing:
                names = ", ".join(missing)
                raise LinkError("missing_scope", f"Facebook did not grant {names}. Link again and allow all of it.")
            accounts = await self._pages(user.access)
        except TransportError as error:
            raise LinkError("platform_unavailable", f"{error}. Try to link again.") from None
        tokens = Tokens(access=user.access, access_lifetime=user.access_lifetime, scopes=granted)
        return Consent(subject_id=str(subject), tokens=tokens, accounts=accounts)

    async def refresh(self, app: str, tokens: Tokens) -> RefreshAnswer:
        """Spend the live user token for one of another sixty days; an expired one can't be spent."""
        try:
            self._credentials(app)
            answer = await self._extension(tokens.access)
            if not answer.ok:
                problem = read_problem(answer)
                if problem.meaning in _DEAD:
                    return RefreshRefused(message=problem.message)
                return RefreshUnavailable(message=problem.message)
            user = _token_of(answer)
            accounts = await self._pages(user.access)
        except (LinkError, TransportError) as error:
            return RefreshUnavailable(message=str(error))
        renewed = Tokens(access=user.access, access_lifetime=user.access_lifetime, scopes=tokens.scopes)
        return Refreshed(tokens=renewed, accounts=accounts)

    async def revoke(self, app: str, tokens: Tokens, subject_id: str) -> bool:
        """Removes every permission that the person gave. Meta documents the answer as `true`; an object is taken too."""
        try:
            answer = await self.api.delete(f"{subject_id}/permissions", tokens.access)
        except TransportError:
            return False
        return answer.ok and answer.json_object().get("success") is not False

    @property
    def refresh_ahead(self) -> timedelta:
        """Days: only a live token can be extended."""
        return timedelta(days=self.config.refresh_ahead_days)

    async def probe(self, token: Secret, account_kind: str, external_account_id: str) -> Ready | Refusal:
        """Reads the Page's own id with the Page's token (Graph API, Page reference)."""
        try:
            answer = await self.api.read(external_account_id, token, fields="id")
        except TransportError as error:
            return Unavailable(message=str(error))
        if answer.ok and "error" not in answer.json_object():
            return Ready()
        return before_commit(read_problem(answer), self.config.policy_wait_s)

    def _credentials(self, app: str) -> AppCredentials:
        if app not in self.apps:
            raise LinkError("unknown_app", f"Facebook has the app {', '.join(self.apps)}, not {app!r}.")
        if self.credentials is None:
            raise LinkError(
                "not_configured",
                "Facebook's pages app is not set up: set its client id and client secret, "
                "SIMULCAST_FACEBOOK_CLIENT_ID and SIMULCAST_FACEBOOK_CLIENT_SECRET.",
            )
        return self.credentials

    async def _extension(self, spent: Secret) -> Answer:
        credentials = self._credentials(self.default_app)
        return await self.api.token_call(
            {
                "grant_type": "fb_exchange_token",
                "client_id": credentials.client_id,
                "client_secret": credentials.client_secret.reveal(),
                "fb_exchange_token": spent.reveal(),
            }
        )

    async def _extend(self, short: Secret) -> Tokens:
        return _token_of(await self._extension(short))

    async def _granted(self, token: Secret) -> tuple[str, ...]:
        rows = _read(await self.api.read("me/permissions", token)).get("data")
        rows = rows if isinstance(rows, list) else []
        return tuple(
            str(row["permission"])
            for row in rows
            if isinstance(row, dict) and row.get("status") == "granted" and "permission" in row
        )

    async def _pages(self, token: Secret) -> tuple[DiscoveredAccount, ...]:
        """Every Page; a page of them may be short or empty, only a missing `next` ends the list (Graph API, paging)."""
        found: dict[str, DiscoveredAccount] = {}
        params = {"fields": "id,name,category,access_token,tasks", "limit": str(_PAGES_AT_ONCE)}
        for _ in range(_PAGES_OF_PAGES_MAX):
            body = _read(await self.api.read("me/accounts", token, **params))
            rows = body.get("data")
            for row in rows if isinstance(rows, list) else []:
                account = _account(row)
                if account is not None:
                    found[account.external_account_id] = account
            after = _next_cursor(body)
            if after is None:
                break
            params["after"] = after
        return tuple(found.values())


def _account(row: Any) -> DiscoveredAccount | None:
    if not isinstance(row, dict) or not row.get("id"):
        return None
    token = row.get("access_token")
    tasks = row.get("tasks")
    problem = None
    if isinstance(tasks, list) and not _MAY_POST & set(tasks):
        problem = "You may not create content on this Page; ask its admin for that right."
    elif not isinstance(token, str) or not token:
        problem = "Facebook gave no token for this Page."
    return DiscoveredAccount(
        external_account_id=str(row["id"]),
        kind="page",
        display_name=str(row.get("name") or row["id"]),
        token=Secret(token) if isinstance(token, str) and token else None,
        problem=problem,
    )


def _next_cursor(body: Mapping[str, Any]) -> str | None:
    """The cursor of the following page, by the link that names it: its URL holds a token, so only this part is used."""
    paging = body.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    if not isinstance(following, str):
        return None
    return next(iter(parse_qs(urlsplit(following).query).get("after", [])), None)


def _token_of(answer: Answer) -> Tokens:
    """The token of a good answer. Raises LinkError in Facebook's words for any other."""
    data = _read(answer)
    access, lifetime = data.get("access_token"), data.get("expires_in")
    if not isinstance(access, str) or not access:
        raise LinkError("exchange_failed", "Facebook answered without a token. Try to link again.")
    seconds = lifetime if isinstance(lifetime, int) and 0 < lifetime < 10**10 else None
    return Tokens(access=Secret(access), access_lifetime=timedelta(seconds=seconds) if seconds else None)


def _read(answer: Answer) -> dict[str, Any]:
    data = answer.json_object()
    if not answer.ok or "error" in data:
        problem = read_problem(answer)
        raise LinkError("exchange_failed", f"Facebook: {problem.message} ({problem.code}). Try to link again.")
    return data


_: type[Authorizer] = FacebookAuthorizer
