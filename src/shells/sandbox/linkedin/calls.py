"""Names the account that a call is about, so that a fault can be planted for one account, and unpacks tunnelled calls."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import frozen
from litestar import Request
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.linkedin.errors import LinkedInFaults
from shells.sandbox.linkedin.restli import TUNNELLED
from shells.sandbox.linkedin.tokens import TokenBook
from shells.sandbox.world import Endpoint, Handler, SandboxRequest, World

_ACCOUNT = "linkedin_account"
_OVERRIDE = "x-http-method-override"


@frozen
class Calls:
    """Makes routes. `owner_of` gives the author or owner URN behind the URN of a post or upload."""

    world: World
    tokens: TokenBook
    owner_of: Callable[[str], str | None]

    def __call__(
        self,
        method: HttpMethod,
        path: str,
        call: str,
        handler: Handler,
        *,
        call_of: Callable[[SandboxRequest], Awaitable[str]] | None = None,
        tunnelled: tuple[str, Handler] | None = None,
    ) -> HTTPRouteHandler:
        """`tunnelled` is the call, and its handler, of the GET that a POST with a method override stands for."""

        async def named(request: SandboxRequest) -> str:
            request.scope["state"][_ACCOUNT] = await self._account(request)
            if tunnelled is not None and _is_tunnelled(request):
                return tunnelled[0]
            return await call_of(request) if call_of else call

        async def answer(request: SandboxRequest) -> Any:
            if tunnelled is not None and _is_tunnelled(request):
                return await tunnelled[1](await _unpacked(request))
            return await handler(request)

        return Endpoint(self.world, "linkedin", LinkedInFaults())(
            method, path, call, answer, account=lambda request: request.scope["state"].get(_ACCOUNT), call_of=named
        )

    async def _account(self, request: SandboxRequest) -> str | None:
        """From the body's author or owner, the URN in the path, the finder's author, or the token's member."""
        urn = await _urn_in_body(request) or request.path_params.get("urn") or request.query_params.get("author")
        if isinstance(urn, str) and urn:
            return (self.owner_of(urn) or urn).rpartition(":")[2]
        token = self.tokens.find(request.headers.get("authorization", "").partition(" ")[2])
        return token.sub if token else None


async def _urn_in_body(request: SandboxRequest) -> str | None:
    if request.scope["method"] != "POST" or "json" not in request.headers.get("content-type", ""):
        return None
    try:
        body = json.loads(await request.body())
    except ValueError:
        return None
    places = [body, *body.values()] if isinstance(body, dict) else []
    for place in places:
        for name in ("author", "owner", "video"):
            if isinstance(place, dict) and isinstance(urn := place.get(name), str):
                return urn
    return None


def _is_tunnelled(request: SandboxRequest) -> bool:
    return request.headers.get(_OVERRIDE, "").upper() == "GET"


async def _unpacked(request: SandboxRequest) -> SandboxRequest:
    """The GET whose query is the form of this POST (Query Tunneling page)."""
    kept = {key: value for key, value in request.scope["state"].items() if not key.startswith("_ls_")}
    return Request(
        {**request.scope, "method": "GET", "query_string": await request.body(), "state": {**kept, TUNNELLED: True}},
        receive=request.receive,
    )
