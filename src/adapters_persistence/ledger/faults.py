"""The database's errors: told apart by whether it is merely away, and never with a row's values in them."""

import sqlite3
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from distribution_core.domain.errors import LedgerUnavailableError

# SQLSTATE classes and codes after which the same request may go well: connection, resources, shutdown, rolled back.
_AWAY = ("08", "53", "57P", "58", "40001", "40P01", "55P03", "57014", "25006")
_SQLITE_AWAY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_READONLY")
_WORDS_MAX = 200


def hide_row_values(engine: Engine) -> None:
    """PostgreSQL's DETAIL shows the values of a row, e-mails among them: cut it off before anyone can log it."""
    event.listen(engine, "handle_error", _cut_detail)


def unavailable(error: BaseException) -> LedgerUnavailableError | None:
    """The error as one that passes, in words without a statement; None for any other."""
    if isinstance(error, PoolTimeoutError):
        return LedgerUnavailableError("no connection to the database came free")
    if isinstance(error, DBAPIError) and (error.connection_invalidated or _is_away(error)):
        return LedgerUnavailableError(_words(error.orig))
    return None


def _is_away(error: DBAPIError) -> bool:
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return str(getattr(error.orig, "sqlite_errorname", "")).startswith(_SQLITE_AWAY)
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state.startswith(_AWAY)


def _words(error: Any) -> str:
    return " ".join(str(error).split())[:_WORDS_MAX]


def cut_detail(error: BaseException) -> None:
    """The same for an error that passed SQLAlchemy by."""
    error.args = tuple(_cut(part) if isinstance(part, str) else part for part in error.args)


def _cut_detail(context: ExceptionContext) -> None:
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None:
            cut_detail(error)


def _cut(text: str) -> str:
    """Nothing after DETAIL is kept: a value may itself hold what looks like the next part."""
    return text.partition("\nDETAIL:")[0]
