"""What the product tells of its work: ids on every log line, spans, an event and metrics for each attempt."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from attrs import asdict, field, frozen

from distribution_core.ports.telemetry import ATTEMPTED, Attempted, Telemetry
from shells.log_facts import logged_with
from shells.metrics import Counted
from shells.tracing import NoTracer, Tracer

log = logging.getLogger("simulcast.delivery")


@frozen
class ShellTelemetry:
    """Log lines within a span carry its facts. Attempts are counted, too."""

    counted: Counted
    tracer: Tracer = field(factory=NoTracer)

    def span(self, name: str, *, parent: str | None = None, **facts: object) -> AbstractContextManager[None]:
        # Every delivery passes here: where nobody traces, nothing is paid for it.
        return logged_with(facts) if isinstance(self.tracer, NoTracer) else self._traced(name, parent, facts)

    @contextmanager
    def _traced(self, name: str, parent: str | None, facts: Mapping[str, object]) -> Iterator[None]:
        with logged_with(facts), self.tracer.span(name, parent, {key: str(fact) for key, fact in facts.items()}):
            yield

    def spent(self, name: str, seconds: float, **facts: str) -> None:
        self.tracer.spent(name, seconds, facts)

    def traceparent(self) -> str | None:
        return self.tracer.traceparent()

    def attempted(self, attempted: Attempted) -> None:
        self.counted.attempted(attempted)
        if log.isEnabledFor(logging.INFO):
            log.info(ATTEMPTED, extra=asdict(attempted))


_: type[Telemetry] = ShellTelemetry
