"""A fleet that can't work says so in one line, before it starts."""

import os
import subprocess
import sys

import pytest

_OURS = ["-c", "from shells.cli.main import main; main()", "worker"]
_CELERY = ["-m", "celery", "-A", "shells.worker", "worker"]


@pytest.mark.parametrize("command", [_OURS, _CELERY], ids=["simulcast worker", "celery worker"])
@pytest.mark.parametrize(
    ("broker", "seconds", "words"),
    [
        ("redis://user:geheim@127.0.0.1:9/0", "60", "SIMULCAST_BROKER_REDELIVERY_SECONDS is 60, and a publish may take"),
        ("nats://user:geheim@127.0.0.1", "0", "SIMULCAST_BROKER_URL starts with one of amqp://"),
    ],
    ids=["impatient", "unknown"],
)
def test_it_refuses_in_words(tmp_path: object, command: list[str], broker: str, seconds: str, words: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SIMULCAST_")} | {
        "SIMULCAST_DATA_DIR": str(tmp_path),
        "SIMULCAST_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "SIMULCAST_BROKER_URL": broker,
        "SIMULCAST_BROKER_REDELIVERY_SECONDS": seconds,
        "PYTHONPATH": "src",
    }
    done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "geheim" not in done.stderr + done.stdout
