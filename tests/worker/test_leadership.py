"""One leads, and when it is gone another does."""

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
    assert await other.holds()
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
    assert not await one.holds()
    assert await other.holds()
    for each in (one, other):
        await each.aclose()
    for ledger in (first, second):
        await ledger.aclose()


async def test_on_sqlite_there_is_nobody_else(tmp_path: object) -> None:
    ledger = SqlLedger.open(f"sqlite:///{tmp_path}/ledger.db")
    assert await SessionLeadership(ledger.engine, ledger.dialect).holds()
    await ledger.aclose()


def _ledger(url: str) -> SqlLedger:
    return SqlLedger.open(url, pool_size=2)
