"""The ledger on SQLite."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from adapters_persistence.ledger.ledger import SqlLedger
from distribution_core.domain.outcome import FailureKind
from distribution_core.ports.dead_letters import DeadLetterFilter
from distribution_core.ports.listing import ContentFilter, ContentState
from distribution_core.testing.ledger_contract import LedgerContract
from distribution_core.testing.ledger_contract.scene import Scene
from distribution_core.testing.memory_clock import MemoryClock
from tests.ledger.seeding import LEASE, add_deliveries, claim, gate_request
from tests.ledger.sql_cases import OFF, SqlLedgerCases

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def ledger(database_url: str, clock: MemoryClock) -> AsyncIterator[SqlLedger]:
    opened = SqlLedger.open(database_url, clock=clock.now)
    yield opened
    await opened.aclose()


class TestContract(LedgerContract):
    """What every ledger promises."""


class TestSqlCases(SqlLedgerCases):
    """What both databases hold beyond that."""


async def test_what_is_committed_stays(ledger: SqlLedger) -> None:
    async with ledger.engine.connect() as connection:
        pragmas = [(await connection.execute(text(f"PRAGMA {name}"))).scalar_one() for name in ("journal_mode", "synchronous")]
    assert pragmas == ["wal", 2]  # 2 is FULL


async def test_text_is_found_beyond_ascii(ledger: SqlLedger, clock: MemoryClock) -> None:
    scene = Scene(ledger, clock)
    user = await scene.user()
    content = await scene.content(user, body="Große Überraschung")
    async with ledger.begin() as tx:
        for words in ("ÜBERRASCHUNG", "GROSSE", "große"):
            assert list(await tx.listing.newest(user.id, ContentFilter(text=words), 10)) == [content], words
        assert list(await tx.listing.newest(user.id, ContentFilter(text="Ueber"), 10)) == []


async def test_the_busy_statements_are_served_by_their_indexes(ledger: SqlLedger) -> None:
    (delivery_id,) = await add_deliveries(ledger)
    (delivery,) = await claim(ledger)
    plans = []

    def explain(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "PRAGMA", "EXPLAIN", "INSERT")):
            steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append((statement, [row[3] for row in steps]))

    event.listen(ledger.engine.sync_engine, "before_cursor_execute", explain)
    async with ledger.begin() as tx:
        await tx.contents.due(tx.now, 10)
        await tx.outbox.unsent(10)
        await tx.workers.next_due()
        await tx.deliveries.claim("worker", limit=10, lease=LEASE, platforms=["facebook"])
        await tx.commits.open_gate(gate_request(delivery))
        await tx.commits.stop_idle(tx.now, OFF, account_id=delivery.social_account_id)
        await tx.commits.unpark(delivery.social_account_id, tx.now)
        await tx.commits.unanswered(delivery.social_account_id)
        await tx.commits.neighbours(delivery_id, tx.now)
        await tx.dead_letters.page(delivery.user_id, DeadLetterFilter(kind=FailureKind.REFUSED), 10, delivery_id)
        await tx.dead_letters.owners(10, delivery.user_id)
        await tx.audit.of_user(delivery.user_id, 10)
        await tx.audit.since([delivery.user_id], delivery_id, 10)
        await tx.listing.newest(delivery.user_id, ContentFilter(state=ContentState.FAILED, text="x"), 10)
        await tx.listing.waiting(delivery.user_id, ContentFilter(), 10)
        await tx.listing.last_posts([delivery.social_account_id])
        await tx.accounts.of_user(delivery.user_id)
        await tx.attempts.of_delivery(delivery_id)
        await tx.upkeep.half_unlinked(10)
    steps = [step for _, plan in plans for step in plan]
    assert len(plans) > 10
    assert {step for step in steps if step.startswith("SCAN") and " USING INDEX " not in step} <= {
        "SCAN CONSTANT ROW",
    }
    used = " ".join(steps)
    for index in (
        "contents_unreleased",
        "contents_waiting",
        "contents_user_id_created_at_id",
        "outbox_unsent",
        "deliveries_due",
        "deliveries_unanswered",
        "deliveries_open_of_account",
        "deliveries_ended_of_account",
        "deliveries_failed",
        "social_accounts_half_unlinked",
    ):
        assert f"ix_{index} " in used, used
    (claiming,) = (plan for statement, plan in plans if "julianday" in statement)
    assert any("ix_deliveries_due " in step for step in claiming)
