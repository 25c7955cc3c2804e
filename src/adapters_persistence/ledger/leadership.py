"""The lead as a lock of a PostgreSQL session: it ends with the connection, so a dead leader is nobody's to look after."""

import asyncio

from attrs import define, field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters_persistence.ledger.engine import Dialect
from distribution_core.ports.leadership import Leadership

_LOCK = 0x53494D554C43
_TAKE = text("SELECT pg_try_advisory_lock(:lock)").bindparams(lock=_LOCK)
_CHECK = text("SELECT 1")
_PATIENCE_S = 5.0


@define
class SessionLeadership:
    """On SQLite, which one process has to itself, everybody leads."""

    engine: AsyncEngine
    dialect: Dialect
    _connection: AsyncConnection | None = field(default=None, init=False)

    async def holds(self) -> bool:
        if self.dialect != "postgresql":
            return True
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self._still() if self._connection is not None else await self._take()
        except Exception:
            await self.aclose()
            return False

    async def aclose(self) -> None:
        """Give the lead up. The connection is not for the pool: the lock would go there with it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                await connection.invalidate()
            finally:
                await connection.close()

    async def _take(self) -> bool:
        connection = await self.engine.connect()
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        self._connection = connection
        if await connection.scalar(_TAKE):
            return True
        self._connection = None
        await connection.close()
        return False

    async def _still(self) -> bool:
        if self._connection is None:
            return False
        await self._connection.execute(_CHECK)
        return True


_: type[Leadership] = SessionLeadership
