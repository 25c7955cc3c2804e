"""The login dialog, code exchange, long-lived tokens, identity, Pages, permissions and token inspection."""

from typing import Any

from attrs import define
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.consent import Choice, ConsentDesk, consent_page, send_back
from shells.sandbox.facebook.bodies import Parameters
from shells.sandbox.facebook.errors import GraphError, GraphFaults, invalid_parameter
from shells.sandbox.facebook.gate import Gate
from shells.sandbox.facebook.people import APP_ID, APP_NAME, APP_SECRET, PAGES, PEOPLE, Page, person
from shells.sandbox.facebook.redirects import is_registered
from shells.sandbox.facebook.tokens import LONG_S, SHORT_S, Token, TokenBook
from shells.sandbox.pages import render
from shells.sandbox.world import Endpoint, SandboxRequest, World

KNOWN_SCOPES = frozenset(
    {
        "public_profile",
        "email",
        "pages_show_list",
        "pages_read_engagement",
        "pages_manage_posts",
        "pages_read_user_content",
        "pages_manage_engagement",
        "publish_video",
        "business_management",
    }
)
_PAGE_LIMIT = 25


@define
class OAuth:
    world: World
    tokens: TokenBook
    desk: ConsentDesk
    gate: Gate

    def routes(self) -> list[HTTPRouteHandler]:
        endpoint = Endpoint(self.world, "facebook", GraphFaults())
        graph = "/facebook/graph/{version:str}"
        return [
            endpoint(HttpMethod.GET, "/facebook/www/{version:str}/dialog/oauth", "dialog", self._dialog),
            endpoint(HttpMethod.POST, "/facebook/consent", "consent", self._consent),
            endpoint(HttpMethod.GET, f"{graph}/oauth/access_token", "token", self.gate.handler(self._token)),
            endpoint(HttpMethod.POST, f"{graph}/oauth/access_token", "token", self.gate.handler(self._token)),
            endpoint(HttpMethod.GET, f"{graph}/me", "me", self.gate.handler(self._me)),
            endpoint(HttpMethod.GET, f"{graph}/me/accounts", "accounts", self.gate.handler(self._accounts)),
            endpoint(HttpMethod.GET, f"{graph}/me/permissions", "permissions", self.gate.handler(self._permissions)),
            endpoint(HttpMethod.GET, f"{graph}/debug_token", "debug_token", self.gate.handler(self._debug)),
            endpoint(HttpMethod.DELETE, f"{graph}/{{node:str}}/permissions", "revoke", self.gate.handler(self._revoke)),
            endpoint(
                HttpMethod.DELETE,
                f"{graph}/{{node:str}}/permissions/{{permission:str}}",
                "revoke",
                self.gate.handler(self._revoke),
            ),
        ]

    async def _dialog(self, request: SandboxRequest) -> Response[Any]:
        query = request.query_params
        redirect_uri, scopes = query.get("redirect_uri", ""), query.get("scope", "").replace(",", " ").split()
        wrong = None
        if query.get("client_id") != APP_ID:
            wrong = "Invalid App ID: The provided app ID does not look like a valid app ID."
        elif not is_registered(redirect_uri):
            wrong = "URL blocked: the redirect URI is not white-listed in the app's client OAuth settings."
        elif query.get("response_type", "code") != "code":
            wrong = "This imitation answers response_type code only."
        elif not query.get("state"):
            wrong = "The parameter state is required."
        elif unknown := [scope for scope in scopes if scope not in KNOWN_SCOPES]:
            wrong = f"Invalid Scopes: {', '.join(unknown)}."
        if wrong is not None:
            return render("refused.html", status_code=400, title="Facebook", platform="facebook", words=wrong)
        opened = self.desk.open(
            platform="facebook",
            client_id=APP_ID,
            app_name=APP_NAME,
            redirect_uri=redirect_uri,
            state=query.get("state"),
            scopes=tuple(scopes) or ("public_profile",),
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
        granted = {str(value) for value in form.getall("scopes", [])}
        scopes = tuple(scope for scope in opened.scopes if scope in granted or scope == "public_profile")
        pages = tuple(page.id for page in who.pages if page.id in ticked)
        code = self.tokens.new_code(who.id, opened.redirect_uri, scopes, pages)
        return send_back(opened.redirect_uri, {"code": code, "state": opened.state})

    async def _token(self, parameters: Parameters, _: SandboxRequest) -> Any:
        if parameters.text("client_id") != APP_ID:
            raise GraphError(101, "Error validating application. Cannot get application info due to a system error.")
        if parameters.text("client_secret") != APP_SECRET:
            raise GraphError(1, "Error validating client secret.")
        if parameters.text("grant_type") == "fb_exchange_token":
            spent = self.tokens.find(parameters.text("fb_exchange_token") or "")
            if spent is None or spent.dead is not None or spent.page_id is not None:
                raise GraphError(190, "Error validating access token: The session is no longer valid.")
            if spent.expires_at is not None and spent.expires_at <= self.world.clock.now():
                raise GraphError(190, "Error validating access token: Session has expired.", subcode=463)
            token = self.tokens.issue(spent.person_id, spent.scopes, spent.page_ids, long_lived=True)
            return {"access_token": token.value, "token_type": "bearer", "expires_in": LONG_S}
        code = parameters.text("code")
        if not code:
            raise invalid_parameter("Missing authorization code")
        taken = self.tokens.take_code(code, parameters.text("redirect_uri") or "")
        token = self.tokens.issue(taken.person_id, taken.scopes, taken.page_ids, long_lived=False)
        return {"access_token": token.value, "token_type": "bearer", "expires_in": SHORT_S}

    async def _me(self, parameters: Parameters, _: SandboxRequest) -> Any:
        token = self.gate.any(parameters)
        if token.page_id is not None:
            return {"id": token.page_id, "name": PAGES[token.page_id].name}
        who = person(token.person_id)
        return {"id": token.person_id, "name": who.name if who else ""}

    async def _accounts(self, parameters: Parameters, request: SandboxRequest) -> Any:
        token = self.gate.user(parameters)
        limit = parameters.number("limit") or _PAGE_LIMIT
        if limit > 100:
            raise invalid_parameter("Please reduce the amount of data you're asking for, then retry your request")
        pages = self._visible_pages(token)
        start = int(parameters.text("after") or 0)
        shown = pages[start : start + limit]
        wanted = (parameters.text("fields") or "access_token,category,name,id,tasks").split(",")
        body: dict[str, Any] = {"data": [self._page_row(token, page, wanted) for page in shown]}
        if shown:
            cursor = str(start + len(shown))
            body["paging"] = {"cursors": {"before": str(start), "after": cursor}}
            if start + len(shown) < len(pages):
                base = str(request.url).partition("?")[0]
                body["paging"]["next"] = f"{base}?fields={','.join(wanted)}&limit={limit}&after={cursor}"
        return body

    def _visible_pages(self, token: Token) -> list[Page]:
        who = person(token.person_id)
        if who is None or "pages_show_list" not in token.scopes:
            return []
        business = "business_management" in token.scopes
        return [page for page in who.pages if page.id in token.page_ids and (business or not page.portfolio)]

    def _page_row(self, token: Token, page: Page, wanted: list[str]) -> dict[str, Any]:
        row = {"id": page.id, "name": page.name, "category": "Brand", "tasks": list(page.tasks)}
        if "access_token" in wanted:
            row["access_token"] = self.tokens.page_token(token, page.id).value
        return {key: value for key, value in row.items() if key in wanted or key == "id"}

    async def _permissions(self, parameters: Parameters, _: SandboxRequest) -> Any:
        token = self.gate.user(parameters)
        return {"data": [{"permission": scope, "status": "granted"} for scope in token.scopes]}

    async def _debug(self, parameters: Parameters, _: SandboxRequest) -> Any:
        if parameters.text("access_token") != f"{APP_ID}|{APP_SECRET}":
            self.gate.any(parameters)
        token = self.tokens.find(parameters.text("input_token") or "")
        if token is None:
            error = {"code": 190, "message": "Invalid OAuth access token."}
            return {"data": {"is_valid": False, "scopes": [], "error": error}}
        live = token.dead is None and (token.expires_at is None or token.expires_at > self.world.clock.now())
        data: dict[str, Any] = {
            "app_id": APP_ID,
            "type": "PAGE" if token.page_id else "USER",
            "application": APP_NAME,
            "expires_at": int(token.expires_at.timestamp()) if token.expires_at else 0,
            "is_valid": live,
            "scopes": list(token.scopes),
            "user_id": token.person_id,
        }
        if token.page_id:
            data["profile_id"] = token.page_id
        if not live:
            data["error"] = {"code": 190, "message": "The session is no longer valid.", "subcode": token.dead or 463}
        return {"data": data}

    async def _revoke(self, parameters: Parameters, request: SandboxRequest) -> Any:
        token = self.gate.user(parameters)
        node, scope = str(request.path_params["node"]), request.path_params.get("permission")
        if node not in ("me", token.person_id):
            raise GraphError(100, "You can only remove permissions of the current user.")
        if scope:
            self.tokens.drop_scope(token.person_id, str(scope))
        else:
            self.tokens.end(token.person_id, 458)
        return {"success": True}
