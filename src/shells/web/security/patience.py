"""How long a body may take: a client that sends a byte now and then holds a connection, and what is made for it, for ever."""

import asyncio
import time
from typing import cast

from litestar.exceptions import ClientException, HTTPException
from litestar.types import ASGIApp, HTTPRequestEvent, Receive, Scope, Send

from shells.settings import Settings
from shells.web.security.asgi import is_http


class TooSlowException(HTTPException):
    """Its connection is closed with the answer: what is still on its way belongs to no request."""

    status_code = 408
    detail = "The request came too slowly. Nothing of it was kept; send it again."


def patient(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application behind a time limit for each part of a body, and a least rate over all of them. Reading a request's line
    and headers is limited by the server."""
    silence_s, rate = settings.client_silence_seconds, settings.client_bytes_per_second

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if not is_http(scope):
            await app(scope, receive, send)
            return
        began = time.monotonic()
        got, whole = 0, False

        async def watched() -> HTTPRequestEvent:
            nonlocal got, whole
            if whole:
                # From here on it is waited for whether the client goes away, which may be never.
                return cast("HTTPRequestEvent", await receive())
            try:
                async with asyncio.timeout(silence_s):
                    message = cast("HTTPRequestEvent", await receive())
            except TimeoutError:
                raise TooSlowException from None
            if str(message["type"]) == "http.disconnect":
                # So the server tells of chunks that are none, too, whose sender still listens.
                raise ClientException("The body does not end as it was announced.")
            got += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            took_s = time.monotonic() - began
            if not whole and took_s > silence_s and got < rate * took_s:
                raise TooSlowException
            return message

        await app(scope, cast("Receive", watched), send)

    return wrapped
