"""Sign-in, tokens, introspection, revocation, and who is who."""

from typing import Any
from urllib.parse import urlsplit

from attrs import define
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.consent import Choice, ConsentDesk, consent_page, send_back
from shells.sandbox.linkedin.errors import LinkedInFaults, OAuthError, denied
from shells.sandbox.linkedin.gate import Gate
from shells.sandbox.linkedin.people import APPS, MEMBERS
from shells.sandbox.linkedin.switches import Switches
from shells.sandbox.linkedin.tokens import Token, TokenBook
from shells.sandbox.pages import render
from shells.sandbox.world import Endpoint, SandboxRequest, World

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
    gate: Gate

    def routes(self) -> list[HTTPRouteHandler]:
        endpoint = Endpoint(self.world, "linkedin", LinkedInFaults())
        www = "/linkedin/www/oauth/v2"
        return [
            endpoint(HttpMethod.GET, f"{www}/authorization", "authorize", self._authorize),
            endpoint(HttpMethod.POST, "/linkedin/consent", "consent", self._consent),
            endpoint(HttpMethod.POST, f"{www}/accessToken", "token", self._token, call_of=_grant_call),
            endpoint(HttpMethod.POST, f"{www}/introspectToken", "introspect", self._introspect),
            endpoint(HttpMethod.POST, f"{www}/revoke", "revoke", self._revoke),
            endpoint(HttpMethod.GET, "/linkedin/api/v2/userinfo", "userinfo", self.gate.handler(self._userinfo, versioned=False)),
        ]

    async def _authorize(self, request: SandboxRequest) -> Response[Any]:
        query = request.query_params
        app = APPS.get(query.get("client_id", ""))
        redirect_uri, scopes = query.get("redirect_uri", ""), tuple(query.get("scope", "").split())
        parts = urlsplit(redirect_uri)
        registered = parts.hostname in _LOOPBACK and parts.path == "/oauth/linkedin/callback" and not parts.fragment
        if app is None:
            return _refused("The passed in client_id is invalid", 401)
        if not registered:
            return _refused("The redirect_uri does not match the registered value", 401)
        if query.get("response_type") != "code" or not scopes:
            return _refused("response_type must be code, and a scope is required", 400)
        state = query.get("state")
        for scope in scopes:
            if scope not in app.scopes:
                # The quotes arrive as entities, literally.
                words = f"Scope &quot;{scope}&quot; is not authorized for your application"
                error = {"error": "unauthorized_scope_error", "error_description": words, "state": state}
                return send_back(redirect_uri, error)
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
            words = "The user cancelled the authorization"
            error = {"error": "user_cancelled_authorize", "error_description": words, "state": opened.state}
            return send_back(opened.redirect_uri, error)
        code = self.tokens.new_code(opened.client_id, member.sub, opened.scopes, opened.redirect_uri)
        return send_back(opened.redirect_uri, {"code": code, "state": opened.state})

    async def _token(self, request: SandboxRequest) -> Response[Any]:
        form = {key: str(value) for key, value in (await request.form()).items()}
        try:
            kind = form.get("grant_type", "")
            for name in _REQUIRED.get(kind, ("grant_type",)):
                if not form.get(name):
                    raise OAuthError(400, "invalid_request", f'A required parameter "{name}" is missing')
            if kind not in _REQUIRED:
                raise OAuthError(400, "unsupported_grant_type", "grant_type is not supported")
            self._check_app(form)
            if kind == "refresh_token":
                access, refresh = self.tokens.renew(form["refresh_token"], form["client_id"])
            else:
                access, refresh = self.tokens.grant(self.tokens.take_code(form["code"], form["client_id"], form["redirect_uri"]))
        except OAuthError as error:
            return error.response()
        body: dict[str, Any] = {
            "access_token": access.value,
            "expires_in": self._seconds_left(access),
            "scope": ",".join(access.scopes),
            "token_type": "Bearer",
        }
        if self.switches.refresh_tokens:
            body |= {"refresh_token": refresh.value, "refresh_token_expires_in": self._seconds_left(refresh)}
        return Response(body)

    async def _introspect(self, request: SandboxRequest) -> Response[Any]:
        form = {key: str(value) for key, value in (await request.form()).items()}
        try:
            self._check_app(form)
        except OAuthError as error:
            return error.response()
        token = self.tokens.find(form.get("token", ""))
        if token is None or token.client_id != form["client_id"]:
            return Response({"active": False})
        expired = token.expires_at <= self.world.clock.now()
        status = "revoked" if token.revoked else "expired" if expired else "active"
        return Response(
            {
                "active": status == "active",
                "client_id": token.client_id,
                "authorized_at": int(token.issued_at.timestamp()),
                "created_at": int(token.issued_at.timestamp()),
                "status": status,
                "expires_at": int(token.expires_at.timestamp()),
                "scope": ",".join(token.scopes),
                "auth_type": "3L",
            }
        )

    async def _revoke(self, request: SandboxRequest) -> Response[Any]:
        form = {key: str(value) for key, value in (await request.form()).items()}
        try:
            self._check_app(form)
        except OAuthError as error:
            return error.response()
        self.tokens.revoke(form.get("token", ""))
        return Response(b"", status_code=200)

    async def _userinfo(self, request: SandboxRequest, token: Token) -> Any:
        if "openid" not in token.scopes and "profile" not in token.scopes:
            raise denied("userinfo.GET.NO_VERSION")
        member = MEMBERS[token.sub]
        given, _, family = member.name.partition(" ")
        return {
            "sub": member.sub,
            "name": member.name,
            "given_name": given,
            "family_name": family,
            "locale": "en-US",
            **({"email": member.email, "email_verified": True} if "email" in token.scopes else {}),
        }

    def _check_app(self, form: dict[str, str]) -> None:
        app = APPS.get(form.get("client_id", ""))
        if app is None or app.client_secret != form.get("client_secret"):
            raise OAuthError(401, "invalid_client", "Client authentication failed")

    def _seconds_left(self, token: Token) -> int:
        return int((token.expires_at - self.world.clock.now()).total_seconds() + 0.5)


async def _grant_call(request: SandboxRequest) -> str:
    return "refresh" if (await request.form()).get("grant_type") == "refresh_token" else "token"


def _refused(words: str, status: int) -> Response[Any]:
    return render("refused.html", status_code=status, title="LinkedIn", platform="linkedin", words=words)
