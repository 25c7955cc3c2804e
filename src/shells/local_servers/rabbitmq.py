"""A RabbitMQ of one's own, which starts again with what it had stored."""

import os
import secrets
import socket
import subprocess
import time
from pathlib import Path

from attrs import define, field

from shells.cli.demonstration.stack import free_port
from shells.local_servers.broker import LocalBroker, NoBrokerError

_PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_START_S = 90


class NoRabbitError(NoBrokerError):
    """RabbitMQ can't be had on this machine; the message says why."""


def program() -> Path:
    """Where RabbitMQ is. Raises NoRabbitError where it is not installed."""
    if not _PROGRAM.exists():
        raise NoRabbitError("RabbitMQ is not installed (Debian's package rabbitmq-server)")
    return _PROGRAM


@define
class Rabbit(LocalBroker):
    """One node with ports and a port mapper of its own. Raises NoRabbitError where it is not installed."""

    _mapper_port: int = field(factory=free_port)
    _dist_port: int = field(factory=free_port)
    _name: str = field(factory=lambda: f"simulcast{secrets.token_hex(4)}@localhost")

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self) -> None:
        """Return once it takes connections."""
        found = program()
        (self.folder / "enabled_plugins").write_text("[].\n")
        (self.folder / "rabbitmq.conf").write_text(f"listeners.tcp.local = 127.0.0.1:{self.port}\n")
        with (self.folder / "rabbitmq.log").open("a") as log:
            self._server = subprocess.Popen(
                [found],
                env=dict(os.environ) | self._environment(),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_S
        while self._server.poll() is None and time.monotonic() < deadline:
            if self._greets():
                return
            time.sleep(0.2)
        raise NoRabbitError(f"RabbitMQ did not start: {(self.folder / 'rabbitmq.log').read_text()[-500:]}")

    def control(self, *words: str) -> None:
        """What `rabbitmqctl` does with these words."""
        command = [str(program().with_name("rabbitmqctl")), *words]
        subprocess.run(command, env=dict(os.environ) | self._environment(), capture_output=True, check=True, timeout=_START_S)

    def _greets(self) -> bool:
        """Whether it answers AMQP's first words, which it does when it has started whole."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                return bool(connection.recv(1))
        except OSError:
            return False

    def stop(self) -> None:
        """Stop for good, its port mapper too."""
        super().stop()
        subprocess.run(["epmd", "-port", str(self._mapper_port), "-kill"], capture_output=True, check=False)  # noqa: S607

    def _environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": self._name,
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq"),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
            "ERL_EPMD_PORT": str(self._mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
