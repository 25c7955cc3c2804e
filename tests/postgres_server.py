"""A real PostgreSQL for the run: one server that all test processes share, one fresh migrated database for each test."""

import fcntl
import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from adapters_persistence.ledger.migrations import upgrade
from shells.local_servers.postgres import NoPostgresError, as_user, binaries

_TEMPLATE = "simulcast_template"
_START_S = 30


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's address, as `postgresql://postgres@127.0.0.1:port`. Its template database is migrated."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    try:
        address = _join(folder)
    except NoPostgresError as error:
        if os.environ.get("SIMULCAST_TEST_REQUIRE") == "all":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(f"NOT TESTED ON POSTGRESQL: {error}")
    yield address
    _leave(folder)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A database of this test's own, migrated and empty."""
    with _database(postgres_server, f' TEMPLATE "{_TEMPLATE}"') as url:
        yield url


@pytest.fixture
def bare_postgres_url(postgres_server: str) -> Iterator[str]:
    """A database of this test's own, without any table."""
    with _database(postgres_server, "") as url:
        yield url


@contextmanager
def _database(server: str, source: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    _run(server, f'CREATE DATABASE "{name}"{source}')
    try:
        yield f"{server}/{name}"
    finally:
        _run(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _run(server: str, statement: str) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


@contextmanager
def _shared(folder: Path) -> Iterator[dict[str, int]]:
    """What the test processes know of their server, one process at a time."""
    with (folder / "postgres.json").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        state = json.loads(file.read() or "{}")
        yield state
        file.seek(0)
        file.truncate()
        json.dump(state, file)


def _join(folder: Path) -> str:
    with _shared(folder) as state:
        if not state.get("users"):
            state["port"], state["pid"] = _start(folder / f"postgres-{os.getpid()}")
            state["users"] = 0
        state["users"] += 1
        return _address(state["port"])


def _leave(folder: Path) -> None:
    with _shared(folder) as state:
        state["users"] -= 1
        if not state["users"]:
            os.kill(state["pid"], signal.SIGINT)


def _start(data: Path) -> tuple[int, int]:
    programs = binaries()
    try:
        subprocess.run(
            [
                *as_user(),
                programs / "initdb",
                "-D",
                data,
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoPostgresError(f"initdb failed: {getattr(error, 'stderr', None) or error}") from None
    port = _free_port()
    # What is tested is behaviour, not disks: without fsync the suite is several times faster.
    options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "max_connections": "200"}
    flags = [flag for name, value in options.items() for flag in ("-c", f"{name}={value}")]
    with (data.parent / "postgres.log").open("w") as log:
        server = subprocess.Popen(
            [*as_user(), programs / "postgres", "-D", data, "-p", str(port), *flags],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    _await_ready(server, port, data.parent / "postgres.log")
    _run(_address(port), f'CREATE DATABASE "{_TEMPLATE}"')
    upgrade(f"{_address(port)}/{_TEMPLATE}")
    # Its exit is nobody's to wait for: another test process may be the one that stops it.
    server.returncode = 0
    return port, server.pid


def _free_port() -> int:
    """Below the range that outgoing connections take their ports from."""
    for port in random.sample(range(20000, 32000), 50):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise NoPostgresError("no free port was found")


def _await_ready(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(f"{_address(port)}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    server.kill()
    raise NoPostgresError(f"the server did not start: {log.read_text()[-500:]}")


def _address(port: int) -> str:
    return f"postgresql://postgres@127.0.0.1:{port}"
