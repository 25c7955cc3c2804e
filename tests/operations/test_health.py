"""Health in words, ready or not with its reasons, and what the API answers while the database is gone."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from attrs import define, evolve

from adapters_persistence.ledger.migrations import upgrade
from distribution_core.domain.errors import LedgerUnavailableError
from distribution_core.domain.secret import Secret
from distribution_core.ports.keys import KeyStanding
from distribution_core.ports.vault import VaultUnavailableError
from distribution_core.testing.memory_clock import MemoryClock
from shells.cli.demonstration.visitor import Consent
from shells.local_servers.postgres import Postgres
from shells.readiness import HealthCheck
from shells.settings import Settings
from shells.wiring import Product, compose
from tests.cli.conftest import GOOD_KEY
from tests.operations.lines import parsed
from tests.running import Running, running_stack

PAGE = Consent(platform="facebook", person="1020", accounts=("5550001",))
OUT = (
    "INSERT INTO breakers (platform, app, state, good, bad, opened, until)"
    " VALUES ('facebook', 'pages', %s, 0, 9, 1, now() + interval '1 hour')"
    " ON CONFLICT (platform, app) DO UPDATE SET state = excluded.state"
)
"""What is kept of a platform that is out."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    folder = tmp_path / "server"
    folder.mkdir()
    postgres = Postgres(folder)
    postgres.create()
    try:
        yield postgres
    finally:
        postgres.stop()


def _await_ready(running: Running, expected: tuple[int, list[str]]) -> None:
    """/health/ready comes to say that; an answer is kept for a second."""
    deadline = time.monotonic() + 20
    said: tuple[int, list[str]] | None = None
    while said != expected:
        assert time.monotonic() < deadline, said
        threading.Event().wait(0.05)
        answer = httpx.get(f"{running.web}/health/ready", timeout=20)
        said = answer.status_code, answer.json()["reasons"]


def test_a_database_that_is_gone_is_said_in_words_and_in_one_line(tmp_path: Path, server: Postgres) -> None:
    folder = tmp_path / "web"
    folder.mkdir()
    with running_stack(folder, SIMULCAST_DATABASE_URL=server.url, SIMULCAST_LOG_LEVEL="info") as running:
        visitor = running.visitor()
        _await_ready(running, (200, []))
        server.crash()
        try:
            headers = {"x-request-id": "while-it-is-gone"}
            answer = visitor._client.get("/accounts", headers=headers)
            assert answer.status_code == 503
            assert answer.headers["content-type"].startswith("application/problem+json")
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["code"] == "ledger_unavailable"
            assert "127.0.0.1" not in answer.text
            _await_ready(running, (503, ["ledger_unreachable"]))
            assert httpx.get(f"{running.web}/health").json()["components"]["database"]["status"] == "down"
        finally:
            server.restart()
        assert visitor._client.get("/accounts").status_code == 200
        visitor.close()
        log = (folder / "web.log").read_text("utf-8")
    lines = [line for line in parsed(log) if line.get("request_id") == "while-it-is-gone"]
    assert [(line["event"], line["status"], line["level"]) for line in lines] == [("http.request", 503, "error")]
    assert lines[0]["why"]
    assert "Traceback" not in log, "neither a request nor the worker's round writes a trace for what passes"


def test_ready_is_red_with_each_reason(tmp_path: Path, postgres_url: str) -> None:
    settings = {"SIMULCAST_DATABASE_URL": postgres_url, "SIMULCAST_READY_DUE_SECONDS_MAX": "60"}
    with (
        running_stack(tmp_path, SIMULCAST_SERVE_WITHOUT_WORKER="1", **settings) as running,
        psycopg.connect(postgres_url, autocommit=True) as database,
    ):
        _await_ready(running, (503, ["no_worker"]))
        database.execute("INSERT INTO workers (worker, polled_at) VALUES ('w', now())")
        _await_ready(running, (200, []))
        visitor = running.visitor()
        visitor.link(PAGE)
        visitor.save(body="Waits")
        visitor.close()
        _release(running)
        _await_ready(running, (200, []))
        database.execute("UPDATE workers SET serves = 'linkedin tiktok', polled_at = now()")
        _await_ready(running, (503, ["platform_unserved"]))
        health = httpx.get(f"{running.web}/health").json()
        assert (health["status"], health["components"]["worker"]["status"]) == ("degraded", "down")
        assert "nobody serves facebook" in health["components"]["worker"]["words"]
        database.execute("UPDATE workers SET serves = NULL, polled_at = now()")
        _await_ready(running, (200, []))
        database.execute("UPDATE deliveries SET due_at = now() - interval '70 seconds'")
        _await_ready(running, (503, ["due_too_old"]))
        health = httpx.get(f"{running.web}/health").json()
        assert (health["status"], health["ready"], health["queue"]["due"]) == ("degraded", False, 1)
        assert "1 due, the oldest for 7" in health["components"]["queue"]["words"]
        for state in ("open", "half_open"):
            database.execute(OUT, [state])
            database.execute("UPDATE workers SET polled_at = now()")
            _await_ready(running, (200, []))
            health = _await_words(running, f"facebook (pages): {state.replace('_', ' ')}")
            assert (health["status"], health["ready"], health["queue"]["due"]) == ("degraded", True, 0)
            assert health["components"]["platforms"]["status"] == "degraded"
        database.execute(OUT, ["closed"])
        database.execute("UPDATE workers SET polled_at = now()")
        _await_ready(running, (503, ["due_too_old"]))
        database.execute("UPDATE workers SET polled_at = now() - interval '40 seconds'")
        _await_ready(running, (503, ["no_worker", "due_too_old"]))


