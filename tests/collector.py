"""A real OTLP receiver over HTTP, for tests of what is traced."""

import http.server
import threading
from collections.abc import Iterator

import pytest
from attrs import define, field
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@define
class Collector:
    """What was exported to it."""

    bodies: list[bytes] = field(factory=list)
    url: str = ""

    @property
    def spans(self) -> list[dict[str, object]]:
        return [
            {
                "name": span.name,
                "trace": span.trace_id,
                "id": span.span_id,
                "parent": span.parent_span_id,
                "facts": {fact.key.removeprefix("simulcast."): fact.value.string_value for fact in span.attributes},
                "seconds": (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
            }
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    found = Collector()

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    found.url = f"http://127.0.0.1:{server.server_port}/v1/traces"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()
