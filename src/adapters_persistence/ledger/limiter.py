"""Breakers and windows of quotas, which all workers share, and what is held back for their sake."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from attrs import frozen
from sqlalchemy import Column, Table, TextClause, bindparam, or_, select, text, tuple_, update

from adapters_persistence.ledger.recordset import Recordset
from adapters_persistence.ledger.rows import from_tuples, to_row
from adapters_persistence.ledger.tables import breakers, deliveries, outbound_windows, workers
from adapters_persistence.ledger.unit import Unit
from distribution_core.domain.breaker import Breaker
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.quota import Window
from distribution_core.ports.limiter import POLLING, BreakerKey, Standing, WindowKey

_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_WINDOW_KEY = (
    outbound_windows.c.platform,
    outbound_windows.c.app,
    outbound_windows.c.name,
    outbound_windows.c.account,
)
_BREAKER_KEY = (breakers.c.platform, breakers.c.app)
_BACK = Recordset.of({name: deliveries.c[name] for name in ("id", "due_at", "wait_reason")})
_HOLD_BACK = text(
    "UPDATE deliveries SET due_at = new.due_at, wait_reason = new.wait_reason, lease_owner = NULL,"  # noqa: S608
    f" lease_until = NULL, updated_at = :now FROM {_BACK.sql}"
    " WHERE deliveries.id = new.id"
)


@frozen
class SqlLimiter:
    unit: Unit

    async def standing(self) -> Standing:
        column = outbound_windows.c
        # Literals, not parameters, so that the partial indexes serve it.
        shown = or_(column.account == text("''"), column.blocked_until.is_not(None) & (column.blocked_until > self.unit.now))
        known = _breakers(await self.unit.tuples(select(breakers)))
        windows = _windows(await self.unit.tuples(select(outbound_windows).where(shown)))
        polling = await self.unit.rows(select(workers.c.serves).where(workers.c.polled_at > self.unit.now - POLLING))
        served = tuple(None if row["serves"] is None else frozenset(row["serves"].split()) for row in polling)
        return Standing(breakers=known, windows=windows, polling=served)

    async def hold(self, breakers: Collection[BreakerKey], windows: Collection[WindowKey]) -> Standing:
        # In one order, breakers first, so that two who hold several never wait for each other.
        return Standing(breakers=await self._held_breakers(breakers), windows=await self._held_windows(windows))

    async def put(self, standing: Standing) -> None:
        known = [_breaker_names(key) | to_row(breaker) for key, breaker in standing.breakers.items()]
        await self._put(breakers, _BREAKER_KEY, sorted(known, key=_in_order(_BREAKER_KEY)))
        used = [_window_names(key) | _row(window) for key, window in standing.windows.items()]
        await self._put(outbound_windows, _WINDOW_KEY, sorted(used, key=_in_order(_WINDOW_KEY)))

    async def hold_back(self, deliveries: Sequence[Delivery]) -> None:
        rows = [{"id": each.id, "due_at": each.due_at, "wait_reason": each.wait_reason} for each in deliveries]
        if self.unit.dialect != "postgresql":
            await self._hold_back_each(rows)
            return
        self.unit.later(_HOLD_BACK, {**_BACK.given(rows), "now": self.unit.now})

    async def _hold_back_each(self, rows: Sequence[Mapping[str, Any]]) -> None:
        held = (
            update(deliveries)
            .where(deliveries.c.id == bindparam("its_id"))
            .values(
                due_at=bindparam("its_due_at"),
                wait_reason=bindparam("its_reason"),
                lease_owner=None,
                lease_until=None,
                updated_at=self.unit.now,
            )
        )
        given = [{"its_id": row["id"], "its_due_at": row["due_at"], "its_reason": row["wait_reason"]} for row in rows]
        await self.unit.connection.execute(held, given)

    async def _held_breakers(self, keys: Collection[BreakerKey]) -> dict[BreakerKey, Breaker]:
        rows = await self._held(breakers, _BREAKER_KEY, [_breaker_names(key) for key in keys], to_row(Breaker()))
        return _breakers(rows)

    async def _held_windows(self, keys: Collection[WindowKey]) -> dict[WindowKey, Window]:
        rows = await self._held(outbound_windows, _WINDOW_KEY, [_window_names(key) for key in keys], _row(Window()))
        return _windows(rows)

    async def _held(
        self, table: Table, key: Sequence[Column[Any]], names: Sequence[Mapping[str, Any]], blank: Mapping[str, Any]
    ) -> Sequence[Sequence[Any]]:
        """Rows of these keys, locked, and made where they were missing; by place, the key first."""
        if not names:
            return ()
        wanted = sorted(names, key=_in_order(key))
        rows = await self._locked(table, key, wanted)
        if len(rows) < len(wanted):
            await self._insert(table, key, [{**each, **blank} for each in wanted], "DO NOTHING")
            rows = await self._locked(table, key, wanted)
        return rows

    async def _locked(
        self, table: Table, key: Sequence[Column[Any]], wanted: Sequence[Mapping[str, Any]]
    ) -> Sequence[Sequence[Any]]:
        if self.unit.dialect != "postgresql":
            chosen = tuple_(*key).in_([tuple(each[column.name] for column in key) for each in wanted])
            return await self.unit.tuples(select(table).where(chosen).order_by(*key))
        new, locked = _lock_of(table, tuple(key))
        (rows,) = await self.unit.trip((locked, new.given(wanted)))
        return rows

    async def _put(self, table: Table, key: Sequence[Column[Any]], rows: Sequence[Mapping[str, Any]]) -> None:
        changed = ", ".join(f"{column.name} = excluded.{column.name}" for column in table.c if not column.primary_key)
        await self._insert(table, key, rows, f"DO UPDATE SET {changed}")

    async def _insert(self, table: Table, key: Sequence[Column[Any]], rows: Sequence[Mapping[str, Any]], conflict: str) -> None:
        """`conflict`: what to do where a row of its key is there."""
        if not rows:
            return
        if self.unit.dialect != "postgresql":
            await self._insert_each(table, key, rows, update=conflict != "DO NOTHING")
            return
        new, made = _insert_of(table, tuple(key), conflict)
        self.unit.later(made, new.given(rows))

    async def _insert_each(
        self, table: Table, key: Sequence[Column[Any]], rows: Sequence[Mapping[str, Any]], *, update: bool
    ) -> None:
        new = self.unit.insert(table)
        changed = {column.name: new.excluded[column.name] for column in table.c if not column.primary_key}
        made = new.on_conflict_do_update(index_elements=list(key), set_=changed) if update else new.on_conflict_do_nothing()
        await self.unit.connection.execute(made, list(rows))


@cache
def _lock_of(table: Table, key: tuple[Column[Any], ...]) -> tuple[Recordset, TextClause]:
    new, names = Recordset.of({column.name: column for column in key}), _names(key)
    return new, text(
        f"SELECT {_names(table.c)} FROM {new.sql} JOIN {table.name} USING ({names})"  # noqa: S608
        f" ORDER BY {names} FOR UPDATE OF {table.name}"
    )


@cache
def _insert_of(table: Table, key: tuple[Column[Any], ...], conflict: str) -> tuple[Recordset, TextClause]:
    new, names = Recordset.of({column.name: column for column in table.c}), _names(table.c)
    return new, text(
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {new.sql} ON CONFLICT ({_names(key)}) {conflict}"  # noqa: S608
    )


def _names(columns: Iterable[Column[Any]]) -> str:
    return ", ".join(column.name for column in columns)


def _in_order(key: Sequence[Column[Any]]) -> Callable[[Mapping[str, Any]], tuple[str, ...]]:
    """In one order, so that two who hold or make several never wait for each other."""
    return lambda row: tuple(row[column.name] for column in key)


def _breaker_names(key: BreakerKey) -> dict[str, Any]:
    return {"platform": key.platform, "app": key.app}


def _window_names(key: WindowKey) -> dict[str, Any]:
    return {"platform": key.platform, "app": key.app, "name": key.name, "account": key.account}


def _breakers(rows: Sequence[Sequence[Any]]) -> dict[BreakerKey, Breaker]:
    """Of whole rows of the table."""
    known = from_tuples(rows, Breaker, breakers.c.keys())
    return {BreakerKey(platform=platform, app=app): each for (platform, app, *_), each in zip(rows, known, strict=True)}


def _windows(rows: Iterable[Sequence[Any]]) -> dict[WindowKey, Window]:
    """Of whole rows of the table."""
    return {
        WindowKey(platform=platform, app=app, name=name, account=account): _window(*used)
        for platform, app, name, account, *used in rows
    }


def _window(day: datetime | None, used: int, recent: Sequence[int], blocked_until: datetime | None) -> Window:
    uses = tuple(_UNIX + at * _MICROSECOND for at in recent)
    return Window(day=day, used=used, recent=uses, blocked_until=blocked_until)


def _row(window: Window) -> dict[str, Any]:
    recent = [(at - _UNIX) // _MICROSECOND for at in window.recent]
    return {"day": window.day, "used": window.used, "recent": recent, "blocked_until": window.blocked_until}
