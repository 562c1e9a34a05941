"""The last door before spans leave the house: whatever a library put into them, no secret and nobody's data goes along."""

import logging
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Status

from vanguard.observability.metrics import SPANS_LOST
from vanguard.observability.redaction import scrub

logger = logging.getLogger(__name__)

# Made by us, of a bounded form, or cleaned already.
OWN = frozenset({"correlation_id", "user_id", "http.route", "http.request.method", "db.query.text", "db.operation.name", "db.system.name"})
SILENT_SECONDS = 60.0


class Cleaning(SpanExporter):
    """Hands cleaned spans on to `exporter`, and counts those that it could not send."""

    def __init__(self, exporter: SpanExporter) -> None:
        self.exporter = exporter
        self.told_at = 0.0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self.exporter.export([cleaned(span) for span in spans])
        if result is not SpanExportResult.SUCCESS:
            SPANS_LOST.inc(len(spans))
            self._tell()
        return result

    def shutdown(self) -> None:
        self.exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self.exporter.force_flush(timeout_millis)

    def _tell(self) -> None:
        """At most once a minute: a collector that is away is one thing to know, not one a batch."""
        now = monotonic()
        if not self.told_at or now - self.told_at > SILENT_SECONDS:
            self.told_at = now
            logger.warning("The collector of traces takes none; they are lost meanwhile, and nothing else is.")


def cleaned(span: ReadableSpan) -> ReadableSpan:
    """The same span with its attributes scrubbed, addresses without their queries, and exceptions by their kind alone."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_cleaned(span.attributes or {}),
        events=[Event(event.name, _cleaned(event.attributes or {}), event.timestamp) for event in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _cleaned(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _value(name, value) for name, value in attributes.items() if not name.startswith(("exception.message", "exception.stack"))
    }


def _value(name: str, value: Any) -> Any:
    if name in OWN or not isinstance(value, str):
        return value
    if "://" in value:
        value = value.partition("?")[0]
    return scrub({name: value})[name]