def _await_words(running: Running, words: str) -> dict[str, Any]:
    """The health that says so of its platforms; what it found last is told for a second."""
    deadline = time.monotonic() + 30
    while True:
        health: dict[str, Any] = httpx.get(f"{running.web}/health").json()
        if words in health["components"]["platforms"]["words"]:
            return health
        assert time.monotonic() < deadline, health
        threading.Event().wait(0.05)


def _release(running: Running) -> None:
    async def release(product: Product) -> None:
        from distribution_core.usecases.select_accounts import release_due

        product.context.clock.now()
        while not await release_due(product.context):
            await product.context.clock.sleep(0.05)

    running.with_product(release)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("revision", "reasons"),
    [(None, ["ledger_behind"]), ("0001", ["ledger_behind"]), ("head", ["no_worker"]), ("9999", ["no_worker"])],
    ids=["empty", "old", "current", "of a later version"],
)
async def test_a_ledger_behind_its_migrations_is_not_ready(tmp_path: Path, revision: str | None, reasons: list[str]) -> None:
    settings = Settings(data_dir=tmp_path, key=Secret(GOOD_KEY))
    if revision is not None:
        upgrade(settings.effective_database_url, "head" if revision == "9999" else revision)
    product = compose(settings)
    try:
        if revision == "9999":
            async with product.ledger.engine.begin() as connection:
                await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        check = HealthCheck(product, cached_s=0)
        assert list((await check.examine()).reasons) == reasons
        upgrade(settings.effective_database_url) if revision != "9999" else None
        assert list((await check.examine()).reasons) == ["no_worker"]
        async with product.context.ledger.begin() as tx:
            await tx.workers.beat("w")
        found = await check.examine()
        assert (found.alive, found.ready) == (True, True)
    finally:
        await product.aclose()


@pytest.fixture
async def composed(tmp_path: Path) -> AsyncIterator[Product]:
    settings = Settings(data_dir=tmp_path, key=Secret(GOOD_KEY))
    upgrade(settings.effective_database_url)
    product = compose(settings)
    yield product
    await product.aclose()


@pytest.mark.anyio
async def test_the_ledger_is_asked_once_a_second_however_many_ask(composed: Product) -> None:
    check = HealthCheck(composed, cached_s=3600)
    before = await check.examine()
    async with composed.context.ledger.begin() as tx:
        await tx.workers.beat("w")
    assert list(before.reasons) == ["no_worker"]
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(check.examine()) for _ in range(50)]
    assert all(task.result() is before for task in asked)


@define
class _Desk:
    """A key service that counts how often it is asked, and can be away."""

    standing_now: KeyStanding
    away: bool = False
    asked: int = 0

    async def standing(self) -> KeyStanding:
        self.asked += 1
        if self.away:
            raise VaultUnavailableError("the key service does not answer")
        return self.standing_now


@pytest.mark.anyio
async def test_the_key_service_is_asked_four_times_a_minute_and_its_absence_is_no_illness(composed: Product) -> None:
    clock = MemoryClock(datetime.now(UTC))
    desk = _Desk(await composed.keys.standing())
    product = evolve(composed, keys=desk, context=evolve(composed.context, clock=clock))
    async with product.context.ledger.begin() as tx:
        await tx.workers.beat("w")
    check = HealthCheck(product, cached_s=0)
    for _ in range(10):
        assert (await check.examine()).status == "ok"
    assert desk.asked == 1
    desk.away = True
    clock.advance(timedelta(seconds=14))
    assert (await check.examine()).status == "ok", "what was found is kept for a while"
    clock.advance(timedelta(seconds=2))
    found = await check.examine()
    assert (found.status, found.ready) == ("degraded", True)
    assert "does not answer" in {part.name: part.words for part in found.components}["keys"]


@pytest.mark.anyio
async def test_a_ledger_that_goes_between_two_questions_raises_nothing(composed: Product) -> None:
    """It answers about the queue, and is gone when the keys are counted."""

    @define
    class Leaving(_Desk):
        async def standing(self) -> KeyStanding:
            raise LedgerUnavailableError("gone")

    product = evolve(composed, keys=Leaving(await composed.keys.standing()))
    assert list((await HealthCheck(product).examine()).reasons) == ["ledger_unreachable"]
