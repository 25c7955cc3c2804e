"""One trace from the request that saved a content, through the queue, to the platforms' calls; and no secret in it."""

import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from shells.cli.demonstration.visitor import CONSENTS
from shells.metrics import Counted
from shells.settings import Settings, SettingsError
from shells.telemetry import ShellTelemetry
from shells.tracing import NoTracer, OtelTracer, open_tracer
from tests.collector import Collector, collector
from tests.operations.lines import parsed, written
from tests.running import PASSWORD, running_stack
from tests.web.test_leaks import APP_SECRETS, tokens_in

__all__ = ["collector"]  # a fixture that is made elsewhere
CANARY = "canary-77aa"


@pytest.mark.timeout(240)
def test_a_workers_spans_continue_the_requests_trace(tmp_path: Path, collector: Collector) -> None:
    settings = {"SIMULCAST_TRACES_URL": collector.url, "SIMULCAST_SERVE_WITHOUT_WORKER": "1"}
    with running_stack(tmp_path, OTEL_EXPORTER_OTLP_COMPRESSION="none", **settings) as running:
        worker = subprocess.Popen(
            [sys.executable, "-c", "from shells.cli.main import main; main()", "worker"],
            env=running.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            visitor = running.visitor()
            for consent in CONSENTS:
                visitor.link(consent)
            running.faults({"platform": "facebook", "call": "update", "kind": "drop_after", "count": 1})
            saved = visitor.save(body=f"Traced {CANARY}")
            outcome = visitor.outcomes([saved["id"]], timeout_s=90, progress=lambda done, total: None)[saved["id"]]
            cookies = [value.encode() for name, value in visitor._client.cookies.items() if "csrf" not in name]
            visitor.close()
        finally:
            worker.terminate()
            assert worker.wait(timeout=60) == 0
    spans = collector.spans
    (request,) = [
        span
        for span in spans
        if span["name"] == "request POST" and any(s["trace"] == span["trace"] and s["name"] == "publish" for s in spans)
    ]
    ours = [span for span in spans if span["trace"] == request["trace"]]
    names = {span["name"] for span in ours}
    assert {"request POST", "select", "publish", "prepare", "commit", "reconcile", "HTTP POST"} <= names
    assert any(span["name"] == "claim" for span in spans)
    published = {span["facts"]["delivery_id"] for span in ours if span["name"] == "publish"}  # type: ignore[index]
    assert published == {delivery["id"] for delivery in outcome["deliveries"]}
    by_id = {span["id"]: span for span in ours}
    for span in ours:
        if span["name"] in ("prepare", "commit", "reconcile"):
            assert by_id[span["parent"]]["name"] == "publish"
        if span["name"] == "HTTP POST":
            assert by_id[span["parent"]]["name"] in ("prepare", "commit", "reconcile", "publish")
            assert set(span["facts"]) == {"host", "status"}  # type: ignore[call-overload]
    everything = b"".join(collector.bodies)
    key = running.environment["SIMULCAST_KEY"].encode()
    for secret in [*APP_SECRETS, *cookies, key, PASSWORD.reveal().encode(), CANARY.encode(), b"@example.com"]:
        assert secret not in everything, secret[:8]
    assert tokens_in(everything) == []


def _tracer() -> tuple[OtelTracer, InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return OtelTracer(provider), exporter


def test_an_exceptions_words_stay_out_of_a_span() -> None:
    tracer, exporter = _tracer()
    telemetry = ShellTelemetry(Counted.create(), tracer)
    with pytest.raises(ValueError, match=CANARY), telemetry.span("publish", delivery_id="d"):
        raise ValueError(CANARY)
    (span,) = exporter.get_finished_spans()
    assert CANARY not in span.to_json()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "ValueError")
    assert not span.events


@pytest.mark.parametrize("parent", [None, "", "nonsense", "00-0-0-00", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_a_parent_that_is_none_begins_a_trace(parent: str | None) -> None:
    tracer, exporter = _tracer()
    with tracer.span("publish", parent, {}):
        assert tracer.traceparent() is not None
    assert exporter.get_finished_spans()[0].parent is None


def test_a_parent_is_continued() -> None:
    tracer, exporter = _tracer()
    with tracer.span("request", None, {}):
        parent = tracer.traceparent()
    with tracer.span("publish", parent, {}):
        tracer.spent("HTTP POST", 2.5, {"host": "h"})
    request, call, publish = exporter.get_finished_spans()
    assert publish.parent is not None
    assert call.parent is not None
    assert (publish.parent.span_id, publish.context.trace_id) == (request.context.span_id, request.context.trace_id)
    assert call.parent.span_id == publish.context.span_id
    assert (call.end_time or 0) - (call.start_time or 0) == 2_500_000_000


def test_nothing_is_traced_unless_it_is_wanted() -> None:
    tracer = open_tracer(Settings())
    assert isinstance(tracer, NoTracer)
    telemetry = ShellTelemetry(Counted.create(), tracer)
    with written() as stream, telemetry.span("publish", parent="x", delivery_id="d"):
        assert telemetry.traceparent() is None
    assert not parsed(stream.getvalue())


def test_a_missing_extra_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingsError, match=r"simulcast\[otel\]"):
        open_tracer(Settings(traces_url="http://127.0.0.1:4318/v1/traces"))
