"""One transaction at a time on a copy of all rows: kept when it ends well, forgotten when an exception leaves it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from attrs import define, field

from distribution_core.ports import ledger as port
from distribution_core.ports.api_keys import ApiKeys
from distribution_core.ports.batches import Batches
from distribution_core.ports.clock import Clock
from distribution_core.ports.dead_letters import DeadLetters
from distribution_core.ports.farewell import Farewells
from distribution_core.ports.holdings import Holdings
from distribution_core.ports.keys import Wrappings
from distribution_core.ports.leftovers import Leftovers
from distribution_core.ports.limiter import Limiter
from distribution_core.ports.link_intents import LinkIntents
from distribution_core.ports.listing import Listing
from distribution_core.ports.loads import Loads
from distribution_core.ports.notices import Noticed
from distribution_core.ports.setup import Setup
from distribution_core.ports.sign_ins import SignIns
from distribution_core.ports.sso_rounds import SsoRounds
from distribution_core.ports.upkeep import Upkeep
from distribution_core.testing.memory_ledger.accounts import MemoryAccounts
from distribution_core.testing.memory_ledger.api_keys import MemoryApiKeys
from distribution_core.testing.memory_ledger.attempts import MemoryAttempts
from distribution_core.testing.memory_ledger.audit import MemoryAudit
from distribution_core.testing.memory_ledger.batches import MemoryBatches
from distribution_core.testing.memory_ledger.commits import MemoryCommits
from distribution_core.testing.memory_ledger.contents import MemoryContents
from distribution_core.testing.memory_ledger.dead_letters import MemoryDeadLetters
from distribution_core.testing.memory_ledger.deliveries import MemoryDeliveries
from distribution_core.testing.memory_ledger.farewells import MemoryFarewells
from distribution_core.testing.memory_ledger.grants import MemoryGrants
from distribution_core.testing.memory_ledger.holdings import MemoryHoldings
from distribution_core.testing.memory_ledger.idempotency import MemoryIdempotencyKeys
from distribution_core.testing.memory_ledger.leftovers import MemoryLeftovers
from distribution_core.testing.memory_ledger.limiter import MemoryLimiter
from distribution_core.testing.memory_ledger.link_intents import MemoryLinkIntents
from distribution_core.testing.memory_ledger.listing import MemoryListing
from distribution_core.testing.memory_ledger.loads import MemoryLoads
from distribution_core.testing.memory_ledger.media import MemoryMediaAssets
from distribution_core.testing.memory_ledger.noticed import MemoryNoticed
from distribution_core.testing.memory_ledger.outbox import MemoryOutbox
from distribution_core.testing.memory_ledger.selections import MemorySelections
from distribution_core.testing.memory_ledger.sessions import MemorySessions
from distribution_core.testing.memory_ledger.setup import MemorySetup
from distribution_core.testing.memory_ledger.sign_ins import MemorySignIns
from distribution_core.testing.memory_ledger.sso_rounds import MemorySsoRounds
from distribution_core.testing.memory_ledger.state import State, Unit
from distribution_core.testing.memory_ledger.upkeep import MemoryUpkeep
from distribution_core.testing.memory_ledger.users import MemoryUsers
from distribution_core.testing.memory_ledger.workers import MemoryWorkers
from distribution_core.testing.memory_ledger.wrappings import MemoryWrappings

_REPOSITORIES: dict[str, Callable[[Unit], Any]] = {
    "users": MemoryUsers,
    "sessions": MemorySessions,
    "sign_ins": MemorySignIns,
    "link_intents": MemoryLinkIntents,
    "grants": MemoryGrants,
    "accounts": MemoryAccounts,
    "contents": MemoryContents,
    "selections": MemorySelections,
    "deliveries": MemoryDeliveries,
    "commits": MemoryCommits,
    "batches": MemoryBatches,
    "dead_letters": MemoryDeadLetters,
    "attempts": MemoryAttempts,
    "outbox": MemoryOutbox,
    "audit": MemoryAudit,
    "media": MemoryMediaAssets,
    "idempotency": MemoryIdempotencyKeys,
    "workers": MemoryWorkers,
    "upkeep": MemoryUpkeep,
    "leftovers": MemoryLeftovers,
    "limiter": MemoryLimiter,
    "loads": MemoryLoads,
    "listing": MemoryListing,
    "setup": MemorySetup,
    "farewells": MemoryFarewells,
    "api_keys": MemoryApiKeys,
    "noticed": MemoryNoticed,
    "wrappings": MemoryWrappings,
    "holdings": MemoryHoldings,
    "sso_rounds": MemorySsoRounds,
}


class MemoryTransaction:
    """All repositories on one copy of the rows, each made when it is first asked for."""

    users: port.Users
    sessions: port.Sessions
    sign_ins: SignIns
    link_intents: LinkIntents
    grants: port.Grants
    accounts: port.Accounts
    contents: port.Contents
    selections: port.Selections
    deliveries: port.Deliveries
    commits: port.Commits
    batches: Batches
    dead_letters: DeadLetters
    attempts: port.Attempts
    outbox: port.Outbox
    audit: port.Audit
    media: port.MediaAssets
    idempotency: port.IdempotencyKeys
    workers: port.Workers
    upkeep: Upkeep
    leftovers: Leftovers
    limiter: Limiter
    loads: Loads
    listing: Listing
    setup: Setup
    farewells: Farewells
    api_keys: ApiKeys
    noticed: Noticed
    wrappings: Wrappings
    holdings: Holdings
    sso_rounds: SsoRounds
    now: datetime

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.now = unit.now

    def __getattr__(self, name: str) -> Any:
        make = _REPOSITORIES.get(name)
        if make is None:
            raise AttributeError(name)
        made = make(self._unit)
        setattr(self, name, made)
        return made


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
                yield MemoryTransaction(Unit(rows=rows, now=self._clock.now()))
                self._state = rows
            finally:
                self._holder = None
        await asyncio.sleep(0)


_: type[port.Ledger] = MemoryLedger
