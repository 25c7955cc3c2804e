"""Sign-in with a person's consent, tokens, introspection and revocation (LinkedIn OAuth 2.0 pages)."""

from typing import Any
from urllib.parse import urlsplit

from attrs import define
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.consent import Choice, ConsentDesk, consent_page, send_back
from shells.sandbox.linkedin.calls import Calls
from shells.sandbox.linkedin.errors import OAuthError
from shells.sandbox.linkedin.identity import Identity
from shells.sandbox.linkedin.people import APPS, MEMBERS, OPENID_SCOPES, App
from shells.sandbox.linkedin.switches import Switches
from shells.sandbox.linkedin.tokens import Token, TokenBook
from shells.sandbox.pages import render
from shells.sandbox.world import SandboxRequest, World

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_REQUIRED = {
    "authorization_code": ("code", "redirect_uri", "client_id", "client_secret"),
    "refresh_token": ("refresh_token", "client_id", "client_secret"),
}


@define
class OAuth:
    world: World
    switches: Switches
    tokens: TokenBook
    desk: ConsentDesk
    identity: Identity

    def routes(self, calls: Calls) -> list[HTTPRouteHandler]:
        www = "/linkedin/www/oauth/v2"
        return [
            calls(HttpMethod.GET, f"{www}/authorization", "authorize", self._authorize),
            calls(HttpMethod.POST, "/linkedin/consent", "consent", self._consent),
            calls(HttpMethod.POST, f"{www}/accessToken", "token", self._token, call_of=_grant_call),
            calls(HttpMethod.POST, f"{www}/introspectToken", "introspect", self._introspect),
            calls(HttpMethod.POST, f"{www}/revoke", "revoke", self._revoke),
        ]

    async def _authorize(self, request: SandboxRequest) -> Response[Any]:
        query = request.query_params
        app = APPS.get(query.get("client_id", ""))
        redirect_uri, scopes = query.get("redirect_uri", ""), tuple(dict.fromkeys(query.get("scope", "").split()))
        if app is None:
            return _refused("The passed in client_id is invalid", 401)
        if not _is_registered(redirect_uri):
            return _refused("The redirect_uri does not match the registered value", 401)
        if query.get("response_type") != "code" or not scopes:
            return _refused("response_type must be code, and a scope is required", 400)
        state = query.get("state")
        unknown = next((scope for scope in scopes if scope not in self._scopes_of(app)), None)
        if unknown is not None:
            # The quotes arrive as entities, literally.
            words = f"Scope &quot;{unknown}&quot; is not authorized for your application"
            refusal = {"error": "unauthorized_scope_error", "error_description": words, "state": state}
            return send_back(redirect_uri, refusal)
        opened = self.desk.open(
            platform="linkedin",
            client_id=app.client_id,
            app_name=app.name,
            redirect_uri=redirect_uri,
            state=state,
            scopes=scopes,
        )
        people = [Choice(value=member.sub, label=member.name) for member in MEMBERS.values()]
        return consent_page(opened, action="/linkedin/consent", brand="LinkedIn", people=people)

    async def _consent(self, request: SandboxRequest) -> Response[Any]:
        form = await request.form()
        opened = self.desk.take(str(form.get("request_id", "")))
        member = MEMBERS.get(str(form.get("person", "")))
        if opened is None or member is None:
            return _refused("This sign-in is over. Begin again.", 400)
        granted = {str(scope) for scope in form.getall("scopes", [])}
        if form.get("decision") != "allow" or not set(opened.scopes) <= granted:
            # A member grants all scopes or none.
            error = f"user_cancelled_{self.switches.cancel_at}"
            words = f"The user cancelled the {'authorization' if self.switches.cancel_at == 'authorize' else 'login'}"
            return send_back(opened.redirect_uri, {"error": error, "error_description": words, "state": opened.state})
        code = self.tokens.new_code(opened.client_id, member.sub, opened.scopes, opened.redirect_uri)
        return send_back(opened.redirect_uri, {"code": code, "state": opened.state})

    async def _token(self, request: SandboxRequest) -> Response[Any]:
        try:
            form = await _form(request, "grant_type")
            kind = form["grant_type"]
            if kind not in _REQUIRED:
                raise OAuthError(400, "unsupported_grant_type", "The grant_type is not supported")
            _check_present(form, *_REQUIRED[kind])
            _check_app(form)
            if kind == "refresh_token":
                access, refresh = self.tokens.renew(form["refresh_token"], form["client_id"])
                return Response(self._tokens(access, refresh))
            code = self.tokens.take_code(form["code"], form["client_id"], form["redirect_uri"])
        except OAuthError as error:
            return error.response()
        access, new_refresh = self.tokens.grant(code)
        body = self._tokens(access, new_refresh)
        if "openid" in access.scopes:
            body["id_token"] = self.identity.id_token(access)
        return Response(body)

    def _tokens(self, access: Token, refresh: Token | None) -> dict[str, Any]:
        body: dict[str, Any] = {
            "access_token": access.value,
            "expires_in": self._seconds_left(access),
            "scope": ",".join(access.scopes),
            "token_type": "Bearer",
        }
        if refresh is not None:
            body |= {"refresh_token": refresh.value, "refresh_token_expires_in": self._seconds_left(refresh)}
        return body

    async def _introspect(self, request: SandboxRequest) -> Response[Any]:
        try:
            form = await _form(request, "client_id", "client_secret", "token")
            _check_app(form, unknown=400)
        except OAuthError as error:
            return error.response()
        token = self.tokens.find(form["token"])
        if token is None or token.client_id != form["client_id"]:
            return Response({"active": False})
        expired = token.expires_at <= self.world.clock.now()
        status = "revoked" if token.revoked else "expired" if expired else "active"
        issued_s = int(token.issued_at.timestamp())
        return Response(
            {
                "active": status == "active",
                "client_id": token.client_id,
                "authorized_at": issued_s,
                "created_at": issued_s,
                "status": status,
                "expires_at": int(token.expires_at.timestamp()),
                "scope": ",".join(token.scopes),
                "auth_type": "3L",
            }
        )

    async def _revoke(self, request: SandboxRequest) -> Response[Any]:
        """No page describes it; clients send this and get an empty 200, for a token that is unknown or ended as well."""
        try:
            form = await _form(request, "client_id", "client_secret", "token")
            _check_app(form)
        except OAuthError as error:
            return error.response()
        self.tokens.revoke(form["token"], form["client_id"])
        return Response(b"", status_code=200)

    def _scopes_of(self, app: App) -> frozenset[str]:
        openid = OPENID_SCOPES if app.is_community and self.switches.community_openid else frozenset()
        return app.scopes | openid

    def _seconds_left(self, token: Token) -> int:
        return round((token.expires_at - self.world.clock.now()).total_seconds())


