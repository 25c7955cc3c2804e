"""Starts the sandbox and the web shell as separate servers, and stops them."""

import asyncio
import base64
import fcntl
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

import httpx
from attrs import define, field, frozen

from adapters_persistence.ledger.migrations import upgrade
from distribution_core.domain.errors import ConflictError
from distribution_core.domain.secret import Secret
from distribution_core.usecases.sign_in import add_user
from shells.cli.failure import CommandError
from shells.platform_settings import manifests, platform_keys
from shells.settings import PREFIX, Settings, load_settings
from shells.wiring import open_product

_START_S = 60.0
_USERS_READ = 1_000
_DEMO_USER = re.compile(r"demo(-[0-9a-f]{6})?@example\.com")
_MARKER = ".simulcast-demo"
# Of test runs, which ask for other servers to be there.
_CARRIED = ("SIMULCAST_TEST_REQUIRE",)


@frozen(kw_only=True)
class Addresses:
    web_port: int
    sandbox_port: int

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def sandbox(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"


@frozen(kw_only=True)
class FirstUser:
    email: str
    password: Secret


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port(wanted: int | None = None, *, avoid: tuple[int, ...] = ()) -> int:
    """`wanted` or the next free port after it; without a wish, any free one below the ephemeral range."""
    candidates: Iterator[int] | range
    candidates = range(wanted, wanted + 200) if wanted else iter(lambda: 20000 + secrets.randbelow(12000), None)
    for port in candidates:
        if port not in avoid and port_is_free(port):
            return port
    raise CommandError(f"no port from {wanted} on is free")


@contextmanager
def fresh_folder(folder: Path) -> Iterator[None]:
    """An empty folder for this demo alone, as long as it runs. Raises CommandError for one that holds something else, or on
    which another demo runs."""
    marker = folder / _MARKER
    if folder.exists() and any(folder.iterdir()) and not marker.exists():
        raise CommandError(f"{folder} holds something that is not a demo's; name another folder with --data-dir")
    folder.mkdir(parents=True, exist_ok=True)
    with marker.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CommandError(f"a demo runs on {folder} already; stop it, or name another folder with --data-dir") from None
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path != marker:
                path.unlink()
        yield


def demo_environment(folder: Path, addresses: Addresses, hold_s: float) -> dict[str, str]:
    """The environment of the demo's servers: a key of its own, the sandbox for every platform, and none of the settings of an
    installation that may be at home here."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    key_file = folder / "key"
    key_file.touch(mode=0o600)
    key_file.write_text(key)
    foreign = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX) or name in _CARRIED}
    return foreign | {
        "SIMULCAST_DATA_DIR": str(folder),
        "SIMULCAST_KEY": key,
        "SIMULCAST_PUBLIC_BASE_URL": addresses.web,
        "SIMULCAST_HOST": "127.0.0.1",
        "SIMULCAST_PORT": str(addresses.web_port),
        "SIMULCAST_SANDBOX_URL": addresses.sandbox,
        "SIMULCAST_HOLD_SECONDS": str(hold_s),
        "SIMULCAST_LOG_LEVEL": "warning",
        # One visitor looks for all accounts at once, several times a second.
        "SIMULCAST_RATE_READS": "100000/minute",
        "SIMULCAST_RATE_WRITES": "100000/minute",
        "SIMULCAST_RATE_UPLOADS": "100000/minute",
        "SIMULCAST_RATE_ADDRESS": "1000000/minute",
    }


def create_first_user(environment: Mapping[str, str]) -> FirstUser:
    """Migrate the database and add a user with a random password; a taken e-mail gets a number."""
    settings = load_settings(environment, platform_keys=platform_keys(manifests()))
    upgrade(settings.effective_database_url)
    return asyncio.run(_add_user(settings))


def refuse_strangers(environment: Mapping[str, str]) -> None:
    """Raises CommandError for a database in which somebody is at home: a demo's worker would take up their work, and its key
    opens nothing of theirs."""
    settings = load_settings(environment, platform_keys=platform_keys(manifests()))
    upgrade(settings.effective_database_url)

    async def strangers() -> bool:
        async with open_product(settings) as product, product.ledger.begin() as tx:
            users = [await tx.users.get(user_id) for user_id in await tx.users.ids(_USERS_READ)]
        return any(not (user and _DEMO_USER.fullmatch(user.email)) for user in users)

    if asyncio.run(strangers()):
        raise CommandError("SIMULCAST_DATABASE_URL names a database with users of its own; the demo wants one of its own")


async def _add_user(settings: Settings) -> FirstUser:
    password = Secret(secrets.token_urlsafe(12))
    async with open_product(settings) as product:
        for suffix in ("", *(f"-{secrets.token_hex(3)}" for _ in range(5))):
            email = f"demo{suffix}@example.com"
            try:
                await add_user(product.context, email, password)
            except ConflictError:
                continue
            return FirstUser(email=email, password=password)
    raise CommandError("no e-mail for a demo user is free in this database")


@define
class Stack:
    """The demo's servers. Their output goes to files in the data folder."""

    environment: Mapping[str, str]
    folder: Path
    addresses: Addresses
    workers: int = 0
    _processes: dict[str, subprocess.Popen[bytes]] = field(factory=dict)

    def __enter__(self) -> Self:
        self._start("sandbox", "sandbox", "--port", str(self.addresses.sandbox_port))
        self._start("web", "serve")
        for number in range(self.workers):
            self._start(f"worker-{number + 1}", "worker")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in reversed(self._processes.values()):
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def wait_until_ready(self) -> None:
        """Return once both answer. Raises CommandError with the log of the one that does not."""
        deadline = time.monotonic() + _START_S
        for name, url in (("sandbox", f"{self.addresses.sandbox}/_sandbox/faults"), ("web", f"{self.addresses.web}/style.css")):
            while not _answers(url):
                if self._processes[name].poll() is not None or time.monotonic() > deadline:
                    raise CommandError(
                        f"the {name} server did not start; its log is {self.folder / name}.log: {self._tail(name)}"
                    )
                time.sleep(0.05)

    def check_alive(self) -> None:
        """Raises CommandError when a server has ended by itself."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise CommandError(f"the {name} server stopped; its log is {self.folder / name}.log: {self._tail(name)}")

    def _start(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            # A session of its own, so that Ctrl+C reaches the demo alone and it stops its servers in order.
            self._processes[name] = subprocess.Popen(  # noqa: S603 - our own interpreter and command
                [sys.executable, "-c", "from shells.cli.main import main; main()", *arguments],
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _tail(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code < 500
    except httpx.HTTPError:
        return False


@contextmanager
def stopped_in_order() -> Iterator[None]:
    """Ctrl+C, a polite kill and a closed terminal all end the demo as they should: its servers first, and without a trace."""

    def stop(number: int, _: FrameType | None) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except KeyboardInterrupt:
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
