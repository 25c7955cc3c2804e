"""What every layer of tests shares: a free port, and a real sandbox server on it."""

import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from shells.sandbox.server import server
from tests.postgres_server import bare_postgres_url, postgres_server, postgres_url

__all__ = ["bare_postgres_url", "postgres_server", "postgres_url"]  # fixtures: the PostgreSQL that all layers share


def free_port() -> int:
    """A loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[str]:
    """One sandbox for this test process, in a thread of its own, reached over real HTTP."""
    port = free_port()
    running = server("127.0.0.1", port)
    thread = threading.Thread(target=running.run, daemon=True, name="sandbox")
    thread.start()
    deadline = time.monotonic() + 20
    while not running.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the sandbox did not start")
        threading.Event().wait(0.02)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def sandbox_url(sandbox_server: str) -> str:
    """The sandbox on its first day: no posts, tokens, faults or moved clock."""
    httpx.post(f"{sandbox_server}/_sandbox/reset").raise_for_status()
    return sandbox_server
