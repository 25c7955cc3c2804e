"""The sandbox and the web shell as processes, and the settings that shorten what a run would wait for."""

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
from attrs import define, field

from chaos.fleet import command
from shells.cli.demonstration.stack import Addresses, demo_environment

_START_S = 90

QUICK = {
    "SIMULCAST_LEASE_SECONDS": "5",
    "SIMULCAST_WORKER_CONCURRENCY": "8",
    "SIMULCAST_ATTEMPTS_MAX": "15",
    "SIMULCAST_BACKOFF_SECONDS": "1",
    "SIMULCAST_RATE_LIMIT_SECONDS": "2",
    "SIMULCAST_DOWN_SECONDS": "3",
    "SIMULCAST_FACEBOOK_CALL_TIMEOUT_S": "3",
    "SIMULCAST_FACEBOOK_COMMIT_DEADLINE_S": "3",
    "SIMULCAST_FACEBOOK_READ_LAG_S": "1",
    "SIMULCAST_FACEBOOK_USAGE_PAUSE_S": "2",
    "SIMULCAST_FACEBOOK_USAGE_PAUSE_FULL_S": "2",
    "SIMULCAST_TIKTOK_WHOLE_FILE_BYTES_MAX": "5242880",
    "SIMULCAST_TIKTOK_CHUNK_BYTES": "5242880",
    "SIMULCAST_TIKTOK_UPLOAD_BYTES_PER_S": "2000000",
    "SIMULCAST_TIKTOK_CALL_TIMEOUT_S": "3",
    "SIMULCAST_TIKTOK_CHUNK_FLOOR_S": "3",
    "SIMULCAST_TIKTOK_COMMIT_DEADLINE_S": "3",
    "SIMULCAST_TIKTOK_READ_LAG_S": "2",
    "SIMULCAST_TIKTOK_RATE_LIMIT_WAIT_S": "2",
    "SIMULCAST_TIKTOK_POLL_FIRST_S": "1",
    "SIMULCAST_TIKTOK_POLL_LONGEST_S": "4",
    "SIMULCAST_TIKTOK_LAST_CHUNK_WAIT_S": "2",
    "SIMULCAST_TIKTOK_POST_ID_WAIT_S": "10",
    "SIMULCAST_TIKTOK_LOOK_BACK_S": "8",
    "SIMULCAST_LINKEDIN_CALL_TIMEOUT_S": "3",
    "SIMULCAST_LINKEDIN_COMMIT_DEADLINE_S": "3",
    "SIMULCAST_LINKEDIN_READ_LAG_S": "1",
    "SIMULCAST_LINKEDIN_MEMBER_IMAGE_WAIT_S": "1",
    "SIMULCAST_LINKEDIN_POLL_INTERVAL_S": "0.5",
    "SIMULCAST_LINKEDIN_PROCESSING_WAIT_S": "2",
    "SIMULCAST_LINKEDIN_THROTTLE_WAIT_S": "2",
    # A limit that strikes at random never means that the day's quota is spent.
    "SIMULCAST_LINKEDIN_THROTTLE_DAILY_AFTER": "1000000",
}
"""What real platforms need minutes for, in seconds: call times, read lags, waits after limits."""


class ServerError(RuntimeError):
    """A server of the run did not start, or ended by itself; the message holds the end of its log."""


def environment(folder: Path, addresses: Addresses, database_url: str) -> dict[str, str]:
    """What every process of the run is given. Workers are processes of their own, so the web shell has none."""
    return {
        **demo_environment(folder, addresses, hold_s=0),
        **QUICK,
        "SIMULCAST_DATABASE_URL": database_url,
        "SIMULCAST_SERVE_WITHOUT_WORKER": "1",
    }


@define
class Server:
    """One server process with its log beside it."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    ready_url: str
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                command(*self.arguments),
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Raises ServerError."""
        deadline = time.monotonic() + _START_S
        while not self._answers():
            if not self.is_alive or time.monotonic() > deadline:
                raise ServerError(f"{self.name} did not start: {self._tail()}")
            time.sleep(0.05)

    def check_alive(self) -> None:
        """Raises ServerError."""
        if not self.is_alive:
            raise ServerError(f"{self.name} ended by itself: {self._tail()}")

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        try:
            return httpx.get(self.ready_url, timeout=5).status_code < 500
        except httpx.HTTPError:
            return False

    def _tail(self) -> str:
        return (self.folder / f"{self.name}.log").read_text(errors="replace")[-2000:]
