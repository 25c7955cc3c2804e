"""What this process counts for Prometheus, and the ledger's state as it was when last asked."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from typing import Self

from attrs import define, field, frozen
from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy.exc import SQLAlchemyError

from distribution_core.domain.delivery import DeliveryStatus
from distribution_core.domain.errors import LedgerUnavailableError
from distribution_core.domain.outcome import FailureKind
from distribution_core.ports.clock import Clock
from distribution_core.ports.ledger import Ledger, QueueStats
from distribution_core.ports.telemetry import Attempted
from distribution_core.usecases.limits_state import sendable

log = logging.getLogger(__name__)

WINDOWS: Mapping[str, timedelta] = {"24h": timedelta(hours=24), "7d": timedelta(days=7)}
CACHED_S = 10.0
READ_MAX_S = 5.0
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)
_ENDS = (DeliveryStatus.SUCCESS.value, DeliveryStatus.FAILED.value, DeliveryStatus.CANCELED.value)
_BREAKER_VALUES = {"closed": 0, "half_open": 1, "open": 2}

Breakers = Callable[[], Awaitable[Mapping[tuple[str, str], str]]]
"""The state of each circuit breaker (closed, half_open, open) by platform and app."""


async def no_breakers() -> Mapping[tuple[str, str], str]:
    """Where nothing keeps any."""
    return {}


@frozen(kw_only=True)
class Counted:
    """The counters and histograms of this process, in a registry of its own."""

    registry: CollectorRegistry
    attempts: Counter
    deliveries: Counter
    publish_seconds: Histogram
    queue_wait_seconds: Histogram
    request_seconds: Histogram
    _met: dict[tuple[str, str, str, bool], "_Met"] = field(factory=dict, init=False, repr=False)

    @classmethod
    def create(cls) -> Self:
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)

        def counter(name: str, told: str, *labels: str) -> Counter:
            return Counter(f"simulcast_{name}", told, labels, registry=registry)

        def histogram(name: str, told: str, *labels: str) -> Histogram:
            return Histogram(f"simulcast_{name}", told, labels, buckets=_SECONDS, registry=registry)

        return cls(
            registry=registry,
            attempts=counter("attempts", "Attempts that ended, by what came of them", "platform", "outcome", "failure_kind"),
            deliveries=counter("deliveries", "Deliveries that an attempt ended", "platform", "outcome"),
            publish_seconds=histogram("publish_seconds", "From taking a delivery to writing what came of it", "platform"),
            queue_wait_seconds=histogram("queue_wait_seconds", "How long deliveries were due before they were taken", "platform"),
            request_seconds=histogram("http_request_seconds", "HTTP requests answered", "method", "route", "status"),
        )

    def begin(self, platforms: Iterable[str]) -> None:
        """What is watched for its increase is there from the start: a series that appears with its first count shows none."""
        for platform in platforms:
            for outcome in _ENDS:
                self.deliveries.labels(platform, outcome)
            self.attempts.labels(platform, DeliveryStatus.FAILED.value, FailureKind.UNCONFIRMED.value)

    def attempted(self, attempted: Attempted) -> None:
        # To find a child by its labels takes longer than to count, and there are few.
        labels = (attempted.platform, attempted.outcome, attempted.failure_kind or "")
        met = self._met.get((*labels, attempted.final))
        if met is None:
            met = self._met[*labels, attempted.final] = _Met(
                attempts=self.attempts.labels(*labels),
                publish_seconds=self.publish_seconds.labels(attempted.platform),
                queue_wait_seconds=self.queue_wait_seconds.labels(attempted.platform),
                deliveries=self.deliveries.labels(attempted.platform, attempted.outcome) if attempted.final else None,
            )
        met.attempts.inc()
        met.publish_seconds.observe(attempted.publish_s)
        met.queue_wait_seconds.observe(attempted.queue_wait_s)
        if met.deliveries is not None:
            met.deliveries.inc()


@frozen(kw_only=True)
class _Met:
    """The children that attempts of one kind are counted by."""

    attempts: Counter
    publish_seconds: Histogram
    queue_wait_seconds: Histogram
    deliveries: Counter | None


@frozen(kw_only=True)
class _Snapshot:
    stats: QueueStats
    expiring: Mapping[str, Mapping[str, int]]
    breakers: Mapping[tuple[str, str], str]


@define(eq=False)  # registries know it by identity
class LedgerGauges:
    """A few cheap questions to the ledger, asked at most each CACHED_S seconds however often and by whom it is scraped."""

    _ledger: Ledger
    _clock: Clock
    _breakers: Breakers = no_breakers
    _snapshot: _Snapshot | None = None
    _read_at: float | None = None
    _lock: asyncio.Lock = field(factory=asyncio.Lock)

    async def refresh(self) -> None:
        """Never raises: a ledger that is away shows as simulcast_ledger_up 0, and nothing else of it is shown."""
        async with self._lock:
            now = self._clock.monotonic()
            if self._read_at is not None and now - self._read_at < CACHED_S:
                return
            try:
                async with asyncio.timeout(READ_MAX_S):
                    self._snapshot = await self._read()
            except (LedgerUnavailableError, SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("the ledger's gauges could not be read", extra={"why": str(error)})
                self._snapshot = None
            self._read_at = now

    async def _read(self) -> _Snapshot:
        breakers = await self._breakers()
        async with self._ledger.begin() as tx:
            stats = await tx.workers.stats(sendable(breakers))
            expiring = {window: await tx.workers.expiring(within) for window, within in WINDOWS.items()}
        return _Snapshot(stats=stats, expiring=expiring, breakers=breakers)

    def collect(self) -> Iterable[Metric]:
        """As a prometheus collector, from the last snapshot."""
        snapshot = self._snapshot
        up = GaugeMetricFamily("simulcast_ledger_up", "Whether the ledger answered when last asked")
        up.add_metric([], float(snapshot is not None))
        yield up
        if snapshot is not None:
            yield from _queue(snapshot.stats)
            yield from _expiring(snapshot.expiring)
            yield from _breaker_states(snapshot.breakers)


def _gauge(name: str, told: str, value: float) -> Metric:
    gauge = GaugeMetricFamily(f"simulcast_{name}", told)
    gauge.add_metric([], value)
    return gauge


def _queue(stats: QueueStats) -> Iterable[Metric]:
    yield _gauge("due", "Deliveries that could be taken now; counting stops at 10000", stats.due)
    yield _gauge("oldest_due_seconds", "Queue lag: how long the oldest of them has been due", stats.oldest_due_age_s or 0.0)
    yield _gauge("outbox_unsent", "Events that wait in the outbox; counting stops at 10000", stats.outbox_unsent)
    if stats.last_poll_age_s is not None:
        yield _gauge("last_poll_seconds", "How long ago any worker last looked for work", stats.last_poll_age_s)
    told = "Deliveries in the ledger by status; counting stops at 10000"
    by_status = GaugeMetricFamily("simulcast_ledger_deliveries", told, labels=["status"])
    for status, count in sorted(stats.by_status.items()):
        by_status.add_metric([status.value], count)
    yield by_status


def _expiring(expiring: Mapping[str, Mapping[str, int]]) -> Iterable[Metric]:
    told = "Linked grants whose last token ends within the window"
    gauge = GaugeMetricFamily("simulcast_token_expiries", told, labels=["platform", "within"])
    for window, counts in expiring.items():
        for platform, count in sorted(counts.items()):
            gauge.add_metric([platform, window], count)
    yield gauge


def _breaker_states(states: Mapping[tuple[str, str], str]) -> Iterable[Metric]:
    told = "Circuit breaker by platform and app: 0 closed, 1 half open, 2 open"
    gauge = GaugeMetricFamily("simulcast_breaker_state", told, labels=["platform", "app"])
    for (platform, app), state in sorted(states.items()):
        gauge.add_metric([platform, app], _BREAKER_VALUES.get(state, 2))
    yield gauge


@frozen
class Metrics:
    """Everything at /metrics."""

    counted: Counted
    gauges: LedgerGauges

    @classmethod
    def of(cls, counted: Counted, gauges: LedgerGauges) -> Self:
        counted.registry.register(gauges)
        return cls(counted, gauges)

    async def exposition(self) -> bytes:
        """In Prometheus' text format. Never raises for a ledger that is away."""
        await self.gauges.refresh()
        return generate_latest(self.counted.registry)
