"""Worker processes that are killed at random and always started again."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

from attrs import define, field, frozen

_POLL_S = 0.1


@frozen(kw_only=True)
class Kill:
    """One SIGKILL: the process and the Unix time of its end."""

    pid: int
    at: float


def command(*arguments: str) -> list[str]:
    """`simulcast ARGUMENTS` by this very interpreter."""
    return [sys.executable, "-c", "from shells.cli.main import main; main()", *arguments]


def end_in_order(workers: Sequence["subprocess.Popen[bytes]"], *, within_s: float) -> None:
    """Ask all to end, and end whoever does not, with all its processes: each leads a session of its own."""
    for worker in workers:
        worker.terminate()
    for worker in workers:
        try:
            worker.wait(timeout=within_s)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


def _children(pid: int) -> list[int]:
    """The processes that one has started, where the system tells."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@define
class Fleet:
    """`size` workers. While it is `hunted`, one of them dies every `mean_s` seconds in the mean."""

    environment: Mapping[str, str]
    folder: Path
    size: int
    mean_s: float
    random: Random
    kills: list[Kill] = field(factory=list)
    crashes: int = 0
    _workers: "list[subprocess.Popen[bytes]]" = field(factory=list)
    _hunted: threading.Event = field(factory=threading.Event)
    _over: threading.Event = field(factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._over.clear()
        self._workers = [self._worker() for _ in range(self.size)]
        self._thread = threading.Thread(target=self._keep, name="fleet", daemon=True)
        self._thread.start()

    def hunt(self, on: bool) -> None:
        """Begin or end the killing; workers run either way."""
        if on:
            self._hunted.set()
        else:
            self._hunted.clear()

    def stop(self) -> None:
        """End every worker in order, and wait for it."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        end_in_order(self._workers, within_s=60)

    def _keep(self) -> None:
        due = time.monotonic() + self.random.expovariate(1 / self.mean_s)
        while not self._over.wait(_POLL_S):
            for index, worker in enumerate(self._workers):
                if worker.poll() is not None:
                    # Nobody killed it, so it must not have ended.
                    self.crashes += 1
                    self._workers[index] = self._worker()
            if time.monotonic() < due:
                continue
            due = time.monotonic() + self.random.expovariate(1 / self.mean_s)
            if self._hunted.is_set():
                self._kill(self.random.randrange(self.size))

    def _kill(self, index: int) -> None:
        victim = self._workers[index]
        # Over a broker a worker is several processes, of which a child publishes: all of them go at once.
        publisher = next(iter(_children(victim.pid)), victim.pid)
        os.killpg(victim.pid, signal.SIGKILL)
        victim.wait()
        self.kills.append(Kill(pid=publisher, at=time.time()))
        self._workers[index] = self._worker()

    def _worker(self) -> "subprocess.Popen[bytes]":
        with (self.folder / "workers.log").open("ab") as log:
            # A session of its own, so that Ctrl+C ends the run in order and not the workers under it.
            return subprocess.Popen(
                command("worker"),
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
