"""Fetching what a `url` or `file_url` names, over real HTTP."""

import ipaddress
from urllib.parse import urlsplit

import httpx

from shells.sandbox.facebook.switches import Switches

_TIMEOUT_S = 30
_OWN_NETWORK = (".fbcdn.net", ".facebook.com")


class FetchFailedError(Exception):
    """The URL is not one that Facebook can fetch from; the message says why."""


async def fetch(url: str, *, most_bytes: int, switches: Switches) -> bytes:
    """The bytes behind a URL, up to one more than `most_bytes`. Raises FetchFailedError."""
    _check(url, switches)
    data = bytearray()
    try:
        async with (
            httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=True, max_redirects=5, trust_env=False) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != 200:
                raise FetchFailedError(f"the host answered {answer.status_code}")
            async for part in answer.aiter_bytes():
                data += part
                if len(data) > most_bytes:
                    break
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        raise FetchFailedError("the host can't be reached") from None
    return bytes(data)


def _check(url: str, switches: Switches) -> None:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        raise FetchFailedError("it is no URL") from None
    if parts.scheme not in ("http", "https") or not host:
        raise FetchFailedError("it is no URL")
    if host.endswith(_OWN_NETWORK):
        raise FetchFailedError("files on Facebook's own network are refused")
    try:
        inner = not ipaddress.ip_address(host).is_global
    except ValueError:
        inner = host == "localhost"
    if inner and not switches.allow_loopback_fetch:
        raise FetchFailedError("the host is not public")
