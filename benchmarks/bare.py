"""The limit: a bare loop over httpx on the transport that the adapters use, or (`own`) over the product's own client, which goes
past httpx's models. `python -m benchmarks.bare URL NUMBER IN_FLIGHT [own]`."""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

import httpx

from adapters_platforms.http import HttpClient
from adapters_platforms.transport import ExactTransport
from shells.event_loop import run

_BODY = b'{"author":"urn:li:person:abc","commentary":"Post of the benchmark, with some words","visibility":"PUBLIC"}'
_HEADERS = {"authorization": "Bearer x", "content-type": "application/json", "linkedin-version": "202509"}


async def _by_httpx(url: str, number: int, in_flight: int) -> float:
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    async with httpx.AsyncClient(transport=ExactTransport(limits=limits), trust_env=False, timeout=30) as http:

        async def post() -> None:
            (await http.post(url, headers=_HEADERS, content=_BODY)).raise_for_status()

        return await _timed(post, number, in_flight)


async def _by_our_own(url: str, number: int, in_flight: int) -> float:
    http = HttpClient.create(connections_max=in_flight)

    async def post() -> None:
        answer = await http.send("POST", url, headers=_HEADERS, content=_BODY, timeout_s=30)
        if not answer.ok:
            raise RuntimeError(f"the platform answered {answer.status}")

    try:
        return await _timed(post, number, in_flight)
    finally:
        await http.aclose()


async def _timed(post: Callable[[], Awaitable[None]], number: int, in_flight: int) -> float:
    """Seconds for each post, from the first answer to the last: to open connections is not counted, as with the others."""
    left, ends = iter(range(number)), list[float]()

    async def one() -> None:
        for _ in left:
            await post()
            ends.append(time.perf_counter())

    await asyncio.gather(*(one() for _ in range(in_flight)))
    return (ends[-1] - ends[0]) / (number - 1)


if __name__ == "__main__":
    address, posts, slots, *own = sys.argv[1:]
    loop = _by_our_own if own else _by_httpx
    print(json.dumps({"each_s": run(loop(f"{address}/linkedin/api/rest/posts", int(posts), int(slots)))}))
