"""Several statements of PostgreSQL in one trip: in their order, all or nothing, and with the errors of any other statement."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import psycopg
import pytest
from attrs import evolve
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from adapters_persistence.ledger.ledger import SqlLedger
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.errors import LedgerUnavailableError
from distribution_core.domain.events import EventKind, OutboxEvent
from distribution_core.ports.ledger import Transaction

pytestmark = pytest.mark.anyio

_PID = text("SELECT pg_backend_pid()")


@pytest.fixture
async def ledger(postgres_url: str) -> AsyncIterator[SqlLedger]:
    opened = SqlLedger.open(postgres_url)
    yield opened
    await opened.aclose()


def _unit(tx: Transaction) -> Unit:
    unit: Unit = tx.outbox.unit  # type: ignore[attr-defined]
    return unit


def _event(tx: Transaction) -> OutboxEvent:
    return OutboxEvent(
        id=uuid4(), kind=EventKind.DELIVERY_CHANGED, user_id=uuid4(), subject_id=uuid4(), created_at=tx.now, sent_at=None
    )


async def _unsent(ledger: SqlLedger) -> int:
    async with ledger.begin() as tx:
        return len(await tx.outbox.unsent(10))


async def test_each_statement_has_its_own_rows_and_sees_what_was_done_before_it(ledger: SqlLedger) -> None:
    async with ledger.begin() as tx:
        first, made, last = await _unit(tx).trip(
            (text("SELECT number FROM generate_series(1, :most) AS number"), {"most": 3}),
            (text("CREATE TEMPORARY TABLE seen ON COMMIT DROP AS SELECT 7 AS number"), {}),
            (text("SELECT number FROM seen"), {}),
        )
    assert ([row[0] for row in first], list(made), [row[0] for row in last]) == ([1, 2, 3], [], [7])


async def test_what_is_put_off_is_seen_by_the_next_statement_and_written_with_the_commit(ledger: SqlLedger) -> None:
    async with ledger.begin() as tx:
        event = _event(tx)
        await tx.outbox.add(event)
        assert [each.id for each in await tx.outbox.unsent(10)] == [event.id]
        await tx.outbox.add(_event(tx))
        assert await _unsent(ledger) == 0, "nobody else sees any of it yet"
    assert await _unsent(ledger) == 2


async def test_a_transaction_that_fails_writes_nothing_that_it_put_off(ledger: SqlLedger) -> None:
    async def fail() -> None:
        async with ledger.begin() as tx:
            await tx.outbox.add(_event(tx))
            raise ValueError("no more of it")

    with pytest.raises(ValueError, match="no more"):
        await fail()
    assert await _unsent(ledger) == 0


async def test_a_statement_that_fails_undoes_its_trip_and_shows_no_row(ledger: SqlLedger) -> None:
    async def add_twice() -> None:
        async with ledger.begin() as tx:
            event = evolve(_event(tx), id=UUID(int=7))
            await tx.outbox.add(event, _event(tx))
            await tx.outbox.add(event)

    with pytest.raises(IntegrityError) as error:
        await add_twice()
    assert str(UUID(int=7)) not in str(error.value)
    assert "duplicate key" in str(error.value)
    assert await _unsent(ledger) == 0


async def test_a_connection_that_the_server_ends_is_the_ledgers_absence_and_no_other_is_hurt(
    ledger: SqlLedger, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def be_ended() -> None:
        async with ledger.begin() as tx:
            (((pid,),),) = await _unit(tx).trip((_PID, {}))
            async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as other:
                await other.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))  # and waits until it is gone
            await _unit(tx).trip((text("SELECT pg_sleep(5)"), {}))

    with pytest.raises(LedgerUnavailableError):
        await be_ended()
    assert await _unsent(ledger) == 0
    assert not [line for line in caplog.records if line.name == "psycopg"], "what is raised is not logged as well"


async def test_a_trip_that_is_broken_off_leaves_a_ledger_that_works(ledger: SqlLedger) -> None:
    async def be_broken_off() -> None:
        async with asyncio.timeout(0.2), ledger.begin() as tx:
            await tx.outbox.add(_event(tx))
            await _unit(tx).trip((text("SELECT pg_sleep(30)"), {}), (text("SELECT 1"), {}))

    with pytest.raises(TimeoutError):
        await be_broken_off()
    async with asyncio.timeout(10):
        for _ in range(20):  # whichever connection the pool gives
            assert await _unsent(ledger) == 0
