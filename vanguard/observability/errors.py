"""Error tracking (Sentry), where SENTRY_DSN names a server: what went wrong and where, never whose data it was.

Local variables, bodies, cookies and users' names are not collected at all; what is left is scrubbed by name and by shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sentry_sdk
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.transport import Transport
from sentry_sdk.types import Breadcrumb, Event, Hint

from vanguard import context
from vanguard.observability.redaction import scrub, scrub_text

if TYPE_CHECKING:
    from sentry_sdk._types import DataCollectionUserOptions

# Of a request, its method, route and harmless headers tell where it went wrong.
KEPT_HEADERS = frozenset({"accept", "content-type", "content-length", "host", "user-agent", "x-correlation-id"})


NOTHING_PERSONAL: DataCollectionUserOptions = {
    "user_info": False,
    "cookies": {"mode": "off"},
    "url_query_params": {"mode": "off"},
    "http_bodies": [],
    "database_query_data": False,
    "queues": False,
    "stack_frame_variables": False,
    "frame_context_lines": 0,
}


def before_send(event: Event, _hint: Hint) -> Event:
    """The event as it may leave the house."""
    request: dict[str, Any] = dict(event.get("request") or {})
    if request:
        headers = {name: value for name, value in dict(request.get("headers") or {}).items() if name.lower() in KEPT_HEADERS}
        url = scrub_text(str(request.get("url", "")).partition("?")[0])
        event["request"] = {"method": request.get("method"), "url": url, "headers": headers}
    event["user"] = {"id": context.user_id.get()} if context.user_id.get() else {}
    event["tags"] = {**dict(event.get("tags") or {}), "correlation_id": context.correlation_id.get()}
    if trace_id := context.trace_id.get():
        event["tags"]["trace_id"] = trace_id
    for part in ("exception", "threads", "logentry", "message", "extra", "contexts", "breadcrumbs"):
        if part in event:
            event[part] = scrub_frames(event[part])
    return event


def scrub_frames(value: Any) -> Any:
    """As `scrub`, but to any depth: frames of nested exceptions lie deeper than a log line's fields ever do."""
    if isinstance(value, dict):
        return {key: scrub_frames(inner) if isinstance(inner, dict | list) else scrub({key: inner})[key] for key, inner in value.items()}
    if isinstance(value, list):
        return [scrub_frames(inner) for inner in value]
    return scrub(value)


def before_breadcrumb(crumb: Breadcrumb, _hint: Hint) -> Breadcrumb | None:
    """What led there, without the SQL: its parameters are people's data."""
    return None if crumb.get("category") == "query" else scrub_frames(crumb)


def start_error_tracking(dsn: str, *, environment: str, release: str, transport: Transport | None = None) -> bool:
    """Begin to report errors; does nothing without a DSN. Says whether it began."""
    if not dsn:
        return False
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=release,
        transport=transport,
        data_collection=NOTHING_PERSONAL,
        max_request_body_size="never",
        max_breadcrumbs=20,
        auto_session_tracking=False,
        before_send=before_send,
        before_breadcrumb=before_breadcrumb,
        default_integrations=False,
        integrations=[DjangoIntegration(middleware_spans=False, signals_spans=False), LoggingIntegration()],
    )
    return True
