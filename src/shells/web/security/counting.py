"""How often one address calls, before anything is read of what it says."""

from typing import cast

from litestar.exceptions import TooManyRequestsException
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from shells.settings import Settings
from shells.web.security.asgi import answer_problem, is_http
from shells.web.security.rates import Rates, address_of, parsed

# What machines ask every few seconds, and what a page loads by the dozen.
_FREE = ("/health", "/metrics", "/app", "/style.css", "/icon.svg")


def counted(app: ASGIApp, settings: Settings, rates: Rates) -> ASGIApp:
    """The application behind a limit for each address."""
    limits, trusted = parsed(settings.rate_address), frozenset(settings.trusted_proxies.split())

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if is_http(scope) and not scope["path"].startswith(_FREE):
            try:
                await rates.take(limits, "address", address_of(cast("HTTPScope", scope), trusted))
            except TooManyRequestsException as error:
                await answer_problem(send, 429, error.detail, headers=error.headers)
                return
        await app(scope, receive, send)

    return wrapped
