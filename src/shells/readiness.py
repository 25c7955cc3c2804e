"""Whether the product is well, component by component, and each reason why it is not fit to be relied on."""

import asyncio
import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import define, field, frozen
from sqlalchemy.exc import SQLAlchemyError

from distribution_core.domain.errors import LedgerUnavailableError
from distribution_core.ports.ledger import COUNT_MAX, QueueStats
from distribution_core.ports.platform import Ending
from distribution_core.ports.vault import VaultUnavailableError
from distribution_core.usecases.keys import key_report
from distribution_core.usecases.limits_state import breaker_states, sendable, unserved
from shells.wiring import Product

log = logging.getLogger(__name__)

POLL_AGE_MAX_S = 30.0
ANSWER_MAX_S = 8.0
CACHED_S = 1.0
KEYS_CACHED_S = 15.0
_KEYS_MAX_S = 3.0


@frozen(kw_only=True)
class Component:
    """One part. `code` names what is wrong (a heading of docs/operating.md); None when it is well, or `degraded`: hindered
    by something that is no illness of this product."""

    name: str
    words: str
    code: str | None = None
    degraded: bool = False

    def as_json(self) -> dict[str, Any]:
        status = "down" if self.code else "degraded" if self.degraded else "ok"
        return {"status": status, "words": self.words, **({"reason": self.code} if self.code else {})}


@frozen(kw_only=True)
class Health:
    """What was found. `alive`: the product works at all; `ready`: it can be relied on to send in time."""

    components: tuple[Component, ...]
    stats: QueueStats | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(part.code for part in self.components if part.code)

    @property
    def alive(self) -> bool:
        return not {"ledger_unreachable", "no_worker"} & set(self.reasons)

    @property
    def ready(self) -> bool:
        return not self.reasons

    @property
    def status(self) -> str:
        """`down`: nothing is sent; `degraded`: something is late, or a platform is out; else `ok`."""
        if not self.alive:
            return "down"
        return "degraded" if self.reasons or any(part.degraded for part in self.components) else "ok"


@define
class HealthCheck:
    """Asks the ledger, at most once in `cached_s` seconds: health is open to everybody, and no lever against the database.
    Once it was seen to be migrated it stays so: only a red answer is asked for again."""

    _product: Product
    cached_s: float = CACHED_S
    _migrated: bool = field(default=False, init=False)
    _found: tuple[float, Health] | None = field(default=None, init=False)
    _keys_found: tuple[float, Component] | None = field(default=None, init=False)
    _lock: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    async def examine(self) -> Health:
        """Never raises, and answers within ANSWER_MAX_S seconds of the question that it waits for."""
        async with self._lock:
            now = self._product.context.clock.monotonic()
            if self._found is None or now - self._found[0] >= self.cached_s:
                self._found = (now, await self._ask())
            return self._found[1]

    async def _ask(self) -> Health:
        try:
            async with asyncio.timeout(ANSWER_MAX_S):
                schema = await self._schema()
                if schema.code:
                    return Health(components=(_reached(), schema))
                breakers = await breaker_states(self._product.context)
                async with self._product.context.ledger.begin() as tx:
                    stats = await tx.workers.stats(sendable(breakers))
                    waiting = await unserved(tx)
                keys = await self._keys()
        except (LedgerUnavailableError, SQLAlchemyError, OSError, TimeoutError):
            return Health(components=(Component(name="database", words="can't be reached", code="ledger_unreachable"),))
        own = (self._queue(stats), _outbox(stats), _platforms(breakers), self._versions(), keys)
        parts = (_reached(), schema, _worker(stats, waiting), *own)
        return Health(components=parts, stats=stats)

    async def _schema(self) -> Component:
        if not self._migrated:
            self._migrated = not await self._product.ledger_is_behind()
        if self._migrated:
            return Component(name="schema", words="has every migration that this version needs")
        return Component(name="schema", words="lacks migrations of this version: run `simulcast migrate`", code="ledger_behind")

    def _versions(self) -> Component:
        ends = [ending.words for _, ending in endings(self._product)]
        return Component(name="versions", words=" ".join(ends) or "no version in use is near its end", degraded=bool(ends))

    async def _keys(self) -> Component:
        """Looked at more seldom than the rest: it counts every consent, and asks a service that may be elsewhere."""
        now = self._product.context.clock.monotonic()
        if self._keys_found is None or now - self._keys_found[0] >= KEYS_CACHED_S:
            self._keys_found = (now, await self._look_at_keys())
        return self._keys_found[1]

    async def _look_at_keys(self) -> Component:
        """Neither stops what is under way: tokens that were read lately are still at hand, the others wait."""
        try:
            async with asyncio.timeout(_KEYS_MAX_S):
                report = await key_report(self._product.context, self._product.keys)
        except (VaultUnavailableError, TimeoutError) as error:
            return Component(name="keys", words=f"can't be had: {str(error) or 'no answer in time'}", degraded=True)
        words = f"version {report.standing.version} of {report.standing.key_id} wraps since {report.since:%Y-%m-%d}"
        if key_overdue(self._product, report.since):
            return Component(name="keys", words=f"{words}: its rotation is overdue", degraded=True)
        return Component(name="keys", words=f"{words}; {report.left} data keys are under an older one" if report.left else words)

    def _queue(self, stats: QueueStats) -> Component:
        age, most = stats.oldest_due_age_s or 0.0, self._product.settings.ready_due_seconds_max
        words = f"{_number(stats.due)} due, the oldest for {age:.0f} s"
        return Component(name="queue", words=words, code="due_too_old") if age > most else Component(name="queue", words=words)


def key_overdue(product: Product, since: datetime) -> bool:
    """Whether the newest key version is older than its rotation period."""
    return product.context.clock.now() - since > timedelta(days=product.settings.key_rotation_days)


def endings(product: Product) -> list[tuple[str, Ending]]:
    """What platforms stop taking, each with its platform's id, as seen today."""
    today = product.context.clock.now().date()
    return [(platform.id, ending) for platform in product.context.platforms.values() for ending in platform.warnings(today)]


def warn_of_ends(product: Product) -> None:
    """A line for each, as a process starts; health says the same all the time."""
    for platform_id, ending in endings(product):
        log.warning(ending.words, extra={"platform": platform_id})


def _reached() -> Component:
    return Component(name="database", words="answers")


def _worker(stats: QueueStats, waiting: Collection[str]) -> Component:
    """`waiting`: the platforms of what is due that nobody serves."""
    age = stats.last_poll_age_s
    if age is None:
        return Component(name="worker", words="none has ever polled", code="no_worker")
    words = f"the last one polled {age:.0f} s ago"
    if age > POLL_AGE_MAX_S:
        return Component(name="worker", words=words, code="no_worker")
    if waiting:
        return Component(name="worker", words=f"{words}; nobody serves {', '.join(waiting)}", code="platform_unserved")
    return Component(name="worker", words=words)


def _outbox(stats: QueueStats) -> Component:
    return Component(name="outbox", words=f"{_number(stats.outbox_unsent)} unsent")


def _platforms(breakers: Mapping[tuple[str, str], str]) -> Component:
    """A platform that is out is not our illness: what waits for it is sent when it is back, and is not due until then."""
    shut = [f"{platform} ({app}): {state.replace('_', ' ')}" for (platform, app), state in breakers.items() if state != "closed"]
    words = f"breakers not closed: {', '.join(shut)}" if shut else "every breaker is closed"
    return Component(name="platforms", words=words, degraded=bool(shut))


def _number(count: int) -> str:
    return f"{count} or more" if count >= COUNT_MAX else str(count)
