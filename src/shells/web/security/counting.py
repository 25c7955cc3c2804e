"""How often one address calls, before anything is read of what it says."""

from typing import cast

from litestar.exceptions import TooManyRequestsException
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from msgspec import json

from shells.settings import Settings
from shells.web.problems import MEDIA_TYPE, problem_body
from shells.web.security.rates import Rates, address_of, parsed

# What machines ask every few seconds, and what a page loads by the dozen.
_FREE = ("/health", "/metrics", "/app", "/style.css", "/icon.svg")


def counted(app: ASGIApp, settings: Settings, rates: Rates) -> ASGIApp:
    """The application behind a limit for each address."""
    limits, trusted = parsed(settings.rate_address), frozenset(settings.trusted_proxies.split())

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if str(scope["type"]).rpartition(".")[2].lower() == "http" and not scope["path"].startswith(_FREE):
            try:
                await rates.take(limits, "address", address_of(cast("HTTPScope", scope), trusted))
            except TooManyRequestsException as error:
                headers = [(name.encode(), value.encode()) for name, value in (error.headers or {}).items()]
                headers.append((b"content-type", MEDIA_TYPE.encode()))
                await send({"type": "http.response.start", "status": 429, "headers": headers})
                body = json.encode(problem_body(429, error.detail))
                await send({"type": "http.response.body", "body": body, "more_body": False})
                return
        await app(scope, receive, send)

    return wrapped
