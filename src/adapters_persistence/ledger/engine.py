"""Engines for the two databases, set up so that what is committed stays, and claims never meet a busy error."""

import json
import time
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from sqlalchemy import URL, event, make_url
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters_persistence.ledger.faults import hide_row_values

Dialect = Literal["sqlite", "postgresql"]

FOLD = "simulcast_fold"
"""On SQLite, the function that gives text without regard to case."""

BUSY_TIMEOUT_S = 60
CONNECT_TIMEOUT_S = 5
PING_EVERY_S = 1.0
_ALIASES = {"postgres": "postgresql", "postgresql": "postgresql", "sqlite": "sqlite"}
_ASYNC_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
_SYNC_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


class DatabaseUrlError(ValueError):
    """The database URL can't be used; the message says what to do and holds no password."""


def dialect_of(database_url: str) -> Dialect:
    """Which of the two databases a URL names. Raises DatabaseUrlError."""
    return "sqlite" if _parsed(database_url)[0] == "sqlite" else "postgresql"


def async_url(database_url: str) -> URL:
    """`sqlite:///path` or `postgresql://...` with its asynchronous driver. Raises DatabaseUrlError."""
    name, url = _parsed(database_url)
    return url.set(drivername=_ASYNC_DRIVERS[name])


def sync_url(database_url: str) -> URL:
    """The same with its synchronous driver, which migrations use. Raises DatabaseUrlError."""
    name, url = _parsed(database_url)
    return url.set(drivername=_SYNC_DRIVERS[name])


def sqlite_engine(url: URL) -> AsyncEngine:
    """One connection: SQLite has one writer, and tasks of a process wait for it in order instead of polling."""
    engine = create_async_engine(
        url, pool_size=1, max_overflow=0, pool_timeout=BUSY_TIMEOUT_S, json_serializer=to_json_text, hide_parameters=True
    )
    engine.sync_engine.dialect.statement_compiler = _HintingCompiler
    hide_row_values(engine.sync_engine)
    event.listen(engine.sync_engine, "connect", _durable_sqlite)
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def postgres_engine(url: URL, *, pool_size: int, prepare_threshold: int | None) -> AsyncEngine:
    """`prepare_threshold` is the driver's: after how many times a statement is prepared, None for never."""
    engine = create_async_engine(
        url,
        isolation_level="READ COMMITTED",
        # All are kept: under load, to connect anew for each one beyond a smaller number costs more than the work it does.
        pool_size=2 * pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        # Those used last know their statements, and the others stay out of the way.
        pool_use_lifo=True,
        json_serializer=to_json_text,
        json_deserializer=msgspec.json.decode,
        hide_parameters=True,
        connect_args={"prepare_threshold": prepare_threshold, **_connect_limit(url)},
    )
    hide_row_values(engine.sync_engine)
    event.listen(engine.sync_engine, "connect", _read_times_as_utc)
    _ping_seldom(engine)
    return engine


class _UtcLoader(Loader):
    """A time with its zone as PostgreSQL writes it; the driver's own way, by the zone of the session, takes four times as
    long."""

    def load(self, data: Buffer) -> datetime:
        time = datetime.fromisoformat(str(data, "ascii"))
        return time if time.tzinfo is UTC else time.astimezone(UTC)


def _ping_seldom(engine: AsyncEngine) -> None:
    """A connection that has just answered is not asked whether it lives: that is a trip for each transaction."""
    dialect = engine.sync_engine.dialect
    ping, answered = dialect.do_ping, WeakKeyDictionary[Any, float]()

    def do_ping(connection: Any) -> bool:
        now, driver = time.monotonic(), connection.driver_connection
        if now - answered.get(driver, -PING_EVERY_S) < PING_EVERY_S:
            return True
        lives = ping(connection)
        answered[driver] = now
        return lives

    dialect.do_ping = do_ping  # type: ignore[assignment, method-assign]


def _read_times_as_utc(connection: DBAPIConnection, _: object) -> None:
    connection.driver_connection.adapters.register_loader("timestamptz", _UtcLoader)


def _connect_limit(url: URL) -> dict[str, int]:
    """A host that swallows packets must not hold a request for minutes; the URL may say otherwise."""
    return {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_TIMEOUT_S}


def to_json_text(value: Any) -> str:
    """JSON as the ledger stores it: ids as text. Raises TypeError for anything else that JSON doesn't know."""
    return json.dumps(value, default=_id_text, ensure_ascii=False, separators=(",", ":"))


def _id_text(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


class _HintingCompiler(SQLiteCompiler):
    """Passes `INDEXED BY` on, which SQLAlchemy's own compiler for SQLite leaves out."""

    def get_from_hint_text(self, table: object, text: str | None) -> str | None:
        return text


def _parsed(database_url: str) -> tuple[str, URL]:
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number; its text may hold part of a password
        raise DatabaseUrlError("the database URL can't be read; it is sqlite:///path or postgresql://user@host/name") from None
    name = _ALIASES.get(url.get_backend_name())
    if name is None:
        raise DatabaseUrlError(f"{url.get_backend_name()} is no database for the ledger; take sqlite:///path or postgresql://...")
    if name == "sqlite" and url.database in (None, "", ":memory:"):
        raise DatabaseUrlError("the ledger needs a file, not SQLite's memory: sqlite:///path")
    return name, url


def _folded(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _durable_sqlite(connection: DBAPIConnection, _: object) -> None:
    connection.isolation_level = None  # BEGIN is ours, and immediate
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}")
        cursor.execute("PRAGMA journal_mode")
        if cursor.fetchone() != ("wal",):
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # Its own lower() knows no letter beyond ASCII.
        connection.create_function(FOLD, 1, _folded, deterministic=True)
    finally:
        cursor.close()
