"""The ledger on SQLite and PostgreSQL: one transaction at a time opens all repositories on one connection."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Self

from attrs import define, frozen
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters_persistence.ledger.accounts import SqlAccounts
from adapters_persistence.ledger.api_keys import SqlApiKeys
from adapters_persistence.ledger.attempts import SqlAttempts
from adapters_persistence.ledger.audit import SqlAudit
from adapters_persistence.ledger.batches import SqlBatches
from adapters_persistence.ledger.commits import SqlCommits
from adapters_persistence.ledger.contents import SqlContents
from adapters_persistence.ledger.dead_letters import SqlDeadLetters
from adapters_persistence.ledger.deliveries import SqlDeliveries
from adapters_persistence.ledger.engine import Dialect, async_url, dialect_of, postgres_engine, sqlite_engine
from adapters_persistence.ledger.farewells import SqlFarewells
from adapters_persistence.ledger.faults import unavailable
from adapters_persistence.ledger.grants import SqlGrants
from adapters_persistence.ledger.holdings import SqlHoldings
from adapters_persistence.ledger.idempotency import SqlIdempotencyKeys
from adapters_persistence.ledger.leftovers import SqlLeftovers
from adapters_persistence.ledger.limiter import SqlLimiter
from adapters_persistence.ledger.link_intents import SqlLinkIntents
from adapters_persistence.ledger.listing import SqlListing
from adapters_persistence.ledger.loads import SqlLoads
from adapters_persistence.ledger.media import SqlMediaAssets
from adapters_persistence.ledger.noticed import SqlNoticed
from adapters_persistence.ledger.outbox import SqlOutbox
from adapters_persistence.ledger.selections import SqlSelections
from adapters_persistence.ledger.sessions import SqlSessions
from adapters_persistence.ledger.setup import SqlSetup
from adapters_persistence.ledger.sign_ins import SqlSignIns
from adapters_persistence.ledger.sso_rounds import SqlSsoRounds
from adapters_persistence.ledger.trips import in_one_trip
from adapters_persistence.ledger.unit import Unit
from adapters_persistence.ledger.upkeep import SqlUpkeep
from adapters_persistence.ledger.users import SqlUsers
from adapters_persistence.ledger.workers import SqlWorkers
from adapters_persistence.ledger.wrappings import SqlWrappings
from distribution_core.ports import ledger as port
from distribution_core.ports.api_keys import ApiKeys
from distribution_core.ports.batches import Batches
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

# A server that is set to lose commits is overruled for the transaction; a stricter one (remote_apply) is left alone.
_POSTGRES_BEGIN = text(
    "SELECT clock_timestamp(), CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')"
    " THEN set_config('synchronous_commit', 'on', true) END"
)


@define
class SqlTransaction:
    """All repositories on one connection."""

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

    @classmethod
    def of(cls, unit: Unit) -> Self:
        return cls(
            users=SqlUsers(unit),
            sessions=SqlSessions(unit),
            sign_ins=SqlSignIns(unit),
            link_intents=SqlLinkIntents(unit),
            grants=SqlGrants(unit),
            accounts=SqlAccounts(unit),
            contents=SqlContents(unit),
            selections=SqlSelections(unit),
            deliveries=SqlDeliveries(unit),
            commits=SqlCommits(unit),
            batches=SqlBatches(unit),
            dead_letters=SqlDeadLetters(unit),
            attempts=SqlAttempts(unit),
            outbox=SqlOutbox(unit),
            audit=SqlAudit(unit),
            media=SqlMediaAssets(unit),
            idempotency=SqlIdempotencyKeys(unit),
            workers=SqlWorkers(unit),
            upkeep=SqlUpkeep(unit),
            leftovers=SqlLeftovers(unit),
            limiter=SqlLimiter(unit),
            loads=SqlLoads(unit),
            listing=SqlListing(unit),
            setup=SqlSetup(unit),
            farewells=SqlFarewells(unit),
            api_keys=SqlApiKeys(unit),
            noticed=SqlNoticed(unit),
            wrappings=SqlWrappings(unit),
            holdings=SqlHoldings(unit),
            sso_rounds=SqlSsoRounds(unit),
            now=unit.now,
        )


@frozen
class SqlLedger:
    """Open it in the event loop that uses it. Its time is the database's clock on PostgreSQL and this machine's on
    SQLite, read once the transaction has begun; a `clock` given to `open` replaces both."""

    engine: AsyncEngine
    dialect: Dialect
    _clock: Callable[[], datetime] | None = None

    @classmethod
    def open(
        cls,
        database_url: str,
        *,
        clock: Callable[[], datetime] | None = None,
        pool_size: int = 8,
        prepare_threshold: int | None = 1,
    ) -> Self:
        """A ledger on `sqlite:///path` or `postgresql://...`; it connects when first used, and creates no tables.

        Twice `pool_size` connections are taken at most, and kept; a statement is prepared after `prepare_threshold`
        times, None for never: both concern PostgreSQL only. Raises DatabaseUrlError."""
        dialect, url = dialect_of(database_url), async_url(database_url)
        if dialect == "sqlite":
            return cls(sqlite_engine(url), dialect, clock)
        return cls(postgres_engine(url, pool_size=pool_size, prepare_threshold=prepare_threshold), dialect, clock)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[port.Transaction]:
        """One transaction: committed at the end of the block, rolled back when an exception leaves it. Raises
        LedgerUnavailableError when the database is away."""
        try:
            async with self.engine.begin() as connection:
                now = await self._now(connection)
                unit = Unit(connection=connection, dialect=self.dialect, now=now)
                yield SqlTransaction.of(unit)
                await unit.finish()
        except SQLAlchemyError as error:
            away = unavailable(error)
            if away is None:
                raise
            raise away from error

    async def ping(self) -> None:
        """Raises LedgerUnavailableError when the database is away."""
        async with self.begin():
            pass

    async def aclose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    async def _now(self, connection: AsyncConnection) -> datetime:
        if self.dialect == "postgresql":
            # The driver's own BEGIN goes along.
            (((database_time, _),),) = await in_one_trip(connection, [(_POSTGRES_BEGIN, {})])
            return self._clock() if self._clock else database_time
        # SQLite's write lock is held by now: the engine sends BEGIN IMMEDIATE as the block is entered.
        return self._clock() if self._clock else datetime.now(UTC)


_: type[port.Ledger] = SqlLedger
