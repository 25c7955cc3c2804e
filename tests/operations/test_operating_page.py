"""The page for operators names what there is: every metric, alert, reason and failure kind; and its SQL does what it says."""

import re
from pathlib import Path

import psycopg
import pytest
import yaml

from adapters_persistence.ledger.ledger import SqlLedger
from adapters_persistence.ledger.migrations import upgrade
from distribution_core.domain.outcome import FailureKind
from distribution_core.testing.memory_clock import MemoryClock
from distribution_core.usecases.select_accounts import release_due
from shells.metrics import Counted, LedgerGauges, Metrics
from tests.usecases.conftest import open_house

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operating.md").read_text("utf-8")
ALERTS = (ROOT / "deploy" / "alerts.yml").read_text("utf-8")
METRIC = re.compile(r"simulcast_[a-z_]+")


def _headings() -> set[str]:
    return {line.removeprefix("### ") for line in PAGE.splitlines() if line.startswith("### ")}


@pytest.mark.anyio
async def test_every_metric_is_explained_and_every_explained_one_is_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    ledger, counted = SqlLedger.open(url), Counted.create()
    async with ledger.begin() as tx:
        await tx.workers.beat("w")
    metrics = Metrics.of(counted, LedgerGauges(ledger, MemoryClock()))
    text = (await metrics.exposition()).decode()
    await ledger.aclose()
    there = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE simulcast_")}
    there = {name for name in there if not name.endswith("_created")}
    explained = set(re.findall(r"^\| `(simulcast_[a-z_]+)`", PAGE, re.MULTILINE))
    assert there == explained
    asked = {re.sub("_count$", "", name) for name in METRIC.findall(ALERTS)}
    assert asked <= there


def test_every_alert_has_its_paragraph() -> None:
    names = [rule["alert"] for group in yaml.safe_load(ALERTS)["groups"] for rule in group["rules"]]
    assert len(names) > 5
    assert set(names) <= _headings()


def test_every_reason_and_failure_kind_has_its_paragraph() -> None:
    source = (ROOT / "src" / "shells" / "readiness.py").read_text("utf-8")
    reasons = set(re.findall(r'code="([a-z_]+)"', source))
    assert len(reasons) >= 4
    assert reasons <= _headings()
    assert {kind.value for kind in FailureKind} <= _headings()


@pytest.mark.anyio
async def test_a_ledger_restored_to_an_earlier_moment_sends_nothing_by_itself(postgres_url: str) -> None:
    (statements,) = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    upgrade(postgres_url)
    async with open_house(postgres_url) as house:
        await house.link("alpha", "s", "a1")
        (open_one,) = await house.release("Was open")
        due = await house.save("Fell due meanwhile")
        house.clock.advance(3600)
        with psycopg.connect(postgres_url, autocommit=True) as database:
            # The page's SQL goes by the server's clock, the house by its own.
            database.execute("UPDATE contents SET release_at = '2026-01-01' WHERE selected_at IS NULL")
            database.execute(statements)
        await release_due(house.ctx)
        await house.until_quiet(hours=72)
        assert not house.fakes["alpha"].adapter.timeline
        assert (await house.delivery(open_one.id)).is_unconfirmed
        assert not await house.deliveries(due.content.id)
