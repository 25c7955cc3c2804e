"""What the imitation platforms have in common: time, faults, public posts, and how a call is answered."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, Protocol

from attrs import define, field, frozen
from litestar import Request, Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.status_codes import HTTP_200_OK

from shells.sandbox.clock import SandboxClock
from shells.sandbox.faults import FaultKind, FaultPlan, FaultRule
from shells.sandbox.posts import BlobStore, PostBook, VisiblePost

SandboxRequest = Request[Any, Any, Any]
Handler = Callable[[SandboxRequest], Awaitable[Response[Any]]]


class PlatformErrors(Protocol):
    """A platform's own words for what a fault makes it say."""

    def server_error(self, status: int) -> Response[Any]: ...
    def rate_limited(self, wait_seconds: int | None) -> Response[Any]: ...
    def token_expired(self) -> Response[Any]: ...
    def token_revoked(self) -> Response[Any]: ...


@frozen(kw_only=True)
class TimelineAccount:
    """An account of the imitation whose posts have a timeline page at /{platform}/timeline/{id}."""

    platform: str
    account_id: str
    name: str
    kind: str
    note: str = ""


class Platform(Protocol):
    """One imitation: its routes, its accounts, and the way back to its first day."""

    name: str

    def routes(self) -> list[HTTPRouteHandler]: ...
    def accounts(self) -> list[TimelineAccount]: ...
    def tokens(self, action: str, account_id: str) -> int:
        """Expire or revoke (`action`) every token that speaks for an account; returns how many."""
        ...

    def switch(self, name: str, value: object) -> None:
        """Set one of the platform's named switches. Raises KeyError for a name it does not have."""
        ...

    def reset(self) -> None: ...


@define
class World:
    """The state that the platforms share. `base_url` is where the sandbox is reached; `before_reading` is run before
    anybody looks at the public posts, so that what time alone makes visible is."""

    base_url: str
    random: Random = field(factory=lambda: Random(secrets.randbits(64)))
    clock: SandboxClock = field(factory=SandboxClock)
    posts: PostBook = field(factory=PostBook)
    blobs: BlobStore = field(factory=BlobStore)
    before_reading: list[Callable[[], None]] = field(factory=list)
    faults: FaultPlan = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.faults = FaultPlan(self.random)

    def public_posts(self, platform: str | None = None, account_id: str | None = None) -> list[VisiblePost]:
        """What the public sees now, oldest first."""
        for settle in self.before_reading:
            settle()
        return self.posts.of(platform, account_id)

    def reset(self) -> None:
        self.clock.reset()
        self.posts.clear()
        self.blobs.clear()
        self.faults.replace([])


def abort_connection(request: SandboxRequest) -> None:
    """Cut the client's connection without another byte. See server.py for who puts the hook there."""
    request.scope["state"]["abort_connection"]()


@frozen
class Endpoint:
    """One documented call of a platform. `call` is its name in fault rules; `call_of` gives a request a finer one."""

    world: World
    platform: str
    errors: PlatformErrors

    def __call__(
        self,
        method: HttpMethod,
        path: str,
        call: str,
        handler: Handler,
        *,
        account: Callable[[SandboxRequest], str | None] | None = None,
        call_of: Callable[[SandboxRequest], Awaitable[str]] | None = None,
    ) -> HTTPRouteHandler:
        async def answer(request: SandboxRequest) -> Response[Any]:
            named = await call_of(request) if call_of else call
            whose = account(request) if account else None
            fault = self.world.faults.take(self.platform, named, whose)
            if fault is None or fault.kind is FaultKind.PROCESSING_FAILURE:
                if fault is not None:
                    request.scope["state"]["processing_failure"] = str(fault.options.get("reason", ""))
                return await handler(request)
            return await self._faulty(fault, request, handler)

        return HTTPRouteHandler(
            path,
            http_method=method,
            status_code=HTTP_200_OK,
            include_in_schema=False,
            name=f"{self.platform}.{call}.{method}.{path}",
        )(answer)

    async def _faulty(self, fault: FaultRule, request: SandboxRequest, handler: Handler) -> Response[Any]:
        status = int(fault.options.get("status", 500))
        match fault.kind:
            case FaultKind.ERROR_BEFORE:
                await request.body()
                return self.errors.server_error(status)
            case FaultKind.ERROR_AFTER:
                await handler(request)
                return self.errors.server_error(status)
            case FaultKind.DROP_BEFORE | FaultKind.DROP_AFTER:
                if fault.kind is FaultKind.DROP_AFTER:
                    await handler(request)
                abort_connection(request)
                return Response(None)
            case FaultKind.SLOW:
                response = await handler(request)
                await asyncio.sleep(float(fault.options.get("seconds", 5)))
                return response
            case FaultKind.RATE_LIMITED:
                await request.body()
                wait = fault.options.get("wait_seconds")
                return self.errors.rate_limited(None if wait is None else int(wait))
            case FaultKind.TOKEN_EXPIRED:
                await request.body()
                return self.errors.token_expired()
            case FaultKind.TOKEN_REVOKED:
                await request.body()
                return self.errors.token_revoked()
            case FaultKind.CUSTOM:
                await request.body()
                return Response(fault.options.get("body", {}), status_code=status, headers=fault.options.get("headers", {}))
            case FaultKind.PROCESSING_FAILURE:
                return await handler(request)


def processing_failure(request: SandboxRequest) -> str | None:
    """The reason that a fault planted for what this call starts, or None."""
    reason = request.scope["state"].get("processing_failure")
    return None if reason is None else str(reason)
