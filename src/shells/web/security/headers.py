"""What every answer tells a browser, whichever route or error it comes from."""

from collections.abc import Mapping
from typing import Any, cast

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from shells.settings import Settings
from shells.web.security.guard import RATE_HEADERS

_YEAR_S = 31_536_000
# Nothing of ours asks for any of these, and no page that frames or is framed may either.
_UNUSED = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "microphone", "midi",
    "payment", "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
_ALWAYS = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(f"{feature}=()" for feature in _UNUSED),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


def headed(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application with every answer headed for safety. A route that heads its answer itself, as the app's page does its
    own content policy, is left its word."""
    headers = [(name.encode(), value.encode()) for name, value in headers_of(settings).items()]

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", []))
                told_rates = cast("dict[str, Any]", scope).get("state", {}).get(RATE_HEADERS, {})
                own += [(name.encode(), value.encode()) for name, value in told_rates.items()]
                named = {name.lower() for name, _ in own}
                message["headers"] = [*own, *(header for header in headers if header[0] not in named)]
            await send(message)

        await app(scope, receive, told)

    return wrapped


def headers_of(settings: Settings) -> Mapping[str, str]:
    """HSTS only where people come over HTTPS: over plain HTTP browsers ignore it."""
    if not settings.secure_cookies:
        return _ALWAYS
    return {**_ALWAYS, "strict-transport-security": f"max-age={2 * _YEAR_S}; includeSubDomains"}
