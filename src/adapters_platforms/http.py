"""The one HTTP client: transport, time limits, redaction, and whether a lost call may have had an effect."""

import json
import logging
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from attrs import define, field, frozen

from adapters_platforms.transport import ExactTransport, TooLargeError
from distribution_core.ports.deadlines import Deadlines
from distribution_core.ports.telemetry import PlainTelemetry, Telemetry

# Facebook and TikTok have tokens in some URLs, and httpx's own client, where anybody uses it, logs them at INFO.
logging.getLogger("httpx").setLevel(logging.WARNING)

ANSWER_BYTES_MAX = 4 * 1024 * 1024
# A server that closes an idle connection just as a call goes out on it leaves that call's effect unknown. Common servers wait 5 s
# (uvicorn, Node) to 75 s (nginx), so a connection is given up well before any of them does.
KEPT_IDLE_S = 2.0
_HEADERS = {"user-agent": "simulcast", "accept": "*/*"}


class TransportError(Exception):
    """No usable answer came. `sent` is False only when it is certain that no byte of the request left us."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


@frozen
class Answer:
    """A platform's HTTP answer. `headers` are case-insensitive."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The decoded body, or None when it is no JSON: platforms answer HTML when they break."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def json_object(self) -> dict[str, Any]:
        """The decoded body if it is a JSON object, else an empty one."""
        data = self.json()
        return data if isinstance(data, dict) else {}


@define
class HttpClient:
    """One per process: one connection pool over aiohttp's transport, one TLS context. Redirects are not followed, cookies not
    kept: each call stands for itself, and httpx's client above the transport, made for both, would take half a call's time."""

    _transport: ExactTransport = field(repr=False)
    connect_timeout_s: float = 10.0
    _telemetry: Telemetry = field(factory=PlainTelemetry, repr=False)
    _deadlines: Deadlines = field(factory=Deadlines, init=False, repr=False)

    @classmethod
    def create(cls, *, connect_timeout_s: float = 10.0, connections_max: int = 512, telemetry: Telemetry | None = None) -> Self:
        limits = httpx.Limits(
            max_connections=connections_max, max_keepalive_connections=connections_max, keepalive_expiry=KEPT_IDLE_S
        )
        transport = ExactTransport(verify=ssl.create_default_context(), limits=limits, trust_env=False)
        return cls(transport, connect_timeout_s, telemetry or PlainTelemetry())

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def send(
        self,
        method: str,
        url: str,
        *,
        timeout_s: float,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json: Any = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
    ) -> Answer:
        """One request with one answer within `timeout_s`, never repeated here. Raises TransportError.

        Secrets belong in headers or bodies; a URL may still hold one (TikTok's upload URL), so errors name the host only.
        """
        host = _host(url) if "?" not in url else urlsplit(url).hostname or "?"
        began_s, status = time.monotonic(), "none"
        # To read has no limit of its own: it would be that of the whole call once more.
        connect_s, pool_s = min(self.connect_timeout_s, timeout_s), min(5.0, timeout_s)
        all_headers = {**_HEADERS, **(headers or {})}
        try:
            # The parts of a time limit are one by one, and none of them bounds a send that stalls.
            with self._deadlines.within(timeout_s):
                if params or form or files or json is not None or not isinstance(content, bytes | None):
                    request = httpx.Request(
                        method,
                        url,
                        headers=all_headers,
                        params=params,
                        data=form,
                        json=json,
                        files=files,
                        content=content,
                        extensions={"timeout": {"connect": connect_s, "pool": pool_s}},
                    )
                    answer = await self._modelled(request)
                else:
                    received = await self._transport.exchange(
                        method, url, all_headers, content, connect_s=connect_s, pool_s=pool_s
                    )
                    answer = Answer(received.status, received.headers, await self._transport.whole(received, ANSWER_BYTES_MAX))
            status = str(answer.status)
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.UnsupportedProtocol,
            httpx.InvalidURL,
        ) as error:
            raise TransportError(f"{host} could not be reached ({type(error).__name__})", sent=False) from None
        except (httpx.TimeoutException, TimeoutError):
            raise TransportError(f"{host} did not answer in {timeout_s:g} s", sent=True) from None
        except TooLargeError:
            raise TransportError(f"{host} answered more than {ANSWER_BYTES_MAX} bytes", sent=True) from None
        except httpx.HTTPError as error:
            raise TransportError(f"the connection to {host} broke ({type(error).__name__})", sent=True) from None
        else:
            return answer
        finally:
            self._telemetry.spent(f"HTTP {method}", time.monotonic() - began_s, host=host, status=status)

    async def _modelled(self, request: httpx.Request) -> Answer:
        """What has to be encoded, or is sent as it is read, goes by httpx's models."""
        response = await self._transport.handle_async_request(request)
        body = bytearray()
        try:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > ANSWER_BYTES_MAX:
                    raise TooLargeError
        finally:
            await response.aclose()
        return Answer(response.status_code, response.headers, bytes(body))


@lru_cache(maxsize=64)
def _host(url: str) -> str:
    return urlsplit(url).hostname or "?"
