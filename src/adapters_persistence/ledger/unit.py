"""What every repository works with: the transaction's connection, its time, and the few ways to run a statement."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from attrs import AttrsInstance, field, fields, frozen
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CursorResult,
    Executable,
    Row,
    RowMapping,
    Table,
    TextClause,
    Uuid,
    any_,
    cast,
    insert,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters_persistence.ledger.engine import Dialect
from adapters_persistence.ledger.recordset import Recordset
from adapters_persistence.ledger.rows import to_row
from adapters_persistence.ledger.trips import Asked, Rows, in_one_trip
from distribution_core.ports.ledger import DuplicateError

_COUNTED = {"preserve_rowcount": True}
_UNIQUE_SQLSTATE = "23505"
_SQLITE_UNIQUE = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")


@frozen(kw_only=True)
class Unit:
    """One transaction under way."""

    connection: AsyncConnection
    dialect: Dialect
    now: datetime
    _later: list[Asked] = field(factory=list, init=False, repr=False)

    async def rows(self, statement: Executable, given: Mapping[str, Any] | None = None) -> Sequence[RowMapping]:
        """`given`: the values of the statement's parameters."""
        return (await self._run(statement, given)).mappings().all()

    async def tuples(self, statement: Executable, given: Mapping[str, Any] | None = None) -> Sequence[Row[*tuple[Any, ...]]]:
        """The same, by place: for many rows, since names cost as much again."""
        return (await self._run(statement, given)).all()

    async def row(self, statement: Executable) -> RowMapping | None:
        return (await self._run(statement)).mappings().first()

    async def scalar(self, statement: Executable) -> Any:
        return (await self._run(statement)).scalar()

    async def change(self, statement: Executable, given: Mapping[str, Any] | None = None) -> int:
        """Run a write; how many rows it changed. SQLAlchemy forgets the count of an INSERT unless it is asked."""
        return (await self._run(statement, given, _COUNTED)).rowcount

    async def trip(self, *asked: Asked) -> Sequence[Rows]:
        """The rows of several statements in their order: in one trip on PostgreSQL, one after another on SQLite."""
        if self.dialect != "postgresql":
            return [[tuple(row) for row in await self.tuples(statement, given)] for statement, given in asked]
        before = self._put_off()
        return (await in_one_trip(self.connection, [*before, *asked]))[len(before) :]

    async def insert_all(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert new rows, all with the same columns, in one trip."""
        if self.dialect == "postgresql" and len(rows) > 1:
            new, inserted = _insert_of(table, tuple(rows[0]))
            await self._run(inserted, new.given(rows))
        elif rows:
            await self._run(insert(table), rows)

    async def insert_later(self, table: Table, values: Sequence[AttrsInstance]) -> None:
        """The same for values that meet no key of others, each field a column: on PostgreSQL they go along with the next trip, at
        the latest with the COMMIT."""
        if self.dialect != "postgresql":
            await self.insert_all(table, [to_row(value) for value in values])
        elif values:
            new, inserted = _insert_of(table, tuple(field.name for field in fields(type(values[0]))))
            self.later(inserted, new.given_values(values))

    def later(self, statement: TextClause, given: Mapping[str, Any]) -> None:
        """Put a write off whose outcome nobody waits for, on PostgreSQL."""
        self._later.append((statement, given))

    async def finish(self) -> None:
        """Write what was put off and commit, in one trip; where nothing was, the COMMIT is left to SQLAlchemy."""
        await self._flush(commit=True)

    async def _run(
        self,
        statement: Executable,
        given: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> CursorResult[*tuple[Any, ...]]:
        await self._flush()
        return await self.connection.execute(statement, given, execution_options=options)

    async def _flush(self, *, commit: bool = False) -> None:
        if self._later:
            await in_one_trip(self.connection, self._put_off(), commit=commit)

    def _put_off(self) -> Sequence[Asked]:
        asked = list(self._later)
        self._later.clear()
        return asked

    def among(self, column: ColumnElement[UUID], ids: Collection[UUID]) -> ColumnElement[bool]:
        """Whether the column holds one of the ids. One parameter on PostgreSQL: however many, it is one statement, planned
        once."""
        if self.dialect == "postgresql":
            return column == any_(cast(list(ids), ARRAY(Uuid)))
        return column.in_(ids)

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that knows ON CONFLICT, which both databases spell alike."""
        return postgresql.insert(table) if self.dialect == "postgresql" else sqlite.insert(table)

    async def insert_new(self, table: Table, values: Mapping[str, Any], what: str) -> None:
        """Insert a row. Raises DuplicateError for a taken key, and the transaction stays usable."""
        if not await self.change(self.insert(table).values(values).on_conflict_do_nothing()):
            raise DuplicateError(f"{what} is taken")

    async def change_unique(self, statement: Executable, what: str) -> int:
        """A write that may meet a taken unique key: DuplicateError then, and the transaction stays usable."""
        async with self.savepoint(what):
            return await self.change(statement)

    @asynccontextmanager
    async def savepoint(self, what: str) -> AsyncIterator[None]:
        """Writes that may meet a taken unique key: DuplicateError then, all of them undone, and the transaction stays
        usable."""
        await self._flush()
        try:
            async with self.connection.begin_nested():
                yield
        except IntegrityError as error:
            if not _is_unique_violation(error):
                raise
            raise DuplicateError(f"{what} is taken") from None


@cache
def _insert_of(table: Table, columns: tuple[str, ...]) -> tuple[Recordset, TextClause]:
    new, names = Recordset.of({name: table.c[name] for name in columns}), ", ".join(columns)
    return new, text(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {new.sql}")  # noqa: S608


def _is_unique_violation(error: IntegrityError) -> bool:
    cause = error.orig
    code = getattr(cause, "sqlstate", None)
    return code == _UNIQUE_SQLSTATE or getattr(cause, "sqlite_errorname", None) in _SQLITE_UNIQUE
