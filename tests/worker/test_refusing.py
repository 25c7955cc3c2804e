"""A fleet that can't work says so in one line, before it starts."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.redis_server import RedisServer

_OURS = ["-c", "from shells.cli.main import main; main()", "worker"]
_CELERY = ["-m", "celery", "-A", "shells.worker", "worker"]


KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
commands = pytest.mark.parametrize("command", [_OURS, _CELERY], ids=["simulcast worker", "celery worker"])


@commands
@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"BROKER_URL": "redis://user:geheim@127.0.0.1:9/0", "BROKER_REDELIVERY_SECONDS": "60"},
            "SIMULCAST_BROKER_REDELIVERY_SECONDS is 60, and a publish may take",
        ),
        ({"BROKER_URL": "nats://user:geheim@127.0.0.1"}, "SIMULCAST_BROKER_URL starts with one of amqp://"),
        ({"BROKER_URL": "redis://user:geheim@127.0.0.1:9/0?visibility_timeout=1"}, "of these: visibility_timeout"),
        ({"BROKER_URL": "redis://127.0.0.1:9/0", "KEY": "geheim"}, "SIMULCAST_KEY"),
        ({"BROKER_URL": "redis://127.0.0.1:9/0", "MEDIA_URL": "s3://user:geheim@x"}, "holds more than an address"),
    ],
    ids=["impatient", "unknown", "no such setting", "no key", "no media"],
)
def test_it_refuses_in_words(tmp_path: Path, command: list[str], settings: dict[str, str], words: str) -> None:
    done = _ended(command, tmp_path, {"KEY": KEY} | settings)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "geheim" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    "command",
    [_OURS, [*_CELERY, "-c", "1"], [*_CELERY, "-P", "solo"]],
    ids=["simulcast worker", "celery worker", "celery worker that forks nothing"],
)
def test_a_process_that_can_not_begin_ends_the_worker(
    tmp_path: Path, command: list[str], redis_server: RedisServer, postgres_url: str
) -> None:
    """It would go on hearing nudges, and send nothing."""
    nowhere = {"METRICS_HOST": "192.0.2.1", "METRICS_PORT": "19464", "WORKER_PROCESSES": "2"}
    servers = {"BROKER_URL": redis_server.url, "DATABASE_URL": postgres_url}
    done = _ended(command, tmp_path, {"KEY": KEY} | servers | nowhere)
    assert done.returncode == 1, done.stderr
    told = [line for line in done.stderr.splitlines() if "the engine of this worker broke off" in line]
    assert json.loads(told[0])["level"] == "critical"
    assert "OSError" in told[0]


def _ended(command: list[str], folder: Path, settings: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIMULCAST_")}
    environment |= {"SIMULCAST_DATA_DIR": str(folder), "PYTHONPATH": "src"}
    environment |= {f"SIMULCAST_{name}": value for name, value in settings.items()}
    return subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, timeout=60, check=False)
