"""Traces as OpenTelemetry's SDK makes them, sent over OTLP (HTTP, protobuf). Imported only where traces are on.

Requests, SQL and own spans are told of where they happen (vanguard.observability.tracing); Redis and outgoing HTTP by OpenTelemetry's own
instrumentation. Spans wait in a queue of bounded length, and a thread of the SDK's sends them: a collector that is away, or does not
answer, costs spans and nothing else.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Token
from functools import lru_cache
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.db import connections
from django.db.backends.signals import connection_created
from opentelemetry import context as trace_context
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.propagate import set_global_textmap
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Decision, ParentBased, Sampler, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from vanguard import context
from vanguard.observability.cleaning import Cleaning
from vanguard.observability.redaction import scrub_text
from vanguard.observability.tracing import Attributes, statement

SERVICE = "vanguardai"
QUEUE, BATCH = 2048, 512
SEND_EVERY_MS = 2000
# For so long a batch may take to be taken; and a worker that ends, to send what it has.
SEND_SECONDS, STOP_SECONDS = 5.0, 3.0
SERVER_ERROR = 500
LONGEST_SQL = 2000
LITERALS = re.compile(r"'(?:[^']|'')*'|\b\d{5,}\b")
WORD = re.compile(r"\w+")
TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+"?(\w+)"?')
CARRIED = ("traceparent", "tracestate")
SYSTEMS = {"postgresql": "postgresql", "sqlite": "sqlite"}
_propagator = TraceContextTextMapPropagator()


class OfRequests(Sampler):
    """Begins a trace for a share of the requests. What happens outside of any (a socket's keep-alive, a probe's ping) begins none."""

    def __init__(self, percent: int) -> None:
        self.share = TraceIdRatioBased(min(percent, 100) / 100)

    def should_sample(
        self, parent_context: Any, trace_id: int, name: str, kind: SpanKind | None = None, *args: Any, **kwargs: Any
    ) -> SamplingResult:
        if kind != SpanKind.SERVER:
            return SamplingResult(Decision.DROP)
        return self.share.should_sample(parent_context, trace_id, name, kind, *args, **kwargs)

    def get_description(self) -> str:
        return f"OfRequests{{{self.share.get_description()}}}"


class Begun(NamedTuple):
    """A request's span, and what takes it off again."""

    span: Span
    token: Token[Any]


