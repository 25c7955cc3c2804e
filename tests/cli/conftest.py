"""The installed command, run as a process."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli import forked

COMMAND = Path(sys.executable).parent / "simulcast"
GOOD_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
# These begin as for a user, from nothing: the first thing one types, and what starts servers of its own.
AS_INSTALLED = ("--help", "demo")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `simulcast ARGUMENTS` with nothing set but a data folder and a key, unless named otherwise (None unsets)."""

    def simulcast(
        *arguments: str, stdin: str = "", timeout: float = 110, **settings: str | None
    ) -> subprocess.CompletedProcess[str]:
        bare = {name: value for name, value in os.environ.items() if not name.startswith("SIMULCAST_")}
        own: dict[str, str | None] = {"SIMULCAST_DATA_DIR": str(tmp_path / "data"), "SIMULCAST_KEY": GOOD_KEY, **settings}
        environment = bare | {name: value for name, value in own.items() if value is not None}
        if arguments[0] not in AS_INSTALLED:
            return forked.simulcast(*arguments, environment=environment, cwd=tmp_path, stdin=stdin, timeout=timeout)
        return subprocess.run(
            [str(COMMAND), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            env=environment,
            cwd=tmp_path,
        )

    return simulcast


def one_line(text: str) -> str:
    """The only line of a refusal."""
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    assert lines[0].startswith("simulcast: ")
    return lines[0]
