"""Requests are answered under our own names only: a name of somebody else's that leads here (DNS rebinding) shows nothing."""

from typing import cast
from urllib.parse import urlsplit

from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from shells.settings import LOOPBACK, Settings
from shells.web.security.asgi import answer_problem, is_http

# Probes call by an address that no setting knows, and are told nothing but that all is well or what is not.
_PROBED = frozenset({"/health", "/health/ready"})
_ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - names that are none


def hosted(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application under the names that are set; 421 under any other."""
    known = known_hosts(settings)
    free = _PROBED | ({"/metrics"} if settings.metrics_token else frozenset())

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if is_http(scope) and "*" not in known and scope["path"] not in free and host_of(cast("HTTPScope", scope)) not in known:
            words = (
                "This server does not answer under that name. SIMULCAST_PUBLIC_BASE_URL and SIMULCAST_ALLOWED_HOSTS say which."
            )
            await answer_problem(send, 421, words, code="unknown_host")
            return
        await app(scope, receive, send)

    return wrapped


def known_hosts(settings: Settings) -> frozenset[str]:
    """Host names without ports, in small letters: ours, this machine's, and those that are set."""
    public = urlsplit(settings.public_base_url).hostname or ""
    named = {public, settings.host.lower(), *(each.lower() for each in settings.allowed_hosts.split())}
    return frozenset({*(each.strip("[]") for each in named), *LOOPBACK} - _ANY_ADDRESS)


def host_of(scope: HTTPScope) -> str:
    """Under which name a request came, without its port; empty for none, for several, and for what is no name."""
    told = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    if len(told) != 1 or any(character in told[0] for character in "/@?#\\, \t"):
        return ""
    try:
        return (urlsplit(f"//{told[0]}").hostname or "").rstrip(".")
    except ValueError:
        return ""
