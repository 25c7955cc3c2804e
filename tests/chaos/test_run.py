"""The chaos run in its short form: exactly once while workers, database and platforms fail."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shells.local_servers.postgres import NoPostgresError, binaries

ROOT = Path(__file__).parent.parent.parent


def _require_postgres() -> None:
    try:
        binaries()
    except NoPostgresError as error:
        if os.environ.get("SIMULCAST_TEST_REQUIRE") == "all":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(f"NO CHAOS RUN: {error}")


@pytest.mark.timeout(480)
def test_two_hundred_deliveries_each_exactly_once() -> None:
    _require_postgres()
    options = ["--deliveries", "200", "--rate", "14", "--kill-every", "2.5", "--storm", "14", "--workers", "3", "--seed", "11"]
    run = subprocess.Popen(
        [sys.executable, "-m", "chaos", *options],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("SIMULCAST_")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        output, progress = run.communicate(timeout=400)
    finally:
        if run.poll() is None:
            # It stops its own processes on the way out.
            run.send_signal(signal.SIGTERM)
            run.wait(timeout=60)
    assert run.returncode == 0, progress[-8000:] + output
    report = json.loads(output.strip().splitlines()[-1])
    assert report["deliveries"] >= 200
    assert report["lost"] == report["duplicates"] == report["untrue"] == report["unexpected"] == report["crashes"] == 0
    assert report["kills"] >= 10
    assert report["db_restarts"] >= 1
    assert report["success"] + _waiting(report) == report["deliveries"]
    assert report["waiting_for_person"]["tiktok"]["video from file"] == 0
    assert report["waiting_for_person"]["facebook"]["video"] == 0


def _waiting(report: dict[str, dict[str, dict[str, int]]]) -> int:
    return sum(count for kinds in report["waiting_for_person"].values() for count in kinds.values())
