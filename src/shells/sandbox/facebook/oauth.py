"""The login dialog, its consent, and the token endpoint (manual login flow, long-lived tokens)."""

from typing import Any

from attrs import define
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.consent import Choice, ConsentDesk, ConsentRequest, consent_page, send_back
from shells.sandbox.facebook.calls import Asked, Call, version_exists
from shells.sandbox.facebook.errors import GraphError, GraphFaults, invalid_parameter
from shells.sandbox.facebook.grants import Grant, Grants
from shells.sandbox.facebook.people import APP_ID, APP_NAME, APP_SECRET, PEOPLE, person
from shells.sandbox.facebook.redirects import is_registered
from shells.sandbox.facebook.tokens import APP_TOKEN, LONG_S, SHORT_S, TokenBook
from shells.sandbox.pages import render
from shells.sandbox.world import Endpoint, SandboxRequest, World

KNOWN_SCOPES = frozenset(
    {
        "public_profile", "email", "pages_show_list", "pages_read_engagement", "pages_manage_posts", "pages_read_user_content",
        "pages_manage_engagement", "pages_manage_metadata", "publish_video", "business_management", "read_insights",
    }
)  # fmt: skip
_RESPONSE_TYPES = {"code", "token", "granted_scopes"}


@define
class OAuth:
    world: World
    tokens: TokenBook
    grants: Grants
    desk: ConsentDesk

    def routes(self) -> list[HTTPRouteHandler]:
        endpoint = Endpoint(self.world, "facebook", GraphFaults())
        return [
            endpoint(HttpMethod.GET, "/facebook/www/{version:str}/dialog/oauth", "dialog", self._dialog),
            endpoint(HttpMethod.GET, "/facebook/www/dialog/oauth", "dialog", self._dialog),
            endpoint(HttpMethod.POST, "/facebook/consent", "consent", self._consent),
        ]

    def calls(self) -> list[Call]:
        path = "oauth/access_token"
        return [Call(method=method, path=path, name="token", answer=self._token) for method in (HttpMethod.GET, HttpMethod.POST)]

    async def _dialog(self, request: SandboxRequest) -> Response[Any]:
        query = request.query_params
        scopes = query.get("scope", "").replace(",", " ").split()
        kinds = set(query.get("response_type", "code").replace(",", " ").split())
        wrong = None
        if not version_exists(str(request.path_params.get("version", "v26.0"))):
            wrong = "Unknown path components."
        elif query.get("client_id") != APP_ID:
            wrong = "Invalid App ID: The provided app ID does not look like a valid app ID."
        elif not is_registered(query.get("redirect_uri", "")):
            wrong = "URL blocked: the redirect URI is not white-listed in the app's client OAuth settings."
        elif not kinds or not kinds <= _RESPONSE_TYPES:
            wrong = "The parameter response_type is one of code, token, code token, granted_scopes."
        elif not query.get("state"):
            wrong = "The parameter state is required."
        elif "config_id" in query:
            wrong = "Invalid parameter config_id: this app has no configuration of Facebook Login for Business."
        elif unknown := [scope for scope in scopes if scope not in KNOWN_SCOPES]:
            wrong = f"Invalid Scopes: {', '.join(unknown)}."
        if wrong is not None:
            return render("refused.html", status_code=400, title="Facebook", platform="facebook", words=wrong)
        opened = self.desk.open(
            platform="facebook",
            client_id=APP_ID,
            app_name=APP_NAME,
            redirect_uri=query.get("redirect_uri", ""),
            state=query.get("state"),
            scopes=tuple(dict.fromkeys(scopes)) or ("public_profile",),
            extra={"kinds": kinds, "rerequest": query.get("auth_type") == "rerequest"},
        )
        people = [Choice(value=known.id, label=known.name, note=f"{len(known.pages)} Pages") for known in PEOPLE]
        accounts = {
            known.name: [Choice(value=page.id, label=page.name, note=", ".join(page.tasks)) for page in known.pages]
            for known in PEOPLE
        }
        return consent_page(opened, action="/facebook/consent", brand="Facebook", people=people, accounts=accounts)

    async def _consent(self, request: SandboxRequest) -> Response[Any]:
        form = await request.form()
        opened = self.desk.take(str(form.get("request_id", "")))
        who = person(str(form.get("person", "")))
        if opened is None or who is None:
            words = "This log-in is over. Begin again."
            return render("refused.html", status_code=400, title="Facebook", platform="facebook", words=words)
        if form.get("decision") != "allow":
            denied = {
                "error": "access_denied",
                "error_code": "200",
                "error_description": "Permissions error",
                "error_reason": "user_denied",
                "state": opened.state,
            }
            return send_back(opened.redirect_uri, denied, fragment="#_=_")
        ticked = {str(value) for value in form.getall("accounts", [])}
        allowed = {str(value) for value in form.getall("scopes", [])}
        pages = tuple(page.id for page in who.pages if page.id in ticked)
        grant = self.grants.answer(who.id, opened.scopes, allowed, pages, rerequest=opened.extra["rerequest"])
        return self._back(opened, who.id, grant)

    def _back(self, opened: ConsentRequest, person_id: str, grant: Grant) -> Response[Any]:
        """The redirect: a code and granted scopes in the query; with a token, everything in the fragment."""
        kinds: set[str] = opened.extra["kinds"]
        params: dict[str, str | None] = {}
        if "code" in kinds:
            params["code"] = self.tokens.new_code(person_id, opened.redirect_uri)
        if "granted_scopes" in kinds:
            params |= {"granted_scopes": ",".join(grant.granted), "denied_scopes": ",".join(grant.declined)}
        if "token" not in kinds:
            return send_back(opened.redirect_uri, params | {"state": opened.state})
        token = self.tokens.issue(person_id, long_lived=False)
        params |= {"access_token": token.value, "expires_in": str(SHORT_S), "state": opened.state}
        sent = send_back("", params)
        sent.url = f"{opened.redirect_uri}#{sent.url.removeprefix('?')}"
        return sent

    async def _token(self, asked: Asked) -> Any:
        parameters = asked.parameters
        if parameters.text("client_id") != APP_ID:
            raise GraphError(101, "Error validating application. Cannot get application info due to a system error.")
        if parameters.text("client_secret") != APP_SECRET:
            raise GraphError(1, "Error validating client secret.")
        match parameters.text("grant_type"):
            case "fb_exchange_token":
                token = self.tokens.lengthen(parameters.text("fb_exchange_token") or "")
                return {"access_token": token.value, "token_type": "bearer", "expires_in": LONG_S}
            case "client_credentials":
                return {"access_token": APP_TOKEN, "token_type": "bearer"}
            case None | "authorization_code":
                pass
            case other:
                raise invalid_parameter(f"Unsupported grant_type {other}")
        code = parameters.text("code")
        if not code:
            raise invalid_parameter("Missing authorization code")
        taken = self.tokens.take_code(code, parameters.text("redirect_uri") or "")
        token = self.tokens.issue(taken.person_id, long_lived=False)
        return {"access_token": token.value, "token_type": "bearer", "expires_in": SHORT_S}
