"""Web shell and worker as processes of their own: health is red while nobody works, and nothing is lost meanwhile."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from adapters_persistence.ledger.tables import workers
from shells.cli.demonstration.visitor import Consent
from shells.wiring import Product
from tests.running import Running, running_stack
from tests.waiting import until


@pytest.fixture
def without_worker(tmp_path: Path) -> Iterator[Running]:
    with running_stack(tmp_path, SIMULCAST_SERVE_WITHOUT_WORKER="1") as running:
        yield running


def _worker(running: Running) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", "from shells.cli.main import main; main()", "worker"],
        env=running.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _pids_that_polled(running: Running) -> set[int]:
    """Of the workers that have asked for work: only from then on is a signal to stop one that they heed."""

    async def names(product: Product) -> set[int]:
        async with product.ledger.engine.connect() as connection:
            found = await connection.execute(select(workers.c.worker))
            return {int(name.rpartition("-")[2]) for name in found.scalars() if name.startswith("worker-")}

    return running.with_product(names)


def test_health_is_red_until_a_worker_polls_and_then_everything_goes(without_worker: Running) -> None:
    running = without_worker
    visitor = running.visitor()
    visitor.link(Consent(platform="facebook", person="1020", accounts=("5550001", "5550002")))
    saved = visitor.save(body="Waits for a worker")
    sick = httpx.get(f"{running.web}/health")
    assert (sick.status_code, sick.json()["worker"]["polling"]) == (503, False)
    pair = [_worker(running), _worker(running)]
    until(lambda: {worker.pid for worker in pair} <= _pids_that_polled(running), "the workers never polled")
    try:
        outcome = visitor.outcomes([saved["id"]], timeout_s=60, progress=lambda done, total: None)[saved["id"]]
        assert [delivery["status"] for delivery in outcome["deliveries"]] == ["success", "success"]
        assert len(running.posts("Waits for a worker")) == 2
        assert httpx.get(f"{running.web}/health").status_code == 200
    finally:
        for worker in pair:
            worker.terminate()
        assert [worker.wait(timeout=30) for worker in pair] == [0, 0]
        visitor.close()


def test_a_killed_worker_loses_and_repeats_nothing(without_worker: Running) -> None:
    """Killed in the middle of a slow commit: another takes over, asks, and posts no second time."""
    running = without_worker
    visitor = running.visitor()
    visitor.link(Consent(platform="facebook", person="1020", accounts=("5550001",)))
    running.faults({"platform": "facebook", "call": "update", "kind": "slow", "options": {"seconds": 10}})
    first = _worker(running)
    saved = visitor.save(body="Killed in between")
    until(lambda: running.posts("Killed in between"), "the first worker never published")
    first.kill()
    first.wait(timeout=10)
    running.faults()
    second = _worker(running)
    try:
        outcome = visitor.outcomes([saved["id"]], timeout_s=90, progress=lambda done, total: None)[saved["id"]]
        assert [delivery["status"] for delivery in outcome["deliveries"]] == ["success"]
        assert len(running.posts("Killed in between")) == 1
    finally:
        second.terminate()
        second.wait(timeout=30)
        visitor.close()
