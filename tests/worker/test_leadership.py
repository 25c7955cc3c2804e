"""One leads, and when it is gone another does."""

import asyncio

import pytest
from sqlalchemy import text

from adapters_persistence.ledger.leadership import SessionLeadership
from adapters_persistence.ledger.ledger import SqlLedger

pytestmark = pytest.mark.anyio


async def test_one_leads_until_it_gives_up(postgres_url: str) -> None:
    first, second = _ledger(postgres_url), _ledger(postgres_url)
    one, other = SessionLeadership(first.engine, first.dialect), SessionLeadership(second.engine, second.dialect)
    assert await one.holds()
    assert not await other.holds()
    assert await one.holds(), "asked again, it still leads"
    await one.aclose()
    await _becomes(other, leading=True)
    assert not await one.holds()
    for each in (one, other):
        await each.aclose()
    for ledger in (first, second):
        await ledger.aclose()


async def test_a_leader_whose_connection_is_cut_leads_no_more(postgres_url: str) -> None:
    first, second = _ledger(postgres_url), _ledger(postgres_url)
    one, other = SessionLeadership(first.engine, first.dialect), SessionLeadership(second.engine, second.dialect)
    assert await one.holds()
    async with second.engine.connect() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )
    await _becomes(one, leading=False)
    await _becomes(other, leading=True)
    for each in (one, other):
        await each.aclose()
    for ledger in (first, second):
        await ledger.aclose()


async def test_on_sqlite_there_is_nobody_else(tmp_path: object) -> None:
    ledger = SqlLedger.open(f"sqlite:///{tmp_path}/ledger.db")
    assert await SessionLeadership(ledger.engine, ledger.dialect).holds()
    await ledger.aclose()


async def _becomes(leadership: SessionLeadership, *, leading: bool) -> None:
    """PostgreSQL hears of a connection's end, and of its order to end one, a moment later."""
    async with asyncio.timeout(10):
        while await leadership.holds() is not leading:  # noqa: ASYNC110 - PostgreSQL rings no bell
            await asyncio.sleep(0.01)


def _ledger(url: str) -> SqlLedger:
    return SqlLedger.open(url, pool_size=2)
