"""A Redis of one's own, which keeps nothing when it ends."""

import shutil
import subprocess
import time

from attrs import define
from redis import Redis
from redis.exceptions import RedisError

from shells.local_servers.broker import LocalBroker, NoBrokerError

_START_S = 30


class NoRedisError(NoBrokerError):
    """Redis can't be had on this machine; the message says why."""


def program() -> str:
    """Where Redis is. Raises NoRedisError where it is not installed."""
    found = shutil.which("redis-server")
    if found is None:
        raise NoRedisError("Redis is not installed (Debian's package redis-server)")
    return found


@define
class RedisServer(LocalBroker):
    """One server without persistence: however it ends, it starts again empty. Raises NoRedisError where it is not installed."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        with (self.folder / "redis.log").open("a") as log:
            self._server = subprocess.Popen(
                [program(), *options], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )
        deadline = time.monotonic() + _START_S
        with Redis(port=self.port) as client:
            while self._server.poll() is None and time.monotonic() < deadline:
                try:
                    client.ping()
                except RedisError:
                    time.sleep(0.05)
                else:
                    return
        raise NoRedisError(f"Redis did not start: {(self.folder / 'redis.log').read_text()[-500:]}")
