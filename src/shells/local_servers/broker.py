"""What brokers of one's own have in common: each is killed as if its machine had lost power, frozen, and started again."""

import os
import signal
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path

from attrs import define, field

from shells.cli.demonstration.stack import free_port

_END_S = 60


class NoBrokerError(RuntimeError):
    """The broker can't be had on this machine; the message says why."""


@define
class LocalBroker(ABC):
    """One server with its own folder and port, leader of a session of its own."""

    folder: Path
    port: int = field(factory=free_port)
    restarts: int = 0
    _server: "subprocess.Popen[bytes] | None" = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it is, as SIMULCAST_BROKER_URL has it."""

    @abstractmethod
    def start(self) -> None:
        """Return once it takes connections. Raises NoBrokerError."""

    def kill(self) -> None:
        """End it at once, with nothing written that was not written before."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start again after a kill."""
        self.start()
        self.restarts += 1

    def freeze(self) -> None:
        """Keep every connection, and answer nothing on any."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on after a freeze."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """Stop for good."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._server is None or self._server.poll() is not None:
            return
        self._signal(how)
        self._server.wait(timeout=_END_S)

    def _signal(self, which: signal.Signals) -> None:
        if self._server is not None:
            os.killpg(self._server.pid, which)
