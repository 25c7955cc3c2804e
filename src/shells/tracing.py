"""Traces, where they are wanted: OpenTelemetry over OTLP, with the extra `simulcast[otel]`."""

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from shells.settings import PREFIX, Settings, SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


class Tracer(Protocol):
    """What traces spans."""

    def span(self, name: str, parent: str | None, facts: Mapping[str, str]) -> AbstractContextManager[None]: ...
    def spent(self, name: str, seconds: float, facts: Mapping[str, str]) -> None: ...
    def traceparent(self) -> str | None: ...
    def close(self) -> None:
        """Send what is not sent yet. May wait for the network."""
        ...


class NoTracer:
    """Where no traces are wanted."""

    def span(self, name: str, parent: str | None, facts: Mapping[str, str]) -> AbstractContextManager[None]:
        return nullcontext()

    def spent(self, name: str, seconds: float, facts: Mapping[str, str]) -> None:
        return None

    def traceparent(self) -> str | None:
        return None

    def close(self) -> None:
        return None


@frozen
class OtelTracer:
    """Spans carry the facts that they are given and nothing else: an exception is told by its type, since its words may
    hold what nobody should read."""

    _provider: "TracerProvider"

    @contextmanager
    def span(self, name: str, parent: str | None, facts: Mapping[str, str]) -> Iterator[None]:
        from opentelemetry.trace import Status, StatusCode

        tracer = self._provider.get_tracer("simulcast")
        with tracer.start_as_current_span(
            name, context=_context_of(parent), attributes=_named(facts), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def spent(self, name: str, seconds: float, facts: Mapping[str, str]) -> None:
        ended = time.time_ns()
        began = ended - int(seconds * 1e9)
        span = self._provider.get_tracer("simulcast").start_span(name, start_time=began, attributes=_named(facts))
        span.end(ended)

    def traceparent(self) -> str | None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier)
        return carrier.get("traceparent")

    def close(self) -> None:
        self._provider.shutdown()


def open_tracer(settings: Settings) -> Tracer:
    """By SIMULCAST_TRACES_URL; what else OpenTelemetry's own variables say (OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER ...)
    holds. Raises SettingsError where the extra is missing."""
    if not settings.traces_url:
        return NoTracer()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SettingsError(f"{PREFIX}TRACES_URL: traces need the extra: pip install 'simulcast[otel]'") from None
    provider = TracerProvider(resource=Resource.create({"service.name": "simulcast"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.traces_url)))
    return OtelTracer(provider)


def _context_of(parent: str | None) -> Any:
    """None, for the current one, where there is no parent or no good one."""
    from opentelemetry.trace import get_current_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    if parent is None:
        return None
    context = TraceContextTextMapPropagator().extract({"traceparent": parent})
    return context if get_current_span(context).get_span_context().is_valid else None


def _named(facts: Mapping[str, str]) -> dict[str, str]:
    return {f"simulcast.{name}": value for name, value in facts.items()}


_no: type[Tracer] = NoTracer
_otel: type[Tracer] = OtelTracer