def _is_registered(redirect_uri: str) -> bool:
    parts = urlsplit(redirect_uri)
    loopback = parts.scheme in ("http", "https") and parts.hostname in _LOOPBACK
    return loopback and parts.path == "/oauth/linkedin/callback" and not parts.fragment


async def _form(request: SandboxRequest, *required: str) -> dict[str, str]:
    """The urlencoded form of a token call. Raises OAuthError."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise OAuthError(400, "invalid_request", f'A required parameter "{required[0]}" is missing')
    form = {key: str(value) for key, value in (await request.form()).items()}
    _check_present(form, *required)
    return form


def _check_present(form: dict[str, str], *names: str) -> None:
    for name in names:
        if not form.get(name):
            raise OAuthError(400, "invalid_request", f'A required parameter "{name}" is missing')


def _check_app(form: dict[str, str], *, unknown: int = 401) -> None:
    app = APPS.get(form["client_id"])
    if app is None:
        raise OAuthError(unknown, "invalid_client_id", "The passed in client_id is invalid")
    if app.client_secret != form["client_secret"]:
        raise OAuthError(401, "invalid_client", "Client authentication failed")


async def _grant_call(request: SandboxRequest) -> str:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return "token"
    return "refresh" if (await request.form()).get("grant_type") == "refresh_token" else "token"


def _refused(words: str, status: int) -> Response[Any]:
    return render("refused.html", status_code=status, title="LinkedIn", platform="linkedin", words=words)
