"""Each process of the fleet shows its own metrics and health."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from chaos.redis_server import RedisServer
from shells.cli.demonstration.stack import free_port
from shells.cli.demonstration.visitor import Consent
from tests.operations.test_metrics import TOKEN, await_answer, scrape
from tests.running import running_stack

PAGES = Consent(platform="facebook", person="1020", accounts=("5550001", "5550002"))


@pytest.mark.timeout(240)
def test_processes_of_the_fleet_show_what_they_count(tmp_path: Path, postgres_url: str, redis_server: RedisServer) -> None:
    port = free_port()
    settings = {
        "SIMULCAST_DATABASE_URL": postgres_url,
        "SIMULCAST_BROKER_URL": redis_server.url,
        "SIMULCAST_METRICS_PORT": str(port),
        "SIMULCAST_METRICS_TOKEN": TOKEN,
        "SIMULCAST_WORKER_PROCESSES": "2",
        "SIMULCAST_LOG_LEVEL": "info",
    }
    with running_stack(tmp_path, **settings) as running, (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-c", "from shells.cli.main import main; main()", "worker"],
            env=running.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            for number in range(2):
                await_answer(f"http://127.0.0.1:{port + number}/health")
            visitor = running.visitor()
            visitor.link(PAGES)
            saved = visitor.save(body="By the fleet")
            visitor.outcomes([saved["id"]], timeout_s=60, progress=lambda done, total: None)
            visitor.close()
            counted = [scrape(f"http://127.0.0.1:{port + number}") for number in range(2)]
            done = ("simulcast_deliveries_total", (("outcome", "success"), ("platform", "facebook")))
            assert sum(each.get(done, 0) for each in counted) == 2
            ready = httpx.get(f"http://127.0.0.1:{port}/health/ready")
            assert (ready.status_code, ready.headers["x-content-type-options"]) == (200, "nosniff")
            assert "frame-ancestors 'none'" in ready.headers["content-security-policy"]
        finally:
            worker.send_signal(signal.SIGTERM)
            try:
                assert worker.wait(timeout=60) == 0
            finally:
                worker.kill()
    told = (tmp_path / "worker.log").read_text("utf-8")
    assert told.count('"event": "delivery.attempted"') >= 2, "Celery's lines and ours go one way"
