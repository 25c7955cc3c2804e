"""Clients that hold a connection and send next to nothing, or send what no client sends: over bare sockets."""

import socket
import time
from collections.abc import Iterator

import pytest

from shells.cli.demonstration.visitor import Visitor
from tests.running import Running, running_stack

SILENCE_S = 1.5
# Of a machine that is busy with other tests.
_PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = {"SIMULCAST_CLIENT_SILENCE_SECONDS": str(SILENCE_S), "SIMULCAST_CLIENT_BYTES_PER_SECOND": "1000"}
    with running_stack(tmp_path_factory.mktemp("hasty"), **settings) as running:
        yield running


@pytest.fixture
def person(hasty: Running) -> Iterator[Visitor]:
    visitor = hasty.visitor()
    yield visitor
    visitor.close()
    still_there(hasty)


def connected(running: Running) -> socket.socket:
    return socket.create_connection(("127.0.0.1", running.addresses.web_port), timeout=_PATIENCE_S)


def head(visitor: Visitor, path: str, *more: str) -> bytes:
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", f"cookie: {cookies}", f"x-csrf-token: {visitor.csrf}", *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer(line: socket.socket) -> bytes:
    """All until the line is cut; nothing where it is cut without a word."""
    got = b""
    try:
        while piece := line.recv(65536):
            got += piece
            if b"\r\n\r\n" in got and got.startswith(b"HTTP/1.1 4"):
                break
    except ConnectionError:
        pass
    return got


def still_there(running: Running) -> None:
    visitor = running.visitor()
    visitor.get("/me")
    visitor.close()


@pytest.mark.parametrize("path", ["/content", "/media"])
def test_a_body_that_stops_is_cut_off_in_words(hasty: Running, person: Visitor, path: str) -> None:
    began = time.monotonic()
    with connected(hasty) as line:
        line.sendall(head(person, path, "content-type: application/json", "content-length: 5000") + b'{"body": "')
        got = answer(line)
    assert got.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in got
    assert time.monotonic() - began >= SILENCE_S


def test_a_body_that_drips_is_cut_off_although_it_never_stops(hasty: Running, person: Visitor) -> None:
    with connected(hasty) as line:
        line.sendall(head(person, "/media", "content-type: image/png", "content-length: 5000000"))
        line.settimeout(SILENCE_S / 5)
        deadline, got = time.monotonic() + _PATIENCE_S, b""
        while not got and time.monotonic() < deadline:
            line.sendall(b"\x89")
            try:
                got = line.recv(65536)
            except TimeoutError:
                continue
    assert got.startswith(b"HTTP/1.1 408 ")


def test_headers_that_do_not_end_are_cut_off(hasty: Running, person: Visitor) -> None:
    with connected(hasty) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nx-one: ")
        got = answer(line)
    assert not got or got.startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nx-long: " + b"a" * 2_000_000 + b"\r\n\r\n",
        b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n" + b"".join(b"x-%d: 1\r\n" % number for number in range(5_000)) + b"\r\n",
        b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n" + b"\x00\xff no request \r\n\r\n" * 20,
        b"POST /content HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / ",
        b"POST /content HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    ],
    ids=["long header", "many headers", "garbage behind a request", "two lengths", "a chunk of no length"],
)
def test_what_no_client_sends_is_no_harm(hasty: Running, person: Visitor, sent: bytes) -> None:
    with connected(hasty) as line:
        try:
            line.sendall(sent)
        except ConnectionError:
            return  # cut while it was sent: just as well
        got = answer(line)
    assert b" 500 " not in got.partition(b"\r\n")[0]
    assert not got or got.startswith(b"HTTP/1.1 ")


def test_a_stream_that_is_never_read_holds_up_nobody(hasty: Running, person: Visitor) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
    with connected(hasty) as line:
        line.sendall(f"GET /events HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {cookies}\r\n\r\n".encode())
        for number in range(20):
            person.save(body=f"post {number}")
    assert len(person.get("/activity")["items"]) == 20
