"""A Redis of one's own, which keeps nothing when it ends."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

from attrs import define, field
from redis import Redis
from redis.exceptions import RedisError

from shells.cli.demonstration.stack import free_port

_START_S = 30


class NoRedisError(RuntimeError):
    """Redis can't be had on this machine; the message says why."""


@define
class RedisServer:
    """One server with its own folder and port."""

    folder: Path
    port: int = field(factory=free_port)
    _server: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Return once it answers. Raises NoRedisError where it is not installed."""
        program = shutil.which("redis-server")
        if program is None:
            raise NoRedisError("Redis is not installed (Debian's package redis-server)")
        self._server = subprocess.Popen(
            [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + _START_S
        with Redis(port=self.port) as client:
            while time.monotonic() < deadline:
                try:
                    client.ping()
                except RedisError:
                    time.sleep(0.05)
                else:
                    return
        raise NoRedisError("Redis did not start")

    def stop(self) -> None:
        """Stop for good."""
        if self._server is not None and self._server.poll() is None:
            self._server.send_signal(signal.SIGTERM)
            self._server.wait(timeout=30)
