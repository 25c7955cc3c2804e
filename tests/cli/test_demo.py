"""The demo: the main job, whole, as separate servers on both databases; and the one that stays up."""

import json
import os
import signal
import socket
import subprocess
import time
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import COMMAND, Run


def _check(report: dict[str, object]) -> None:
    assert report["ok"] is True, report
    assert report["accounts"] == 6
    assert report["contents"] == 3
    assert report["posts_expected"] == report["posts_visible"] == 13
    assert report["duplicates"] == report["missing"] == 0
    assert report["deliveries"] == {"success": 13, "failed": 0, "pending": 0, "retried": 0, "canceled": 0}


@pytest.mark.timeout(180)
def test_once_on_sqlite(run: Run) -> None:
    done = run("demo", "--once", "--json", timeout=170)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.strip().splitlines()) == 1
    _check(json.loads(done.stdout))


@pytest.mark.timeout(180)
def test_once_on_postgresql_twice_on_the_same_database(run: Run, bare_postgres_url: str) -> None:
    for _ in range(2):
        done = run("demo", "--once", "--json", timeout=170, SIMULCAST_DATABASE_URL=bare_postgres_url)
        assert done.returncode == 0, done.stdout + done.stderr
        _check(json.loads(done.stdout))


def test_a_database_where_somebody_is_at_home_is_left_alone(run: Run, bare_postgres_url: str) -> None:
    assert run("migrate", SIMULCAST_DATABASE_URL=bare_postgres_url).returncode == 0
    added = run(
        "user", "add", "ada@example.com", "--password-stdin", stdin="a long password\n", SIMULCAST_DATABASE_URL=bare_postgres_url
    )
    assert added.returncode == 0
    refused = run("demo", "--once", "--json", SIMULCAST_DATABASE_URL=bare_postgres_url)
    assert refused.returncode == 1
    assert "users of its own" in refused.stderr
    report = json.loads(refused.stdout)
    assert report["ok"] is False
    assert "users of its own" in report["error"]


def test_an_installations_own_settings_are_not_the_demos(run: Run) -> None:
    done = run("demo", "--once", "--json", timeout=110, SIMULCAST_BROKER_URL="amqp://127.0.0.1:1", SIMULCAST_HOLD_SECONDS="600")
    assert done.returncode == 0, done.stdout + done.stderr


def test_json_goes_with_once(run: Run) -> None:
    assert run("demo", "--json").returncode == 2


@pytest.mark.timeout(180)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_stays_up_takes_other_ports_and_stops_when_told(tmp_path: Path, how: signal.Signals) -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("SIMULCAST_")}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (tmp_path / "out").open("wb") as output:
            demo = subprocess.Popen(
                [str(COMMAND), "demo", "--data-dir", "d", "--port", str(port), "--sandbox-port", str(port + 300)],
                cwd=tmp_path,
                env=bare | {"COLUMNS": "200"},
                stdout=output,
                stderr=subprocess.STDOUT,
                # A shell that runs the tests in the background has told them to ignore Ctrl+C.
                preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
            )
        try:
            deadline = time.monotonic() + 120
            while "Ctrl+C" not in (shown := (tmp_path / "out").read_text()):
                assert demo.poll() is None, shown
                assert time.monotonic() < deadline, shown
                time.sleep(0.2)
            assert f"Port {port} is taken" in shown
            timelines = [word for word in shown.split() if "/timeline/" in word]
            assert len(timelines) == 6
            for url in timelines:
                assert httpx.get(url).text.count("<article") == 1, "one post on each account, exactly once"
            assert shown.count("password") == 1
            second = subprocess.run(
                [str(COMMAND), "demo", "--data-dir", "d"], cwd=tmp_path, env=bare, capture_output=True, text=True
            )
            assert second.returncode == 1
            assert "runs on d already" in second.stderr
        finally:
            demo.send_signal(how)
            assert demo.wait(timeout=40) == 0
        web = next(word for word in shown.split() if word.startswith("http://") and word.endswith("/"))
        with pytest.raises(httpx.ConnectError):
            httpx.get(web)


@pytest.mark.timeout(300)
def test_once_on_the_fleet(run: Run) -> None:
    done = run("demo", "--once", "--engine", "celery", "--json", timeout=290)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["engine"] == "celery"
    _check(report)


def test_the_engine_is_for_the_journey_that_ends(run: Run) -> None:
    refused = run("demo", "--engine", "celery")
    assert refused.returncode == 2
    assert "--engine goes with --once" in refused.stderr
