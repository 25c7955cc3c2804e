"""Around the whole application: an id for each request, one log line when it is answered, and a span."""

import logging
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any, cast
from uuid import uuid4

from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from shells.web.problems import WHY
from shells.web.security.asgi import is_http
from shells.wiring import Product

log = logging.getLogger(__name__)

_GOOD_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_REQUEST_ID = b"x-request-id"
_TRACEPARENT = b"traceparent"
# Asked every few seconds by machines: told of only when they go wrong.
_ROUTINE = ("/health", "/health/ready", "/metrics", "/style.css", "/icon.svg")


def observed(app: ASGIApp, product: Product) -> ASGIApp:
    """The application under observation. A caller's own X-Request-Id is kept if it is well formed, and answered."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if not is_http(scope):
            await app(scope, receive, send)
            return
        request = cast("HTTPScope", scope)
        headers = dict(request["headers"])
        request_id = _request_id(headers.get(_REQUEST_ID, b""))
        answer = _Answer(send, request_id)
        began = time.perf_counter()
        span = _span(product, request, headers, request_id)
        with span:
            try:
                await app(scope, receive, answer.send)
            finally:
                took_s = time.perf_counter() - began
                product.metrics.counted.request_seconds.labels(request["method"], _route(request), answer.status).observe(took_s)
                _tell(request, answer.status, took_s)

    return wrapped


class _Answer:
    """Passes an answer on with the request's id in it, and remembers its status."""

    def __init__(self, send: Callable[[Message], Awaitable[None]], request_id: str) -> None:
        self._send, self._request_id = send, request_id
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", []), (_REQUEST_ID, self._request_id.encode())]
        await self._send(message)


def _request_id(given: bytes) -> str:
    return given.decode() if _GOOD_ID.fullmatch(given) else uuid4().hex


def _span(product: Product, scope: HTTPScope, headers: dict[bytes, bytes], request_id: str) -> AbstractContextManager[None]:
    parent = headers.get(_TRACEPARENT, b"").decode("ascii", "replace") or None
    return product.context.telemetry.span(f"request {scope['method']}", parent=parent, request_id=request_id)


def _route(scope: HTTPScope) -> str:
    """As it is declared, never the path or the query: those hold ids, codes and signatures."""
    known: dict[str, Any] = dict(scope)
    return str(known.get("path_template") or "(none)")


def _tell(scope: HTTPScope, status: int, took_s: float) -> None:
    if scope["path"] in _ROUTINE and 0 < status < 500:
        return
    facts: dict[str, Any] = {
        "method": scope["method"],
        "route": _route(scope),
        "status": status,
        "seconds": round(took_s, 4),
    }
    why = scope.get("state", {}).get(WHY)
    if why:
        facts["why"] = why
    log.log(logging.ERROR if status >= 500 or not status else logging.INFO, "http.request", extra=facts)
