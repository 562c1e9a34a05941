"""A collector of traces for tests: OTLP over HTTP as a real one takes it, read with OpenTelemetry's own messages."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse


class Sent(NamedTuple):
    """A span as it arrived."""

    name: str
    trace: str
    id: str
    parent: str
    kind: str
    attributes: dict[str, Any]
    failed: bool
    resource: dict[str, Any]


class Collector:
    def __init__(self, port: int) -> None:
        self.port = port
        self.spans: list[Sent] = []
        self.bodies: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def take(self, path: str, body: bytes) -> None:
        assert path == "/v1/traces"
        self.bodies.append(body)
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            resource = _plain(group.resource.attributes)
            for scope in group.scope_spans:
                self.spans += [_sent(span, resource) for span in scope.spans]

    def named(self, name: str) -> list[Sent]:
        return [span for span in self.spans if span.name == name]

    def names(self) -> set[str]:
        return {span.name for span in self.spans}

    def below(self, parent: Sent) -> set[str]:
        """The names of the spans directly inside this one."""
        return {span.name for span in self.spans if span.parent == parent.id}

    def wait_for(self, name: str, seconds: float = 60.0, *, where: Callable[[Sent], bool] = lambda span: True) -> Sent:
        """The first span of this name. Spans are sent every two seconds."""
        deadline = time.monotonic() + seconds
        while True:
            if found := next((span for span in self.named(name) if where(span)), None):
                return found
            assert time.monotonic() < deadline, f"no {name!r} among {sorted(self.names())}"
            time.sleep(0.05)


def _plain(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value") or "string_value") for each in attributes}


def _sent(span: Any, resource: dict[str, Any]) -> Sent:
    kind = {2: "server", 3: "client"}.get(span.kind, "internal")
    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
    return Sent(span.name, *ids, kind, _plain(span.attributes), span.status.code == 2, resource)


@contextmanager
def collector() -> Iterator[Collector]:
    """Takes traces on a free port of 127.0.0.1 until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            here.take(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, *_args: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here = Collector(server.server_address[1])
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
