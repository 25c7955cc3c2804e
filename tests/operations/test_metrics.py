"""What Prometheus is told: by the web shell and by a worker of its own, under the same names."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from attrs import define, field
from prometheus_client.parser import text_string_to_metric_families

from adapters_persistence.ledger.ledger import SqlLedger
from adapters_persistence.ledger.migrations import upgrade
from distribution_core.testing.memory_clock import MemoryClock
from distribution_core.testing.memory_ledger import MemoryLedger
from shells.cli.demonstration.stack import free_port
from shells.cli.demonstration.visitor import Consent
from shells.metrics import CACHED_S, Counted, LedgerGauges, Metrics
from tests.running import Running, running_stack

PAGES = Consent(platform="facebook", person="1020", accounts=("5550001", "5550002"))
TOKEN = "a-token-for-prometheus"

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(text: str) -> Samples:
    """Each sample's value by its name and labels; a line that Prometheus can't read fails."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(url: str, token: str | None = TOKEN) -> Samples:
    answer = httpx.get(f"{url}/metrics", headers={"authorization": f"Bearer {token}"} if token else {}, timeout=20)
    assert answer.status_code == 200, answer.text
    return samples(answer.text)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Running]:
    with running_stack(tmp_path, SIMULCAST_METRICS_TOKEN=TOKEN) as running:
        yield running


def test_attempts_and_deliveries_are_counted(stack: Running) -> None:
    visitor = stack.visitor()
    visitor.link(PAGES)
    stack.faults({"platform": "facebook", "call": "update", "kind": "error_before", "count": 1})
    saved = visitor.save(body="Counted")
    outcome = visitor.outcomes([saved["id"]], timeout_s=60, progress=lambda done, total: None)[saved["id"]]
    histories = [visitor.get(f"/deliveries/{delivery['id']}")["history"] for delivery in outcome["deliveries"]]
    visitor.close()
    found = scrape(stack.web)
    facebook = ("platform", "facebook")
    assert found[("simulcast_deliveries_total", (("outcome", "success"), facebook))] == 2
    assert found[("simulcast_attempts_total", (("failure_kind", ""), ("outcome", "success"), facebook))] == 2
    unconfirmed = (("failure_kind", "unconfirmed"), ("outcome", "failed"), facebook)
    assert found[("simulcast_attempts_total", unconfirmed)] == 0, "there before the first, whose increase it has to show"
    tries = sum(value for (name, _), value in found.items() if name == "simulcast_attempts_total")
    assert tries == sum(map(len, histories)) > 2, "those that went well and those that the fault broke"
    assert found[("simulcast_publish_seconds_count", (facebook,))] == tries
    assert found[("simulcast_queue_wait_seconds_count", (facebook,))] == tries
    assert 0 < found[("simulcast_publish_seconds_sum", (facebook,))] < 60
    assert found[("simulcast_ledger_up", ())] == 1
    assert found[("simulcast_http_request_seconds_count", (("method", "POST"), ("route", "/content"), ("status", "201")))] == 1
    assert ("simulcast_oldest_due_seconds", ()) in found


@pytest.mark.parametrize("given", [None, "Bearer wrong", TOKEN])
def test_a_token_keeps_others_out(stack: Running, given: str | None) -> None:
    answer = httpx.get(f"{stack.web}/metrics", headers={"authorization": given} if given and given != TOKEN else {})
    assert answer.status_code == 401
    assert "simulcast_" not in answer.text.replace("SIMULCAST_METRICS_TOKEN", "")


def test_without_a_token_only_this_machine_is_answered(tmp_path: Path) -> None:
    with running_stack(tmp_path) as running:
        assert scrape(running.web, token=None)[("simulcast_ledger_up", ())] == 1
        for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
            assert httpx.get(f"{running.web}/metrics", headers={header: "192.0.2.1"}).status_code == 403


def test_workers_show_the_same_names_on_ports_of_their_own(tmp_path: Path) -> None:
    port = free_port()
    with running_stack(
        tmp_path, SIMULCAST_SERVE_WITHOUT_WORKER="1", SIMULCAST_METRICS_PORT=str(port), SIMULCAST_METRICS_TOKEN=TOKEN
    ) as running:
        command = [sys.executable, "-c", "from shells.cli.main import main; main()", "worker"]
        with (tmp_path / "worker.log").open("wb") as log:
            workers = [subprocess.Popen(command, env=running.environment, stdout=log, stderr=log) for _ in range(2)]
            try:
                for number in range(2):
                    await_answer(f"http://127.0.0.1:{port + number}/health")
                visitor = running.visitor()
                visitor.link(PAGES)
                saved = visitor.save(body="By a worker")
                visitor.outcomes([saved["id"]], timeout_s=60, progress=lambda done, total: None)
                visitor.close()
                one, two = (scrape(f"http://127.0.0.1:{port + number}") for number in range(2))
                both = ("simulcast_deliveries_total", (("outcome", "success"), ("platform", "facebook")))
                assert one.get(both, 0) + two.get(both, 0) == 2
                web = {name for name, _ in scrape(running.web) if name.startswith("simulcast_")}
                ledgers = {name for name in web if "http_request" not in name}
                assert ledgers <= {name for name, _ in one} | {name for name, _ in two}
                assert httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200
                assert httpx.get(f"http://127.0.0.1:{port}/accounts").status_code == 404
            finally:
                for worker in workers:
                    worker.terminate()
                assert [worker.wait(timeout=30) for worker in workers] == [0, 0]


def await_answer(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            httpx.get(url, timeout=5)
        except httpx.HTTPError:
            threading.Event().wait(0.05)
        else:
            return
    raise AssertionError(f"{url} never answered")


@define
class CountingLedger:
    """Counts transactions."""

    inner: MemoryLedger
    begun: int = field(default=0)

    def begin(self):  # type: ignore[no-untyped-def]
        self.begun += 1
        return self.inner.begin()


@pytest.mark.anyio
async def test_the_ledger_is_asked_once_in_a_while_however_often_it_is_scraped() -> None:
    clock = MemoryClock()
    ledger = CountingLedger(MemoryLedger(clock))
    metrics = Metrics.of(Counted.create(), LedgerGauges(ledger, clock))
    for _ in range(20):
        await metrics.exposition()
    assert ledger.begun == 1
    clock.advance(timedelta(seconds=CACHED_S + 1))
    await metrics.exposition()
    assert ledger.begun == 2


@pytest.mark.anyio
async def test_a_ledger_that_is_away_shows_as_such() -> None:
    ledger = SqlLedger.open(f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    metrics = Metrics.of(Counted.create(), LedgerGauges(ledger, MemoryClock()))
    found = samples((await metrics.exposition()).decode())
    await ledger.aclose()
    assert found[("simulcast_ledger_up", ())] == 0
    assert not [name for name, _ in found if name.startswith("simulcast_") and name != "simulcast_ledger_up"]


@pytest.mark.anyio
async def test_breakers_are_shown_with_their_state(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    ledger = SqlLedger.open(url)

    async def breakers() -> dict[tuple[str, str], str]:
        return {("facebook", "main"): "closed", ("linkedin", "member"): "half_open", ("tiktok", "main"): "open"}

    metrics = Metrics.of(Counted.create(), LedgerGauges(ledger, MemoryClock(), breakers))
    found = samples((await metrics.exposition()).decode())
    await ledger.aclose()
    states = {dict(labels)["platform"]: value for (name, labels), value in found.items() if name == "simulcast_breaker_state"}
    assert states == {"facebook": 0, "linkedin": 1, "tiktok": 2}
