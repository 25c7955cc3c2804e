"""Whether a lost call may have had an effect is the question that exactly-once stands on."""

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from adapters_platforms.http import HttpClient, TransportError

pytestmark = pytest.mark.anyio
Server = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(on: Server) -> AsyncIterator[str]:
    running: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await on(reader, writer)
        finally:
            if not writer.is_closing():
                writer.transport.abort()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.add(asyncio.ensure_future(handle(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient.create()
    yield client
    await client.aclose()


async def lost(http: HttpClient, url: str, *, content: bytes = b"body", timeout_s: float = 10) -> TransportError:
    with pytest.raises(TransportError) as error:
        await http.send("POST", url, content=content, timeout_s=timeout_s)
    return error.value


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("answered", [b"", b"HTTP/1.1 201 Cre", b"HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\nabc"])
async def test_a_connection_that_breaks_after_the_request_may_have_had_an_effect(
    http: HttpClient, answered: bytes, reset: bool
) -> None:
    async def on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"body")
        writer.write(answered)
        await writer.drain()
        if reset:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()

    async with serving(on) as url:
        assert (await lost(http, url)).sent


async def test_a_connection_that_breaks_while_we_send_may_have_had_an_effect(http: HttpClient) -> None:
    async def on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    async with serving(on) as url:
        assert (await lost(http, url, content=b"x" * 8_000_000)).sent


async def test_what_is_no_http_may_have_had_an_effect(http: HttpClient) -> None:
    async def on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"body")
        writer.write(b"what?\r\n\r\n")
        writer.close()

    async with serving(on) as url:
        assert (await lost(http, url)).sent


@pytest.mark.parametrize("content", [b"body", b"x" * 50_000_000])
async def test_a_host_that_neither_reads_nor_answers_is_given_up_in_time(http: HttpClient, content: bytes) -> None:
    async def on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with serving(on) as url:
        began = time.monotonic()
        assert (await lost(http, url, content=content, timeout_s=0.5)).sent
        assert time.monotonic() - began < 5


async def test_an_answer_that_drips_is_given_up_in_time(http: HttpClient) -> None:
    async def on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"body")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.1)

    async with serving(on) as url:
        assert (await lost(http, url, timeout_s=0.5)).sent


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://no-such-host.invalid/", "ftp://127.0.0.1/"])
async def test_nothing_left_us_where_no_connection_came_about(http: HttpClient, url: str) -> None:
    assert not (await lost(http, url)).sent


async def test_urls_go_out_as_they_were_written(http: HttpClient) -> None:
    seen: list[bytes] = []

    async def on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n")).split()[1])
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()

    path = "/rest/posts/urn%3Ali%3Ashare%3A7?ids=List(urn%3Ali%3A1,2)&sig=a%2Fb%2Bc%20d"
    async with serving(on) as url:
        assert (await http.send("GET", url + path, timeout_s=5)).ok
    assert seen == [path.encode()]


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
async def test_no_request_is_repeated_when_a_kept_connection_breaks(http: HttpClient, method: str) -> None:
    requests = 0

    async def on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        while await reader.read(65536):
            requests += 1
            if requests > 1:
                break
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    async with serving(on) as url:
        assert (await http.send(method, url, timeout_s=5)).ok
        with pytest.raises(TransportError) as error:
            await http.send(method, url, timeout_s=5)
    assert error.value.sent
    assert requests == 2


async def test_a_connection_is_given_up_before_common_servers_close_it(http: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    connections = 0

    async def on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.read(65536):
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    now_s = 100.0
    monkeypatch.setattr("aiohttp.connector.monotonic", lambda: now_s)
    async with serving(on) as url:
        for pause_s in (0.0, 1.0, 4.5):
            now_s += pause_s
            assert (await http.send("GET", url, timeout_s=5)).ok
            assert connections == (2 if pause_s > 1 else 1)
