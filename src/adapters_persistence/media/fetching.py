"""Fetches a picture or video from the web without lending anybody our place in the network.

A name is resolved here and every address of it is judged; the connection goes to just those addresses, so that a name that
answers otherwise a moment later leads nowhere else. Redirects are followed here, each judged like the first address.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from ipaddress import ip_address
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from attrs import frozen
from yarl import URL

from adapters_persistence.media.addresses import is_public
from distribution_core.domain.errors import InvalidInputError, Problem
from distribution_core.ports.fetching import MediaFetcher

REDIRECTS_MAX = 3
_PIECE_BYTES = 64 * 1024
_PORTS = {"https": 443, "http": 80}
_HEADERS = {"user-agent": "simulcast", "accept": "image/*, video/*", "accept-encoding": "identity"}
_NOT_ALLOWED = "This address can't be fetched from here."
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class _RefusedError(OSError):
    """The name leads somewhere that is not anybody's to call."""


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a name, as this machine sees it. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


@frozen(kw_only=True)
class WebFetcher:
    """`plain`: http is taken, too. `loopback`: and this machine itself, on any port, for development alone."""

    bytes_max: int
    seconds_max: float = 120.0
    plain: bool = False
    loopback: bool = False
    resolve: Resolve = system_resolve

    async def stream(self, url: str) -> AsyncIterator[bytes]:
        connector = aiohttp.TCPConnector(resolver=_Judged(self), use_dns_cache=False, limit=1, force_close=True)
        limits = aiohttp.ClientTimeout(total=self.seconds_max, sock_connect=10, sock_read=20)
        try:
            async with aiohttp.ClientSession(
                connector=connector,
                timeout=limits,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                headers=_HEADERS,
            ) as session:
                async for piece in self._follow(session, url):
                    yield piece
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            raise _refused(_NOT_ALLOWED) from None

    async def _follow(self, session: aiohttp.ClientSession, url: str) -> AsyncIterator[bytes]:
        for _ in range(REDIRECTS_MAX + 1):
            # Judged as the client will read it: it may see an address in letters that only look like digits.
            target = URL(url)
            self._judge(target)
            async with session.get(target, allow_redirects=False) as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    url = urljoin(str(target), answer.headers.get("location", ""))
                    continue
                if answer.status != 200:
                    raise _refused(f"The address answered {answer.status} where a picture or video was to be.")
                if (answer.content_length or 0) > self.bytes_max:
                    raise _refused(f"What is there is larger than {self.bytes_max:,} bytes.")
                total = 0
                async for piece in answer.content.iter_chunked(_PIECE_BYTES):
                    total += len(piece)
                    if total > self.bytes_max:
                        raise _refused(f"What is there is larger than {self.bytes_max:,} bytes.")
                    yield piece
                return
        raise _refused(f"The address leads on more than {REDIRECTS_MAX} times.")

    def _judge(self, target: URL) -> None:
        """What can be seen of an address before it is resolved. Raises InvalidInputError."""
        if target.scheme not in (("https", "http") if self.plain or self.loopback else ("https",)):
            raise _refused("Media is fetched from https:// addresses.")
        if target.user is not None or target.password is not None:
            raise _refused("An address with a user or password in it is not fetched.")
        host, usual = target.raw_host or "", target.port == _PORTS[target.scheme]
        if not host or not self.may_call(host) or not (usual or self.loopback):
            raise _refused(_NOT_ALLOWED)

    def may_call(self, host: str) -> bool:
        """Whether a literal is anybody's to call; of a name its resolver says."""
        try:
            literal = ip_address(host.partition("%")[0])
        except ValueError:
            return True
        return is_public(host) or (self.loopback and literal.is_loopback)


@frozen
class _Judged(AbstractResolver):
    """Gives out a name's addresses only where every one of them may be called."""

    fetcher: WebFetcher

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        addresses = await self.fetcher.resolve(host, port)
        if not addresses or not all(self.fetcher.may_call(each) and _is_literal(each) for each in addresses):
            raise _RefusedError("not anybody's to call")
        return [
            ResolveResult(
                hostname=host,
                host=each,
                port=port,
                family=socket.AF_INET6 if ":" in each else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for each in addresses
        ]

    async def close(self) -> None:
        """There is nothing to close."""


def _is_literal(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _refused(words: str) -> InvalidInputError:
    return InvalidInputError(Problem(code="media_url", message=words, field="media_assets"))


_: type[MediaFetcher] = WebFetcher
