"""aiohttp's connections under httpx, exact in three things: URLs go out as they were written, a lost call says how,
and no request is sent twice.

httpx-aiohttp lets aiohttp decode what stands percent-encoded (LinkedIn wants the colons of a URN encoded, and signatures
cover such bytes), and calls every broken connection a connect time-out, as if nothing had been sent.
"""

import io
from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from typing import cast

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from multidict import CIMultiDict
from yarl import URL

_PIECE_BYTES = 64 * 1024


class TooLargeError(Exception):
    """An answer is longer than anybody wants to hold."""


class _AsHttpxErrors:
    """ConnectError and ConnectTimeout only where no connection came about; anything else may have left us."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None or not isinstance(error, aiohttp.ClientError | OSError):  # a TimeoutError is an OSError
            return
        raise _as_httpx_error(error) from error


_AS_HTTPX_ERRORS = _AsHttpxErrors()


def _as_httpx_error(error: Exception) -> httpx.RequestError:
    match error:
        case aiohttp.ClientConnectorError():
            return httpx.ConnectError(str(error))
        case aiohttp.ConnectionTimeoutError():
            return httpx.ConnectTimeout(str(error))
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return httpx.UnsupportedProtocol(str(error))
        case TimeoutError():
            return httpx.ReadTimeout(str(error))
        case _:
            return httpx.ReadError(str(error))


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._response.content.at_eof():
            return
        with _AS_HTTPX_ERRORS:
            async for chunk in self._response.content.iter_chunked(_PIECE_BYTES):
                yield chunk

    async def aclose(self) -> None:
        _let_go(self._response)


def _let_go(response: aiohttp.ClientResponse) -> None:
    # A body that was not read to its end cannot be followed by another answer.
    if response.content.at_eof():
        response.release()
    else:
        response.close()


def _exact(url: httpx.URL) -> URL:
    return URL(str(url), encoded=True)


@lru_cache(maxsize=64)
def _kept(url: str) -> URL:
    """Reading an address takes a fifth of a call's time, and most calls go to a few."""
    return _exact(httpx.URL(url))


@lru_cache(maxsize=64)
def _limits(connect_s: float, pool_s: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(sock_connect=connect_s, connect=pool_s)


class ExactTransport(AiohttpTransport):
    """httpx-aiohttp's transport with the request itself made here."""

    def get_client(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self.limits.max_connections or 0, ssl=self.ssl_context, keepalive_timeout=self.limits.keepalive_expiry
        )
        # A cookie that one account's call brought is none of the next account's.
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        # Else aiohttp sends a PUT again by itself where a kept connection breaks: repeating is not its to decide.
        session._retry_connection = False  # noqa: SLF001
        return session

    async def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, *, connect_s: float, pool_s: float
    ) -> aiohttp.ClientResponse:
        """A request whose body is plain bytes, past httpx's models, whose headers take longer than the call: the answer, whose
        body is still to be read. Raises as a request by httpx would."""
        # What stands in a query differs from call to call, and may be secret: it is not kept here (yarl keeps its last 128).
        exact = _exact(httpx.URL(url)) if "?" in url else _kept(url)
        return await self._sent(method, exact, headers, _in_pieces(body), _limits(connect_s, pool_s), decode=True)

    async def whole(self, response: aiohttp.ClientResponse, most: int) -> bytes:
        """All of an answer's body, decoded. Raises TooLargeError for more than `most` bytes, else as a request would."""
        body, content = bytearray(), response.content
        try:
            with _AS_HTTPX_ERRORS:
                while not content.at_eof():
                    body += await content.readany()
                    if len(body) > most:
                        raise TooLargeError
        finally:
            _let_go(response)
        return bytes(body)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        timeout = request.extensions.get("timeout", {})
        content: io.BytesIO | bytes | httpx.AsyncByteStream | None
        try:
            content = _in_pieces(request.content)
        except httpx.RequestNotRead:
            content = cast("httpx.AsyncByteStream", request.stream)
            request.headers.pop("transfer-encoding", None)  # aiohttp sets it
        limits = aiohttp.ClientTimeout(
            sock_connect=timeout.get("connect"), sock_read=timeout.get("read"), connect=timeout.get("pool")
        )
        # As httpx has encoded them: to be asked for by name, it would first try codecs on all of them.
        headers = CIMultiDict((name.decode("latin-1"), value.decode("utf-8")) for name, value in request.headers.raw)
        response = await self._sent(request.method, _exact(request.url), headers, content, limits, decode=False)
        return httpx.Response(
            status_code=response.status,
            headers=response.raw_headers,
            stream=_Body(response),
            request=request,
            extensions={"http_version": b"HTTP/1.1"},
        )

    async def _sent(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str],
        content: io.BytesIO | bytes | httpx.AsyncByteStream | None,
        limits: aiohttp.ClientTimeout,
        *,
        decode: bool,
    ) -> aiohttp.ClientResponse:
        if not isinstance(self.client, aiohttp.ClientSession):
            self.client = self.get_client()
        with _AS_HTTPX_ERRORS:
            return await self.client.request(
                method=method,
                url=url,
                headers=headers,
                data=content,
                allow_redirects=False,
                auto_decompress=decode,
                compress=False,
                timeout=limits,
            )


def _in_pieces(content: bytes | None) -> io.BytesIO | bytes | None:
    """aiohttp sends plain bytes in one write, however many, and warns about it; a file goes in pieces."""
    return io.BytesIO(content) if content is not None and len(content) > _PIECE_BYTES else content or None
