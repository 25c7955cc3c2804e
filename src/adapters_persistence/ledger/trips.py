"""Several statements of PostgreSQL in one trip over the wire. SQLAlchemy waits for the answer to each, and under load the event
loop comes back to a transaction only after everybody else: a transaction takes as long as it has trips."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Select, TextClause
from sqlalchemy.dialects.postgresql import psycopg as driver_dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters_persistence.ledger.faults import cut_detail

Asked = tuple[TextClause | Select[Any], Mapping[str, Any]]
Rows = Sequence[tuple[Any, ...]]

_DIALECT = driver_dialect.dialect()  # type: ignore[no-untyped-call]


def id_array(ids: Iterable[UUID]) -> str:
    """Ids as the text of an array, to be cast to `uuid[]`: the driver's own way takes three times as long for each."""
    return f"{{{','.join([each.hex for each in ids])}}}"


async def in_one_trip(connection: AsyncConnection, asked: Sequence[Asked], *, commit: bool = False) -> Sequence[Rows]:
    """The rows of each statement, run in their order; the first that fails ends it all. `commit` ends the transaction with
    them. Raises what SQLAlchemy would."""
    driver = (await connection.get_raw_connection()).driver_connection
    if not isinstance(driver, psycopg.AsyncConnection):
        raise TypeError("only PostgreSQL takes several statements in one trip")
    try:
        return await _answers(driver, asked, commit)
    except psycopg.Error as error:
        cut_detail(error)
        broken = driver.broken or driver.closed
        if broken:
            await connection.invalidate(error)
        raise DBAPIError.instance(
            None, None, error, psycopg.Error, hide_parameters=True, connection_invalidated=broken, dialect=_DIALECT
        ) from None


async def _answers(driver: psycopg.AsyncConnection[Any], asked: Sequence[Asked], commit: bool) -> Sequence[Rows]:
    failed: psycopg.Error | None = None
    try:
        async with driver.pipeline():
            # Kept from the pipeline's own exit: that would log it, though it is raised.
            try:
                cursors = [await driver.execute(_spelt(statement), given) for statement, given in asked]
                if commit:
                    await driver.commit()
            except psycopg.Error as error:
                failed = error
    except psycopg.Error as error:
        failed = failed or error
    if failed:
        raise failed
    return [await cursor.fetchall() if cursor.description else () for cursor in cursors]


@lru_cache(maxsize=256)
def _spelt(statement: TextClause | Select[Any]) -> bytes:
    """As the driver takes it: its parameters are all given by name, and none is a list to be written out."""
    return str(statement.compile(dialect=_DIALECT)).encode()
