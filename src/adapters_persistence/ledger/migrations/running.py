"""Bring a database to the newest schema, and say which one it has. Synchronous: call it in a thread from a loop."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import NullPool

from adapters_persistence.ledger.engine import BUSY_TIMEOUT_S, dialect_of, sync_url
from adapters_persistence.ledger.faults import hide_row_values

_HERE = Path(__file__).parent
_LOCK_WAIT_S = 3
_LOCK_PAUSE_S = 2
_LOCK_TRIES = 60
_LOCK_ID = 0x53494D554C434153  # "SIMULCAS": one upgrade at a time in a PostgreSQL database


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the database to `revision`; others who try meanwhile wait, and then find it done. On PostgreSQL each revision is a
    transaction, and none waits long for a lock: what waits for a table holds up everybody else who wants it. One that could not
    have its lock is tried again, and what was done before it stays done. A missing SQLite file is made, with its folder.
    Raises DatabaseUrlError or the driver's own errors."""
    if dialect_of(database_url) == "sqlite":
        Path(str(sync_url(database_url).database)).parent.mkdir(parents=True, exist_ok=True)
    with _connected(database_url) as connection:
        if connection.dialect.name == "postgresql":
            _roll_forward(connection, revision)
        else:
            with connection.begin():
                command.upgrade(_config(connection), revision)


def _roll_forward(connection: Connection, revision: str) -> None:
    """Alone: whoever is through with it, or dies over it, gives the lock back with the connection."""
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK_ID})
    connection.execute(text(f"SET lock_timeout = '{_LOCK_WAIT_S}s'"))
    connection.commit()
    for tries_left in range(_LOCK_TRIES - 1, -1, -1):
        try:
            command.upgrade(_config(connection), revision)
        except OperationalError as error:
            connection.rollback()
            if not isinstance(error.orig, LockNotAvailable) or tries_left == 0:
                raise
            time.sleep(_LOCK_PAUSE_S)  # whoever was held up meanwhile goes first
        else:
            return


def current_revision(database_url: str) -> str | None:
    """The revision the database is at; None when it has no tables of ours. A missing SQLite file is not made."""
    if dialect_of(database_url) == "sqlite" and not Path(str(sync_url(database_url).database)).exists():
        return None
    with _connected(database_url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str:
    """The newest revision this program knows."""
    head = ScriptDirectory.from_config(_config(None)).get_current_head()
    if head is None:
        raise AssertionError("the package holds no migration")
    return head


def is_current(database_url: str) -> bool:
    """Whether the database is at the newest revision."""
    return current_revision(database_url) == head_revision()


async def is_behind(engine: AsyncEngine) -> bool:
    """Whether a migration that this program knows is still to be made. A database of a later version is not behind: its
    changes are made so that this program goes on. Raises what the driver raises when the database is away."""
    async with engine.connect() as connection:
        current = await connection.run_sync(lambda own: MigrationContext.configure(own).get_current_revision())
    script = ScriptDirectory.from_config(_config(None))
    known = {revision.revision for revision in script.walk_revisions()}
    return current is None or (current in known and current != script.get_current_head())


def _config(connection: Connection | None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _connected(database_url: str) -> Iterator[Connection]:
    url = sync_url(database_url)
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    hide_row_values(engine)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _set_up_sqlite(connection: object, _: object) -> None:
    # Foreign keys stay off here: a migration that rebuilds a table must be able to drop the old one.
    connection.isolation_level = None  # type: ignore[attr-defined]
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}")  # type: ignore[attr-defined]
