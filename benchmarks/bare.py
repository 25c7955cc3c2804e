"""The limit: a bare loop over httpx on the transport that the adapters use. `python -m benchmarks.bare URL NUMBER IN_FLIGHT`."""

import asyncio
import json
import sys
import time

import httpx

from adapters_platforms.transport import ExactTransport
from shells.event_loop import run

_BODY = b'{"author":"urn:li:person:abc","commentary":"Post of the benchmark, with some words","visibility":"PUBLIC"}'
_HEADERS = {"authorization": "Bearer x", "content-type": "application/json", "linkedin-version": "202509"}


async def _post_all(url: str, number: int, in_flight: int) -> float:
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    left = iter(range(number))
    async with httpx.AsyncClient(transport=ExactTransport(limits=limits), trust_env=False, timeout=30) as http:

        async def one() -> None:
            for _ in left:
                (await http.post(f"{url}/linkedin/api/rest/posts", headers=_HEADERS, content=_BODY)).raise_for_status()

        began = time.perf_counter()
        await asyncio.gather(*(one() for _ in range(in_flight)))
        return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps({"seconds": run(_post_all(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))}))