class Otlp:
    """Tracing of this process."""

    def __init__(self, endpoint: str, *, percent: int, version: str, environment: str, processor: SpanProcessor | None = None) -> None:
        """`processor`: takes the spans in place of the exporter's."""
        resource = Resource.create({"service.name": SERVICE, "service.version": version, "deployment.environment.name": environment})
        share = OfRequests(percent)
        # Whether a stranger's trace is kept is for us to say, by the same share: a header must not make every request a traced one.
        sampler = ParentBased(share, remote_parent_sampled=share, remote_parent_not_sampled=ALWAYS_OFF)
        self.provider = TracerProvider(resource=resource, sampler=sampler, shutdown_on_exit=False)
        self.provider.add_span_processor(processor or exporting_to(endpoint))
        self.tracer = self.provider.get_tracer("vanguard", version)
        set_global_textmap(_propagator)
        self._watch_libraries()

    def _watch_libraries(self) -> None:
        connection_created.connect(_watch_connection, dispatch_uid="trace_statements")
        for connection in connections.all(initialized_only=True):
            _watch_connection(connection=connection)
        self.instrumentors: list[Any] = [RedisInstrumentor()]
        for instrumentor in self.instrumentors:
            instrumentor.instrument(tracer_provider=self.provider)

    # -- What tracing.py hands on
    @contextmanager
    def span(self, name: str, attributes: Attributes, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[Span]:
        own = self.tracer.start_span(name, kind=kind, attributes=dict(attributes))
        token = trace_context.attach(trace.set_span_in_context(own))
        try:
            yield own
        except BaseException as error:
            # Its kind alone: an exception's text quotes what people sent.
            own.set_attribute("error.type", type(error).__name__)
            own.set_status(StatusCode.ERROR)
            raise
        finally:
            trace_context.detach(token)
            own.end()

    @contextmanager
    def statement(self, sql: Any, vendor: str) -> Iterator[None]:
        name, attributes = _described(sql if isinstance(sql, str) else "")
        with self.span(name, {"db.system.name": SYSTEMS.get(vendor, vendor), **attributes}, SpanKind.CLIENT):
            yield

    def begin(self, headers: Mapping[str, Any]) -> Begun:
        sent = {name: str(headers[key]) for name in CARRIED if (key := f"HTTP_{name.upper()}") in headers}
        parent = _propagator.extract(sent, trace_context.Context()) if sent else trace_context.Context()
        own = self.tracer.start_span("request", context=parent, kind=SpanKind.SERVER)
        is_kept = own.is_recording()
        context.trace_id.set(trace.format_trace_id(own.get_span_context().trace_id) if is_kept else "")
        return Begun(own, trace_context.attach(trace.set_span_in_context(own, parent)))

    def end(self, begun: Any, *, method: str, endpoint: str, status: int, user_id: str) -> None:
        own: Span = begun.span
        trace_context.detach(begun.token)
        context.trace_id.set("")
        if not own.is_recording():
            return
        own.update_name(f"{method} {endpoint}")
        own.set_attributes({"http.request.method": method, "http.route": endpoint, "http.response.status_code": status})
        own.set_attributes({"correlation_id": context.correlation_id.get(), **({"user_id": user_id} if user_id else {})})
        if status >= SERVER_ERROR:
            own.set_status(StatusCode.ERROR)
        own.end()

    def handed_on(self, name: str, work: Callable[[], Any]) -> Callable[[], Any]:
        above = trace_context.get_current()

        def continued() -> Any:
            token = trace_context.attach(above)
            try:
                with self.span(name, {"correlation_id": context.correlation_id.get()}):
                    return work()
            finally:
                trace_context.detach(token)

        return continued

    def stop(self) -> None:
        connection_created.disconnect(dispatch_uid="trace_statements")
        for instrumentor in self.instrumentors:
            instrumentor.uninstrument()
        # A thread that nothing waits for at the end: a collector that hangs must not hold the worker.
        ending = Thread(target=self.provider.shutdown, name="last-traces", daemon=True)
        ending.start()
        ending.join(STOP_SECONDS)


def exporting_to(endpoint: str) -> SpanProcessor:
    """Sends spans to the collector, cleaned, in batches."""
    exporter = Cleaning(OTLPSpanExporter(endpoint=traces_url(endpoint), timeout=SEND_SECONDS))
    return BatchSpanProcessor(exporter, max_queue_size=QUEUE, max_export_batch_size=BATCH, schedule_delay_millis=SEND_EVERY_MS)


def traces_url(endpoint: str) -> str:
    """OTLP's own path, where the operator named a collector and no path."""
    return endpoint if urlsplit(endpoint).path.strip("/") else f"{endpoint.rstrip('/')}/v1/traces"


def _watch_connection(connection: Any, **_signal: Any) -> None:
    """Receiver of `connection_created`."""
    if _around_statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_around_statement)


def _around_statement(execute: Callable[..., Any], sql: Any, params: Any, many: bool, about: dict[str, Any]) -> Any:
    with statement(sql, about["connection"].vendor):
        return execute(sql, params, many, about)


@lru_cache(maxsize=1000)
def _described(sql: str) -> tuple[str, Mapping[str, str]]:
    """A statement's name and attributes. Its values are not in its text; constants that somebody wrote into it are taken out."""
    operation = match[0].upper() if (match := WORD.match(sql.lstrip("( \r\n\t"))) else "SQL"
    table = match[1] if (match := TABLE.search(sql)) else ""
    text = scrub_text(LITERALS.sub("?", sql[:LONGEST_SQL]))
    return f"{operation} {table}".rstrip(), {"db.operation.name": operation, "db.query.text": text}
