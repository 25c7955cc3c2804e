"""Login Kit v2: the authorization page, the token endpoint and revocation."""

import hashlib
import hmac
import re
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.consent import Choice, ConsentDesk, consent_page, send_back
from shells.sandbox.pages import render
from shells.sandbox.tiktok.creators import CREATORS
from shells.sandbox.tiktok.errors import ApiErrors, OAuthErrors
from shells.sandbox.tiktok.gate import documented
from shells.sandbox.tiktok.switches import Switches, is_loopback
from shells.sandbox.tiktok.tokens import PROFILES, AccessToken, Authorization, TokenBook, TokenProfile
from shells.sandbox.tiktok.webhooks import WebhookSender
from shells.sandbox.world import Endpoint, SandboxRequest, World

CLIENT_KEY = "sandboxtiktokkey"
CLIENT_SECRET = "sandbox-tiktok-secret"
REDIRECT_PATH = "/oauth/tiktok/callback"
BASIC_SCOPE = "user.info.basic"
SCOPES = (BASIC_SCOPE, "user.info.profile", "user.info.stats", "video.publish", "video.upload", "video.list")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_REMOVED_BY_DEVELOPER = 5


@frozen
class OAuth:
    """Routes under /tiktok/www/v2/auth/, /tiktok/consent and /tiktok/api/v2/oauth/."""

    world: World
    switches: Switches
    tokens: TokenBook
    desk: ConsentDesk
    api_errors: ApiErrors
    errors: OAuthErrors
    webhooks: WebhookSender

    def routes(self) -> list[HTTPRouteHandler]:
        page = Endpoint(self.world, "tiktok", self.api_errors)
        api = Endpoint(self.world, "tiktok", self.errors)
        return [
            page(HttpMethod.GET, "/tiktok/www/v2/auth/authorize/", "authorize", documented(self.authorize)),
            page(HttpMethod.POST, "/tiktok/consent", "consent", self.consent),
            api(
                HttpMethod.POST,
                "/tiktok/api/v2/oauth/token/",
                "token",
                documented(self.token),
                call_of=self._token_call,
                account=lambda request: request.scope["state"].get("refresh_owner"),
            ),
            api(HttpMethod.POST, "/tiktok/api/v2/oauth/revoke/", "revoke", documented(self.revoke)),
        ]

    async def authorize(self, request: SandboxRequest) -> Response[Any]:
        """GET /v2/auth/authorize/. An app or redirect URI that is wrong never sees a redirect."""
        query = request.query_params
        redirect_uri = query.get("redirect_uri", "")
        if query.get("client_key") != CLIENT_KEY:
            return _refused("client_key")
        if not registered(redirect_uri):
            return _refused("redirect_uri")
        challenge = query.get("code_challenge") or None
        if challenge is None and self.switches.require_pkce:
            return _refused("code_challenge")
        if challenge is not None and query.get("code_challenge_method") != "S256":
            return _refused("code_challenge_method")
        state = query.get("state")
        if query.get("response_type") != "code":
            return _failed(redirect_uri, state, "unsupported_response_type", "The response type is not supported.")
        scopes = tuple(dict.fromkeys(name for name in query.get("scope", "").split(",") if name))
        if not scopes or not set(scopes) <= set(SCOPES):
            return _failed(redirect_uri, state, "invalid_scope", "The requested scope is invalid, unknown, or malformed.")
        pending = self.desk.open(
            platform="tiktok",
            client_id=CLIENT_KEY,
            app_name="Simulcast",
            redirect_uri=redirect_uri,
            state=state,
            scopes=scopes,
            extra={"challenge": challenge},
        )
        people = [Choice(value=c.open_id, label=c.nickname, note=c.note) for c in CREATORS.values()]
        return consent_page(pending, action="/tiktok/consent", brand="TikTok", people=people)

    async def consent(self, request: SandboxRequest) -> Response[Any]:
        """The person's answer. The basic scope comes with the login and cannot be unticked."""
        form = await request.form()
        pending = self.desk.take(str(form.get("request_id", "")))
        if pending is None:
            return _refused("the authorization request, which was answered already or is too old")
        creator = CREATORS.get(str(form.get("person", "")))
        if form.get("decision") != "allow" or creator is None:
            return _failed(pending.redirect_uri, pending.state, "access_denied", "User canceled the login.")
        ticked = {BASIC_SCOPE, *(str(value) for value in form.getall("scopes", []))}
        scopes = tuple(scope for scope in pending.scopes if scope in ticked)
        code = self.tokens.new_code(creator.open_id, scopes, pending.redirect_uri, pending.extra["challenge"])
        return send_back(pending.redirect_uri, {"code": code.value, "scopes": ",".join(scopes), "state": pending.state})

    async def token(self, request: SandboxRequest) -> Response[Any]:
        """POST /v2/oauth/token/: exchange and refresh."""
        form = await self._client_form(request)
        match form.get("grant_type", ""):
            case "authorization_code":
                return self._exchange(form)
            case "refresh_token":
                return self._refresh(form)
            case _:
                raise self.errors.refuse("unsupported_grant_type", "The grant type is not supported.")

    async def revoke(self, request: SandboxRequest) -> Response[Any]:
        """POST /v2/oauth/revoke/ with an access token, which has to be alive."""
        form = await self._client_form(request)
        if not form.get("token"):
            raise self.errors.refuse("invalid_request", "The request parameters are malformed.")
        token = self.tokens.live(form["token"])
        if token is None:
            raise self.errors.refuse("invalid_grant", "Access token is invalid or expired.")
        self.tokens.remove(token.authorization)
        self.webhooks.removed(token.authorization.open_id, _REMOVED_BY_DEVELOPER)
        return Response({})

    def _exchange(self, form: dict[str, str]) -> Response[Any]:
        if not form.get("code") or not form.get("redirect_uri"):
            raise self.errors.refuse("invalid_request", "The request parameters are malformed.")
        code = self.tokens.code(form["code"])
        if code is None:
            raise self.errors.refuse("invalid_grant", "Authorization code is expired.")
        if form["redirect_uri"] != code.redirect_uri:
            raise self.errors.refuse("invalid_request", "Redirect_uri is not matched with the uri when requesting code.")
        if code.challenge is not None and not _answers(code.challenge, form.get("code_verifier", "")):
            raise self.errors.refuse("invalid_request", "Code verifier or code challenge is invalid.")
        profile = PROFILES[self.switches.token_profile]
        return self._token_answer(self.tokens.spend(code, profile), profile)

    def _refresh(self, form: dict[str, str]) -> Response[Any]:
        if not form.get("refresh_token"):
            raise self.errors.refuse("invalid_request", "The request parameters are malformed.")
        profile = PROFILES[self.switches.token_profile]
        token = self.tokens.refresh(form["refresh_token"], profile)
        if token is None:
            raise self.errors.refuse("invalid_grant", "Refresh token is invalid or expired.")
        return self._token_answer(token, profile)

    def _token_answer(self, token: AccessToken, profile: TokenProfile) -> Response[Any]:
        authorization: Authorization = token.authorization
        left = authorization.refresh_expires_at - self.world.clock.now()
        return Response(
            {
                "access_token": token.value,
                "expires_in": profile.access_s,
                "open_id": authorization.open_id,
                "refresh_token": authorization.refresh_token,
                "refresh_expires_in": round(left.total_seconds()),
                "scope": ",".join(authorization.scopes),
                "token_type": "Bearer",
            },
            headers={"cache-control": "no-store"},
        )

    async def _client_form(self, request: SandboxRequest) -> dict[str, str]:
        form = await _form(request)
        if form is None:
            raise self.errors.refuse("invalid_request", "Only `application/x-www-form-urlencoded` is supported as Content-Type.")
        secret = form.get("client_secret", "").encode()
        if form.get("client_key") != CLIENT_KEY or not hmac.compare_digest(secret, CLIENT_SECRET.encode()):
            raise self.errors.refuse("invalid_client", "Client key or secret is incorrect.")
        return form

    async def _token_call(self, request: SandboxRequest) -> str:
        form = await _form(request) or {}
        request.scope["state"]["refresh_owner"] = self.tokens.refresh_owner(form.get("refresh_token", ""))
        return "refresh" if form.get("grant_type") == "refresh_token" else "token"


def registered(redirect_uri: str) -> bool:
    """Whether the developer portal would know this redirect URI: loopback with a port, and nothing after its path."""
    try:
        parts = urlsplit(redirect_uri)
        port = parts.port
    except ValueError:
        return False
    return (
        len(redirect_uri) < 512
        and parts.scheme in ("http", "https")
        and is_loopback(parts.hostname)
        and port is not None
        and parts.path == REDIRECT_PATH
        and not set("?#@") & set(redirect_uri)
    )


def _answers(challenge: str, verifier: str) -> bool:
    """TikTok's challenge is lowercase hex of the verifier's SHA-256, not base64url (Login Kit for Desktop)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    return hmac.compare_digest(challenge.encode(), hashlib.sha256(verifier.encode()).hexdigest().encode())


async def _form(request: SandboxRequest) -> dict[str, str] | None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        await request.body()
        return None
    return {key: str(value) for key, value in (await request.form()).items()}


def _refused(problem: str) -> Response[Any]:
    return render("tiktok_refused.html", status_code=400, title="Something went wrong", platform="tiktok", problem=problem)


def _failed(redirect_uri: str, state: str | None, error: str, description: str) -> Response[Any]:
    return send_back(redirect_uri, {"error": error, "error_description": description, "state": state})
