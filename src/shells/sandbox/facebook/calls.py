"""The documented calls as a table, and the way from a request to its call: host, version, `me`, Graph errors."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import define, frozen
from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler

from shells.sandbox.facebook.bodies import Parameters, read_parameters
from shells.sandbox.facebook.errors import GraphError, GraphFaults, called_page, missing_object, unknown_path
from shells.sandbox.facebook.people import PAGES
from shells.sandbox.facebook.store import Store
from shells.sandbox.facebook.tokens import TokenBook
from shells.sandbox.facebook.usage import Usage
from shells.sandbox.world import Endpoint, SandboxRequest, World

OLDEST, LATEST = 21, 26
_VERSION = re.compile(r"^v(\d{1,3})\.(\d)$")
_PHASES = {
    "videos": {"start": "video_start", "transfer": "video_transfer", "finish": "video_finish", "cancel": "video_cancel"},
    "video_reels": {"start": "reel_start", "finish": "reel_finish"},
}


@frozen(kw_only=True)
class Asked:
    """A request as its call sees it. `node` is the object's id, `me` already resolved; `tail` what follows the edge;
    `url` is where the call stands, for paging links."""

    request: SandboxRequest
    parameters: Parameters
    node: str
    tail: str | None
    url: str


Answer = Callable[[Asked], Awaitable[Any]]


@frozen(kw_only=True)
class Call:
    """`path` is `{node}`, `{node}/edge`, `{node}/edge/{tail}` or fixed words; `name` is the call's name in fault rules."""

    method: HttpMethod
    path: str
    name: str
    answer: Answer
    hosts: tuple[str, ...] = ("graph",)
    raw_body: bool = False


@frozen(kw_only=True)
class _Found:
    call: Call
    node: str
    tail: str | None


@define
class Switchboard:
    """Turns a table of calls into routes for the Graph and video hosts."""

    world: World
    tokens: TokenBook
    usage: Usage
    store: Store
    calls: list[Call]

    def routes(self) -> list[HTTPRouteHandler]:
        endpoint = Endpoint(self.world, "facebook", GraphFaults())
        return [
            endpoint(
                method,
                f"/facebook/{host}/{{path:path}}",
                f"{host}_{method.lower()}",
                self._answer,
                account=lambda _: called_page.get(),
                call_of=self._name,
            )
            for host in ("graph", "video")
            for method in (HttpMethod.GET, HttpMethod.POST, HttpMethod.DELETE)
        ]

    async def _name(self, request: SandboxRequest) -> str:
        """The call's name for fault rules, with the phase of an upload. Notes which Page is called."""
        called_page.set("")
        try:
            found = self._find(request)
            parameters = await self._parameters(request, found)
        except GraphError:
            return "unknown"
        called_page.set(self._page(found, parameters) or "")
        if found.node == "me" and found.call.path == "{node}":
            return "me"
        phase = (parameters.text("upload_phase") or "").lower()
        return _PHASES.get(found.call.path.rpartition("/")[2], {}).get(phase, found.call.name)

    async def _answer(self, request: SandboxRequest) -> Response[Any]:
        headers = {"facebook-api-version": f"v{LATEST}.0"}
        try:
            served, _ = _split_version(_path(request))
            headers["facebook-api-version"] = f"v{served}.0"
            found = self._find(request)
            parameters = await self._parameters(request, found)
            token = self.tokens.find(parameters.text("access_token") or "")
            counted = token.page_id if token else None
            try:
                self.usage.count(counted)
                self.store.settle()
                result = await found.call.answer(self._asked(request, found, parameters))
            finally:
                headers |= self.usage.headers(counted)
        except GraphError as error:
            return error.response(headers)
        return result if isinstance(result, Response) else Response(result, headers=headers)

    def _find(self, request: SandboxRequest) -> _Found:
        """The call that a request means. Raises GraphError: 2500 for a path that isn't, 100/33 for a method that isn't."""
        _, segments = _split_version(_path(request))
        host = request.scope["path"].split("/")[2]
        matching = [
            (call, match)
            for call in self.calls
            if host in call.hosts and (match := _match(call.path.split("/"), segments)) is not None
        ]
        if not matching:
            raise unknown_path("/" + "/".join(segments))
        for call, (node, tail) in matching:
            if call.method == request.method:
                return _Found(call=call, node=node, tail=tail)
        raise missing_object(segments[0], str(request.method).lower())

    async def _parameters(self, request: SandboxRequest, found: _Found) -> Parameters:
        if not found.call.raw_body:
            return await read_parameters(request)
        values = dict(request.query_params.items())
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return Parameters(values=({"access_token": token} if scheme.lower() == "oauth" else {}) | values)

    def _asked(self, request: SandboxRequest, found: _Found, parameters: Parameters) -> Asked:
        node = found.node
        if node == "me":
            token = self.tokens.find(parameters.text("access_token") or "")
            node = (token.page_id or token.person_id) if token else node
        base = f"{self.world.base_url}{request.scope['path']}"
        return Asked(request=request, parameters=parameters, node=node, tail=found.tail, url=base)

    def _page(self, found: _Found, parameters: Parameters) -> str | None:
        named = found.node.partition("_")[0]
        if named in PAGES:
            return named
        token = self.tokens.find(parameters.text("access_token") or "")
        return token.page_id if token else None


def _path(request: SandboxRequest) -> list[str]:
    """The segments after the host."""
    return [part for part in str(request.scope["path"]).split("/")[3:] if part]


def _split_version(segments: list[str]) -> tuple[int, list[str]]:
    """Version served and the rest. Old versions are served by the oldest live one, none by the latest; a version
    that never was is an unknown path. Raises GraphError 2500."""
    if not segments or not re.match(r"^v\d", segments[0]):
        return LATEST, segments
    match = _VERSION.match(segments[0])
    if match is None or int(match[1]) > LATEST or int(match[1]) < 1:
        raise unknown_path(f"/{segments[0]}")
    return max(int(match[1]), OLDEST), segments[1:]


def version_exists(segment: str) -> bool:
    """Whether a version in a path is one that Facebook ever had."""
    match = _VERSION.match(segment)
    return match is not None and 1 <= int(match[1]) <= LATEST


def _match(pattern: list[str], segments: list[str]) -> tuple[str, str | None] | None:
    """Node and tail of a path that fits the pattern."""
    if len(pattern) != len(segments):
        return None
    found: dict[str, str] = {}
    for want, segment in zip(pattern, segments, strict=True):
        if want in ("{node}", "{upload}", "{tail}"):
            if (want == "{upload}") != segment.startswith("upload:"):
                return None
            found["{node}" if want == "{upload}" else want] = segment
        elif want != segment:
            return None
    if found.get("{node}") in _FIXED:
        return None
    return found.get("{node}", segments[0]), found.get("{tail}")


_FIXED = frozenset({"debug_token", "oauth"})
