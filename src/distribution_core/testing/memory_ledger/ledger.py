"""One transaction at a time on a copy of all rows: kept when it ends well, forgotten when an exception leaves it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Self

from attrs import define, field

from distribution_core.ports import ledger as port
from distribution_core.ports.clock import Clock
from distribution_core.testing.memory_ledger.accounts import MemoryAccounts
from distribution_core.testing.memory_ledger.attempts import MemoryAttempts
from distribution_core.testing.memory_ledger.audit import MemoryAudit
from distribution_core.testing.memory_ledger.commits import MemoryCommits
from distribution_core.testing.memory_ledger.contents import MemoryContents
from distribution_core.testing.memory_ledger.deliveries import MemoryDeliveries
from distribution_core.testing.memory_ledger.grants import MemoryGrants
from distribution_core.testing.memory_ledger.idempotency import MemoryIdempotencyKeys
from distribution_core.testing.memory_ledger.link_intents import MemoryLinkIntents
from distribution_core.testing.memory_ledger.media import MemoryMediaAssets
from distribution_core.testing.memory_ledger.outbox import MemoryOutbox
from distribution_core.testing.memory_ledger.selections import MemorySelections
from distribution_core.testing.memory_ledger.sessions import MemorySessions
from distribution_core.testing.memory_ledger.state import State, Unit
from distribution_core.testing.memory_ledger.users import MemoryUsers
from distribution_core.testing.memory_ledger.workers import MemoryWorkers


@define
class MemoryTransaction:
    """All repositories on one copy of the rows."""

    users: port.Users
    sessions: port.Sessions
    link_intents: port.LinkIntents
    grants: port.Grants
    accounts: port.Accounts
    contents: port.Contents
    selections: port.Selections
    deliveries: port.Deliveries
    commits: port.Commits
    attempts: port.Attempts
    outbox: port.Outbox
    audit: port.Audit
    media: port.MediaAssets
    idempotency: port.IdempotencyKeys
    workers: port.Workers
    now: datetime

    @classmethod
    def of(cls, unit: Unit) -> Self:
        return cls(
            users=MemoryUsers(unit),
            sessions=MemorySessions(unit),
            link_intents=MemoryLinkIntents(unit),
            grants=MemoryGrants(unit),
            accounts=MemoryAccounts(unit),
            contents=MemoryContents(unit),
            selections=MemorySelections(unit),
            deliveries=MemoryDeliveries(unit),
            commits=MemoryCommits(unit),
            attempts=MemoryAttempts(unit),
            outbox=MemoryOutbox(unit),
            audit=MemoryAudit(unit),
            media=MemoryMediaAssets(unit),
            idempotency=MemoryIdempotencyKeys(unit),
            workers=MemoryWorkers(unit),
            now=unit.now,
        )


@define
class MemoryLedger:
    """Its time is the given clock's. It enforces unique keys but no foreign ones. A task that begins a transaction
    within its own gets RuntimeError, where SQLite would wait for itself."""

    _clock: Clock
    _state: State = field(factory=State, init=False, repr=False)
    _lock: asyncio.Lock = field(factory=asyncio.Lock, init=False, repr=False)
    _holder: asyncio.Task[Any] | None = field(default=None, init=False, repr=False)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[port.Transaction]:
        if self._holder is not None and self._holder is asyncio.current_task():
            raise RuntimeError("this task has a transaction open already")
        await asyncio.sleep(0)  # others get their turn where a database would make this task wait
        async with self._lock:
            self._holder = asyncio.current_task()
            try:
                rows = self._state.copy()
                yield MemoryTransaction.of(Unit(rows=rows, now=self._clock.now()))
                self._state = rows
            finally:
                self._holder = None
        await asyncio.sleep(0)


_: type[port.Ledger] = MemoryLedger
