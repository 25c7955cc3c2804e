"""The chaos run in its short form: exactly once while workers, database and platforms fail."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chaos import redis_server
from chaos.__main__ import main
from shells.local_servers import rabbitmq
from shells.local_servers.broker import NoBrokerError
from shells.local_servers.postgres import NoPostgresError, binaries

ROOT = Path(__file__).parent.parent.parent


def _require(find: Callable[[], object], missing: type[Exception]) -> None:
    try:
        find()
    except missing as error:
        if os.environ.get("SIMULCAST_TEST_REQUIRE") == "all":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(f"NO CHAOS RUN: {error}")


@pytest.mark.timeout(480)
def test_two_hundred_deliveries_each_exactly_once() -> None:
    _require(binaries, NoPostgresError)
    options = ["--deliveries", "200", "--rate", "14", "--kill-every", "2.5", "--storm", "14", "--workers", "3", "--seed", "11"]
    report = _report(options, timeout_s=400)
    assert report["deliveries"] >= 200
    assert report["kills"] >= 10
    assert report["success"] + _waiting(report) == report["deliveries"]
    assert report["waiting_for_person"]["tiktok"]["video from file"] == 0
    assert report["waiting_for_person"]["facebook"]["video"] == 0


ON_THE_FLEET = {
    "rabbitmq": (rabbitmq.program, 100, ["--rate", "8", "--storm", "14"]),
    # It comes back at once and empty, so a short run meets all that a long one does.
    "redis": (redis_server.program, 40, ["--rate", "14", "--storm", "6", "--kill-every", "2"]),
}


@pytest.mark.timeout(720)
@pytest.mark.parametrize("broker", ON_THE_FLEET)
def test_deliveries_on_the_fleet_each_exactly_once(broker: str) -> None:
    """Celery's workers are killed with all their processes, and the broker is emptied, killed and started again."""
    program, deliveries, pace = ON_THE_FLEET[broker]
    _require(binaries, NoPostgresError)
    _require(program, NoBrokerError)
    options = ["--engine", "celery", "--broker", broker, "--deliveries", str(deliveries), "--workers", "2", "--seed", "12", *pace]
    report = _report(options, timeout_s=600)
    assert report["broker"] == broker
    assert report["deliveries"] >= deliveries
    assert report["kills"] >= 10
    assert report["broker_restarts"] >= 1
    assert report["purges"] >= 2
    assert report["success"] + _waiting(report) == report["deliveries"]


def test_a_broker_is_asked_for_only_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["chaos", "--broker", "redis"])
    with pytest.raises(SystemExit):
        main()


def _report(options: list[str], timeout_s: float) -> dict[str, Any]:
    """What a run says of itself, that was shaken by all that it was to be shaken by and shows no fault."""
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
        output, progress = run.communicate(timeout=timeout_s)
    finally:
        if run.poll() is None:
            # It stops its own processes on the way out.
            run.send_signal(signal.SIGTERM)
            run.wait(timeout=60)
    assert run.returncode == 0, progress[-8000:] + output
    report: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    assert report["lost"] == report["duplicates"] == report["untrue"] == report["unexpected"] == report["crashes"] == 0
    assert report["db_restarts"] >= 1
    assert report["outages"] >= 1
    return report


def _waiting(report: dict[str, Any]) -> int:
    return sum(count for kinds in report["waiting_for_person"].values() for count in kinds.values())
