"""The ledger on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters_persistence.ledger.ledger import SqlLedger
from adapters_persistence.ledger.rows import to_row
from adapters_persistence.ledger.tables import social_accounts
from distribution_core.domain.content import MediaAsset, MediaKind, StoredMedia
from distribution_core.domain.delivery import DeliveryStatus
from distribution_core.ports.ledger import COUNT_MAX
from distribution_core.testing.ledger_contract import LedgerContract
from distribution_core.testing.memory_clock import MemoryClock
from tests.ledger.seeding import add_account, add_content, add_deliveries, add_grant, add_user, claim, release
from tests.ledger.sql_cases import SqlLedgerCases

pytestmark = pytest.mark.anyio


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
async def ledger(database_url: str, clock: MemoryClock) -> AsyncIterator[SqlLedger]:
    opened = SqlLedger.open(database_url, clock=clock.now)
    yield opened
    await opened.aclose()


class TestContract(LedgerContract):
    """What every ledger promises."""


class TestSqlCases(SqlLedgerCases):
    """What both databases hold beyond that."""


async def test_a_claim_passes_by_what_another_claims_now(ledger: SqlLedger) -> None:
    made = await add_deliveries(ledger, contents=4)
    async with ledger.begin() as slow:
        first = await slow.deliveries.claim("slow", limit=3, lease=timedelta(minutes=1))
        second = await claim(ledger, "quick")
    assert len(first) == 3
    assert {delivery.id for delivery in first} | {delivery.id for delivery in second} == set(made)


async def test_commits_are_durable_whatever_the_server_says(ledger: SqlLedger, database_url: str) -> None:
    name = database_url.rpartition("/")[2]
    async with ledger.engine.begin() as connection:
        await connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    await ledger.engine.dispose()
    async with ledger.engine.connect() as connection:
        assert (await connection.execute(text("SHOW synchronous_commit"))).scalar_one() == "off"
    async with ledger.begin() as tx:
        shown = await tx.users.unit.scalar(text("SHOW synchronous_commit"))  # type: ignore[attr-defined]
    assert shown == "on"


async def test_time_is_the_databases_own(database_url: str) -> None:
    ledger = SqlLedger.open(database_url)
    try:
        before = datetime.now(UTC)
        async with ledger.begin() as tx:
            now = tx.now
        assert before - timedelta(seconds=2) < now < datetime.now(UTC) + timedelta(seconds=2)
        assert now.tzinfo is UTC
    finally:
        await ledger.aclose()


async def test_it_works_behind_a_transaction_pooler(database_url: str) -> None:
    ledger = SqlLedger.open(database_url, prepare_threshold=None)
    try:
        await add_deliveries(ledger, contents=12)
        assert len(await claim(ledger)) == 12
        async with ledger.engine.connect() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM pg_prepared_statements"))).scalar_one() == 0
    finally:
        await ledger.aclose()


async def test_connections_that_the_server_closed_are_replaced(ledger: SqlLedger, postgres_server: str) -> None:
    await add_deliveries(ledger)
    database = ledger.engine.url.database
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as admin:
        closed = admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
        assert closed.rowcount > 0
    assert len(await claim(ledger)) == 1


async def test_two_who_count_at_once_do_not_both_take_the_last_place(ledger: SqlLedger) -> None:
    async with ledger.begin() as tx:
        user = await add_user(tx)

    async def upload(number: int) -> bool:
        async with ledger.begin() as tx:
            if (await tx.holdings.hold(user.id)).media >= 3:
                return False
            asset = MediaAsset(
                key=f"k{number}", kind=MediaKind.IMAGE, mime="image/png", size_bytes=1, sha256="0" * 64, width=1, height=1
            )
            await tx.media.add(StoredMedia(user_id=user.id, asset=asset, created_at=tx.now))
            return True

    assert sum(await asyncio.gather(*(upload(number) for number in range(12)))) == 3
    async with ledger.begin() as tx:
        assert (await tx.holdings.of_user(user.id)).media == 3


async def test_ten_thousand_of_one_user_do_not_hold_back_anothers_one(ledger: SqlLedger, clock: MemoryClock) -> None:
    """A worker that takes a hundred at a time has sent the single post with its first batch after it is due."""
    await _fan_out(ledger, 10_000)
    assert len(await claim(ledger)) == 100
    clock.advance(timedelta(seconds=5))
    (single,) = await _fan_out(ledger, 1)
    batch = await claim(ledger)
    assert single in {delivery.id for delivery in batch}
    assert len(batch) == 100, "and nobody's turn is wasted"
    async with ledger.engine.connect() as connection:
        await connection.execute(text("ANALYZE deliveries"))
        before = await _rows_read(connection)
    async with ledger.begin() as tx:
        await tx.deliveries.claim("worker", limit=100, lease=timedelta(minutes=1), platforms=["facebook"])
    async with ledger.engine.connect() as connection:
        read = await _rows_read(connection) - before
        assert 100 <= read < 1_000, "the line is not read to its end"


@pytest.mark.parametrize("place", ["0", "3600"], ids=["in turn", "ahead of its turn"])
async def test_what_is_due_is_found_in_its_turn_among_all_that_is_done_with(ledger: SqlLedger, place: str) -> None:
    """That few deliveries are open and few have a due time is one fact, which a planner may take for two."""
    await _fan_out(ledger, 30_000)
    async with ledger.engine.begin() as connection:
        done = (
            "UPDATE deliveries SET status = 'success', due_at = NULL, finished_at = now(), external_post_id = id::text"
            " WHERE id NOT IN (SELECT id FROM (SELECT id, row_number() OVER () AS n FROM deliveries) AS each WHERE n % 60 = 0)"
        )
        await connection.execute(text(done))
        await connection.execute(text(f"UPDATE deliveries SET place = {place}"))  # noqa: S608
    async with ledger.engine.connect() as connection:
        await connection.execute(text("ANALYZE deliveries"))
        before = await _rows_read(connection)
    async with ledger.begin() as tx:
        claimed = await tx.deliveries.claim("worker", limit=100, lease=timedelta(minutes=1), platforms=["facebook"])
    async with ledger.engine.connect() as connection:
        read = await _rows_read(connection) - before
    assert len(claimed) == 100
    assert 100 <= read < 400, "what comes later in the line is not read"


async def test_what_is_rare_is_counted_without_a_look_at_all_the_rest(ledger: SqlLedger) -> None:
    await _fan_out(ledger, 30_000)
    async with ledger.engine.begin() as connection:
        done = "UPDATE deliveries SET status = 'success', due_at = NULL, finished_at = now(), external_post_id = id::text"
        await connection.execute(text(done))
    async with ledger.engine.connect() as connection:
        await connection.execute(text("ANALYZE deliveries"))
        before = await _rows_read(connection)
    async with ledger.begin() as tx:
        counted = (await tx.workers.stats()).by_status
    async with ledger.engine.connect() as connection:
        read = await _rows_read(connection) - before
    assert counted == dict.fromkeys(DeliveryStatus, 0) | {DeliveryStatus.SUCCESS: COUNT_MAX}
    assert read < COUNT_MAX + 100


async def test_unlinking_that_was_left_is_found_among_a_hundred_thousand_accounts(ledger: SqlLedger) -> None:
    async with ledger.begin() as tx:
        user = await add_user(tx)
        grant = await add_grant(tx, user)
        model, *left = [await add_account(tx, user, grant_id=grant.id) for _ in range(4)]
    row = to_row(model)
    others = ", ".join(name for name in row if name not in ("id", "external_account_id"))
    crowd = (
        f"INSERT INTO social_accounts (id, external_account_id, {others}) SELECT gen_random_uuid(), 'page-' || number, {others}"  # noqa: S608
        f" FROM social_accounts, generate_series(1, 100000) AS number WHERE id = '{model.id}'"
    )
    ids = ", ".join(f"'{each.id}'" for each in left)
    async with ledger.engine.begin() as connection:
        await connection.execute(text(crowd))
        await connection.execute(text(f"UPDATE social_accounts SET unlinked_at = now() WHERE id IN ({ids})"))  # noqa: S608
        await connection.execute(text("ANALYZE social_accounts"))
    plan: list[str] = []

    def explain(connection: Connection, cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith("SELECT social_accounts.id"):
            plan.extend(step[0] for step in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))

    event.listen(ledger.engine.sync_engine, "before_cursor_execute", explain)
    async with ledger.begin() as tx:
        assert set(await tx.upkeep.half_unlinked(10)) == {each.id for each in left}
    steps = "\n".join(plan)
    assert "ix_social_accounts_half_unlinked" in steps, steps
    assert "Seq Scan on social_accounts" not in steps, steps


async def _fan_out(ledger: SqlLedger, accounts: int) -> tuple[UUID, ...]:
    """Deliveries of a new user with so many accounts, due now."""
    async with ledger.begin() as tx:
        user = await add_user(tx)
        model = await add_account(tx, user)
        row = to_row(model)
        rows = [row | {"id": uuid4(), "external_account_id": f"page-{number}"} for number in range(accounts - 1)]
        await tx.users.unit.insert_all(social_accounts, rows)  # type: ignore[attr-defined]
        return await release(tx, await add_content(tx, user))


async def _rows_read(connection: AsyncConnection) -> int:
    # Its own counts a connection hands in at the end of a transaction, and the pool has but this one connection.
    await connection.execute(text("SELECT pg_stat_force_next_flush()"))
    await connection.commit()
    read = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'deliveries'"
    return int((await connection.execute(text(read))).scalar_one())
