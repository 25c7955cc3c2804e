"""Every route of the application, called by everybody: what each may do follows from what the route declares, not from a list."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from attrs import frozen
from litestar.handlers import HTTPRouteHandler

from distribution_core.domain.api_key import ApiKey, ApiScope
from shells.cli.demonstration.samples import picture
from shells.cli.demonstration.visitor import CONSENTS, Visitor
from shells.web.app import ROUTES
from shells.web.documenting import document
from shells.web.security.permissions import Permission
from shells.wiring import Product
from tests.running import PASSWORD, Running

FACEBOOK = CONSENTS[0]
# What a valid write of each route holds; one without a body needs no entry.
BODIES: Mapping[str, Any] = {
    "PATCH /me": {"time_zone": "Europe/Berlin"},
    "POST /me/api-keys": {"name": "A program", "scopes": ["content:read"]},
    "POST /link-intents/{choice_id}/accounts": {"ids": ["5550002"]},
    "PATCH /accounts/{account_id}/toggle": {"is_active": True},
    "POST /content": {"body": "Written by somebody"},
    "POST /content/preview": {"body": "Written by somebody"},
    "PATCH /content/{content_id}": {"body": "Changed by somebody"},
    "POST /content/{content_id}/resend": {"body": "Again by somebody"},
    "POST /deliveries/{delivery_id}/resolve": {"outcome": "not_posted"},
    "POST /deadletters": {"all": True},
}
QUERIES: Mapping[str, str] = {"GET /media": "?key={media_key}", "GET /deliveries": "?content_id={content_id}"}
# In this order, since these end what the others stand on.
LAST = (
    "DELETE /me/api-keys/{key_id}",
    "DELETE /me/sessions/{session_id}",
    "DELETE /me/sessions",
    "DELETE /accounts/{account_id}",
    "POST /auth/logout",
)
OBJECTS = frozenset({"account_id", "content_id", "delivery_id", "session_id", "key_id", "choice_id"})


@frozen(kw_only=True)
class Route:
    name: str
    method: str
    path: str
    permission: Permission

    @property
    def objects(self) -> set[str]:
        named = self.path + QUERIES.get(self.name, "")
        return {name for name in OBJECTS if f"{{{name}}}" in named}


@frozen(kw_only=True)
class Caller:
    """Somebody, what they are let do, and which ids are theirs."""

    name: str
    send: Callable[[str, str, Any], httpx.Response]
    may: Callable[[Permission], int]


def routes() -> Iterator[Route]:
    for handler in ROUTES:
        assert isinstance(handler, HTTPRouteHandler)
        permission: Permission = handler.opt["permission"]
        for path in sorted(handler.paths):
            for method in sorted(handler.http_methods - {"HEAD", "OPTIONS"}):
                plain = path.replace(":str", "").replace(":path", "")
                yield Route(name=f"{method} {plain}", method=method, path=plain, permission=permission)


GUARDED = sorted(
    (route for route in routes() if route.permission.needs_caller),
    key=lambda route: (LAST.index(route.name) if route.name in LAST else -1, route.method != "GET", route.name),
)


def belongings(running: Running, visitor: Visitor) -> dict[str, str]:
    """One of everything that a route can name."""
    back = visitor._client.get(visitor.consent(FACEBOOK, choose="true"))
    visitor.link(FACEBOOK)
    saved = visitor.save(body=f"Of {visitor.csrf[:6]}")
    outcome = visitor.outcomes([saved["id"]], timeout_s=60, progress=lambda done, total: None)[saved["id"]]
    other = Visitor(running.web)
    email = visitor.get("/auth/session")["email"]
    other.sign_in(email, PASSWORD)
    sessions = visitor.get("/me/sessions")["sessions"]
    key = visitor.send("POST", "/me/api-keys", json={"name": "Named", "scopes": ["content:read"]})
    found = {
        "account_id": visitor.get("/accounts")["accounts"][0]["id"],
        "content_id": saved["id"],
        "delivery_id": outcome["deliveries"][0]["id"],
        "session_id": next(each["id"] for each in sessions if not each["current"]),
        "key_id": key["api_key"]["id"],
        "choice_id": back.json()["id"],
        "media_key": visitor.upload(picture(), "image/png"),
        "platform": "facebook",
    }
    other.close()
    return found


def planted_key(running: Running, visitor: Visitor, text: str, state: str) -> str:
    """A key in a state that the API gives out no key in."""
    user_id = UUID(visitor.get("/auth/session")["user_id"])

    async def plant(product: Product) -> None:
        async with product.ledger.begin() as tx:
            over: dict[str, Any] = {state: tx.now - timedelta(days=1)}
            row = ApiKey(
                id=product.context.new_id(),
                user_id=user_id,
                name=state,
                prefix=text[:8],
                key_hash=hashlib.sha256(text.encode()).digest(),
                scopes=tuple(ApiScope),
                created_at=tx.now - timedelta(days=2),
                **over,
            )
            await tx.api_keys.add(row)

    running.with_product(plant)
    return text


def callers(clients: ExitStack, running: Running, visitor: Visitor, stranger: Visitor) -> Iterator[Caller]:
    def by(headers: Mapping[str, str], cookies: Mapping[str, str] = {}) -> Callable[[str, str, Any], httpx.Response]:
        client = clients.enter_context(
            httpx.Client(base_url=running.web, headers=dict(headers), cookies=dict(cookies), timeout=30)
        )

        def send(method: str, path: str, body: Any) -> httpx.Response:
            return client.request(method, path, json=body) if body is not None else client.request(method, path)

        return send

    def nobody(_: Permission) -> int:
        return 401

    yield Caller(name="signed out", send=by({}), may=nobody)
    yield Caller(name="a made-up key", send=by({"authorization": "Bearer sck_made-up"}), may=nobody)
    yield Caller(name="another scheme", send=by({"authorization": "Basic c2NrXzE6Mg=="}), may=nobody)
    for state in ("expires_at", "revoked_at"):
        text = planted_key(running, visitor, f"sck_{state}-{visitor.csrf[:12]}", state)
        yield Caller(name=f"a key over by {state}", send=by({"authorization": f"Bearer {text}"}, visitor.cookies), may=nobody)
    yield Caller(
        name="the owner without a CSRF token",
        send=by({}, visitor.cookies),
        may=lambda permission: 0,
    )
    for scope in ApiScope:
        key = visitor.send("POST", "/me/api-keys", json={"name": scope, "scopes": [scope]})["key"]
        yield Caller(
            name=f"a key for {scope}",
            send=by({"authorization": f"Bearer {key}"}),
            may=lambda permission, scope=scope: 200 if permission.value == scope.value else 403,  # type: ignore[misc]
        )
    yield Caller(name="a stranger", send=by({"x-csrf-token": stranger.csrf}, stranger.cookies), may=lambda _: 200)
    yield Caller(name="the owner", send=by({"x-csrf-token": visitor.csrf}, visitor.cookies), may=lambda _: 200)


def complaint(caller: Caller, route: Route, mine: Mapping[str, str]) -> str | None:
    path = (route.path + QUERIES.get(route.name, "")).format(**mine)
    answer = caller.send(route.method, path, BODIES.get(route.name))
    allowed = caller.may(route.permission)
    status = answer.status_code
    if allowed == 0:  # reads go, writes don't
        wanted = status == 403 if route.method != "GET" else status not in (401, 403)
    elif allowed != 200:
        wanted = status == allowed
    elif caller.name == "a stranger" and route.objects:
        wanted = status == 404
    else:
        wanted = status not in (401, 403, 404, 405) and status < 500
    return None if wanted else f"{caller.name}: {route.name} answered {status} {answer.text[:120]}"


@pytest.mark.timeout(180)
def test_every_route_by_everybody(running: Running, visitor: Visitor) -> None:
    unknown = [route.name for route in GUARDED if route.name not in BODIES and _has_body(route.name)]
    assert not unknown, f"say in BODIES what a valid write of these holds: {unknown}"
    stranger = running.visitor()
    mine = belongings(running, visitor)
    found = []
    clients = ExitStack()
    clients.callback(stranger.close)
    for caller in callers(clients, running, visitor, stranger):
        for route in GUARDED:
            # A stream has its own test; a stranger's own sign-out would tell nothing of what is foreign.
            if route.name == "GET /events" and caller.may(route.permission) in (0, 200):
                continue
            if caller.name == "a stranger" and not route.objects and route.method != "GET":
                continue
            # A key that may write would end what the others are still to see.
            if caller.name.startswith("a key for") and caller.may(route.permission) == 200 and route.name in LAST:
                continue
            found.append(complaint(caller, route, mine))
    clients.close()
    assert [each for each in found if each] == []


def _has_body(name: str) -> bool:
    for handler in ROUTES:
        assert isinstance(handler, HTTPRouteHandler)
        for path in handler.paths:
            for method in handler.http_methods:
                if f"{method} {path.replace(':str', '').replace(':path', '')}" == name:
                    return "data" in handler.parsed_fn_signature.parameters
    return False


def test_a_route_that_declares_nothing_is_refused() -> None:
    async def handler() -> None: ...

    bare = HTTPRouteHandler("/bare", http_method="GET")(handler)
    with pytest.raises(RuntimeError, match="declares no permission"):
        document(bare)


def test_a_route_that_asks_nobody_who_they_are_is_refused() -> None:
    async def handler() -> None: ...

    bare = HTTPRouteHandler("/bare", http_method="GET", permission=Permission.CONTENT_READ)(handler)
    with pytest.raises(RuntimeError, match="asks nobody"):
        document(bare)


def test_no_page_elsewhere_begins_to_link(running: Running, visitor: Visitor) -> None:
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 302), ("none", 302)):
        answer = visitor._client.get("/oauth/facebook/authorize", headers={"sec-fetch-site": site})
        assert answer.status_code == status, site


def test_a_key_that_may_not_upload_may_not_have_it_fetched(running: Running, visitor: Visitor) -> None:
    key = visitor.send("POST", "/me/api-keys", json={"name": "Words only", "scopes": ["content:write"]})["key"]
    body = {"body": "x", "media_assets": ["https://example.com/a.png"]}
    answer = httpx.post(f"{running.web}/content", json=body, headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 403
    assert "media:write" in answer.json()["detail"]


def test_what_nobody_needs_to_sign_in_for_is_a_short_list() -> None:
    """A new one has to be meant."""
    assert {route.name for route in routes() if not route.permission.needs_caller} == {
        "GET /", "GET /app", "GET /app/{path}", "GET /app/assets/{name}", "GET /calls", "GET /style.css", "GET /icon.svg",
        "GET /setup", "GET /auth/oidc/start", "GET /auth/oidc/callback",
        "POST /setup", "POST /auth/login", "POST /auth/refresh", "GET /surroundings",
        "GET /health", "GET /health/ready", "GET /metrics", "GET /media/{key}",
        "POST /platforms/{platform}/deauthorize", "POST /platforms/{platform}/data-deletion", "GET /data-deletion/{code}",
        "POST /platforms/{platform}/webhook",
    }  # fmt: skip
