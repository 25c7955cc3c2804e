"""The one HTTP client: transport, time limits, redaction, and whether a lost call may have had an effect."""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from attrs import define, field, frozen

from adapters_platforms.transport import ExactTransport
from distribution_core.ports.telemetry import PlainTelemetry, Telemetry

# httpx logs whole URLs at INFO, and Facebook and TikTok have tokens in some of them.
logging.getLogger("httpx").setLevel(logging.WARNING)

ANSWER_BYTES_MAX = 4 * 1024 * 1024


class TransportError(Exception):
    """No usable answer came. `sent` is False only when it is certain that no byte of the request left us."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


@frozen(kw_only=True)
class Answer:
    """A platform's HTTP answer. `headers` are case-insensitive."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The decoded body, or None when it is no JSON: platforms answer HTML when they break."""
        try:
            return httpx.Response(200, content=self.body).json()
        except ValueError:
            return None

    def json_object(self) -> dict[str, Any]:
        """The decoded body if it is a JSON object, else an empty one."""
        data = self.json()
        return data if isinstance(data, dict) else {}


@define
class HttpClient:
    """One per process: one connection pool over aiohttp's transport, one TLS context. Redirects are not followed."""

    _client: httpx.AsyncClient = field(repr=False)
    connect_timeout_s: float = 10.0
    _telemetry: Telemetry = field(factory=PlainTelemetry, repr=False)

    @classmethod
    def create(cls, *, connect_timeout_s: float = 10.0, connections_max: int = 512, telemetry: Telemetry | None = None) -> Self:
        limits = httpx.Limits(max_connections=connections_max, max_keepalive_connections=connections_max)
        transport = ExactTransport(verify=ssl.create_default_context(), limits=limits)
        client = httpx.AsyncClient(
            transport=transport, follow_redirects=False, trust_env=False, headers={"user-agent": "simulcast"}
        )
        return cls(client, connect_timeout_s, telemetry or PlainTelemetry())

    async def aclose(self) -> None:
        await self._client.aclose()

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
        timeout = httpx.Timeout(timeout_s, connect=min(self.connect_timeout_s, timeout_s), pool=min(5.0, timeout_s))
        host = urlsplit(url).hostname or "?"
        began_s, status = time.monotonic(), "none"
        try:
            # The parts of a time limit are one by one, and none of them bounds a send that stalls.
            async with (
                asyncio.timeout(timeout_s),
                self._client.stream(
                    method,
                    url,
                    headers=headers,
                    params=params,
                    data=form,
                    json=json,
                    files=files,
                    content=content,
                    timeout=timeout,
                ) as response,
            ):
                status = str(response.status_code)
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > ANSWER_BYTES_MAX:
                        raise TransportError(f"{host} answered more than {ANSWER_BYTES_MAX} bytes", sent=True)
                return Answer(status=response.status_code, headers=response.headers, body=bytes(body))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise TransportError(f"{host} could not be reached ({type(error).__name__})", sent=False) from None
        except (httpx.TimeoutException, TimeoutError):
            raise TransportError(f"{host} did not answer in {timeout_s:g} s", sent=True) from None
        except httpx.HTTPError as error:
            raise TransportError(f"the connection to {host} broke ({type(error).__name__})", sent=True) from None
        finally:
            self._telemetry.spent(f"HTTP {method}", time.monotonic() - began_s, host=host, status=status)
