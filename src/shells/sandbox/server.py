"""Serves the sandbox on loopback. Uvicorn, because a fault must be able to cut a connection half-way."""

import ipaddress
from typing import Any

import uvicorn
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from shells.sandbox.app import create_app
from shells.sandbox.crowd import settle_crowd

_STOPPING_S = 2


class NotLoopbackError(ValueError):
    """The sandbox was asked to listen where others could reach it."""


def droppable(app: ASGIApp) -> ASGIApp:
    """Give handlers a hook that cuts the client's connection, which ASGI itself has no word for."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if str(scope["type"]) in ("http", ScopeType.HTTP):
            cycle: Any = getattr(send, "__self__", None)

            def abort() -> None:
                cycle.transport.abort()

            scope.setdefault("state", {})["abort_connection"] = abort
        await app(scope, receive, send)

    return wrapped


def server(host: str, port: int, *, accounts: int = 0) -> uvicorn.Server:
    """A sandbox server ready to `serve()`, with `accounts` more people on each platform, who live in this process from
    then on. Raises NotLoopbackError for any other address."""
    if not ipaddress.ip_address(host).is_loopback:
        raise NotLoopbackError(f"the sandbox binds to loopback only, not to {host}")
    if accounts:
        settle_crowd(accounts)
    app: Litestar = create_app(base_url=f"http://{host}:{port}")
    config = uvicorn.Config(
        droppable(app),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=_STOPPING_S,  # a call that a fault made slow holds nobody up who is done
    )
    return uvicorn.Server(config)
