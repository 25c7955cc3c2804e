"""What every measurement stands on: one PostgreSQL, one RabbitMQ, fake platforms, and a fresh database for each round."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from attrs import define, field

from adapters_persistence.ledger.migrations import upgrade
from distribution_core.domain.secret import Secret
from shells.cli.demonstration.stack import free_port
from shells.local_servers.postgres import Postgres
from shells.local_servers.rabbitmq import Rabbit

ROOT = Path(__file__).parent.parent


@define
class Stand:
    """Servers that all forms share, so that none has the better machine."""

    folder: Path
    postgres: Postgres = field(init=False)
    key: Secret = field(factory=lambda: Secret(base64.b64encode(os.urandom(32)).decode()))
    _running: ExitStack = field(factory=ExitStack, init=False)
    _rabbit: Rabbit | None = field(default=None, init=False)
    _databases: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.postgres = Postgres(self._made("postgres"))

    def __enter__(self) -> "Stand":
        self._running.callback(self.postgres.stop)
        self.postgres.create()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    @property
    def rabbit(self) -> Rabbit:
        """RabbitMQ, started when it is first asked for."""
        if self._rabbit is None:
            self._rabbit = Rabbit(self._made("rabbitmq"))
            self._running.callback(self._rabbit.stop)
            self._rabbit.start()
        return self._rabbit

    def database(self, *, migrated: bool = True) -> str:
        """The URL of a new, empty database."""
        self._databases += 1
        name = f"round_{self._databases}"
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = urlsplit(self.postgres.url)._replace(path=f"/{name}").geturl()
        if migrated:
            upgrade(url)
        return url

    def drop(self, url: str) -> None:
        """Forget a database, so that the next round has the disk and the cache to itself."""
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {urlsplit(url).path[1:]} WITH (FORCE)")

    @contextmanager
    def platform(self, latency_s: float) -> Iterator[str]:
        """The address of a platform that answers each post after `latency_s`."""
        port = free_port()
        server = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.fake_platform", str(port), str(latency_s)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        try:
            if server.stdout is None or not server.stdout.readline():
                raise RuntimeError("the fake platform did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()
            server.wait()
            if server.stdout is not None:
                server.stdout.close()

    def environment(self, database_url: str, platform_url: str, **settings: str) -> Mapping[str, str]:
        """What a process of ours is given: the settings of production, but for addresses and the log."""
        bare = {name: value for name, value in os.environ.items() if not name.startswith("SIMULCAST_")}
        return bare | {
            "PYTHONPATH": str(ROOT / "src"),
            "SIMULCAST_DATABASE_URL": database_url,
            "SIMULCAST_KEY": self.key.reveal(),
            "SIMULCAST_SANDBOX_URL": platform_url,
            "SIMULCAST_DATA_DIR": str(self.folder / "data"),
            "SIMULCAST_LOG_LEVEL": "warning",
            # They count, as everywhere, and hold nobody back: one user stands for thousands.
            "SIMULCAST_RATE_READS": "10000000/minute",
            "SIMULCAST_RATE_WRITES": "10000000/minute",
            "SIMULCAST_RATE_ADDRESS": "10000000/minute",
            **settings,
        }

    def _made(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir()
        # PostgreSQL does not run as root, and is somebody else there.
        folder.chmod(0o777)
        return folder
