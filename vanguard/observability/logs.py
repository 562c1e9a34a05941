"""Log lines: one JSON object each on stdout, or a readable line in development. The same for our loggers, Django's and the server's.

Everything is written through the standard library's `logging`; structlog turns the records into lines, so that a library's
records come out like ours, with the request's correlation id and user.
"""

import asyncio
import logging
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

from vanguard import context
from vanguard.observability.redaction import is_private, scrub, scrub_text

REQUESTS, EVENTS = "vanguard.requests", "insurance.events"
REQUEST_FIELDS = (
    "method",
    "path",
    "query",
    "endpoint",
    "status",
    "duration_ms",
    "bytes",
    "client_ip",
    "user_agent",
    "referrer",
)
# No line tells of threads, processes and tasks, so no record looks for them.
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
logging.logAsyncioTasks = False  # type: ignore[attr-defined]  # not in the stubs
# Of requests' lines: how many wait at most, and for how many seconds.
MOST_WAITING, LONGEST_WAIT = 100, 0.005
# Written by the platform itself; never redacted by name or shape, because an id is not a person.
CHATTY = ("django", "asyncio", "urllib3", "httpcore")
OWN_FIELDS = frozenset({"timestamp", "level", "logger", "module", "function", "line", "correlation_id", "user_id", "trace_id"})


def add_call_site(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    record = event["_record"]
    event["module"], event["function"], event["line"] = record.module, record.funcName, record.lineno
    return event


def add_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Which request wrote the line, and for whom."""
    event["correlation_id"] = context.correlation_id.get() or None
    event["user_id"] = event.get("user_id") or context.user_id.get() or None
    if trace_id := context.trace_id.get():
        event["trace_id"] = trace_id
    return event


def add_exception(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """The traceback as text, without local variables; None where nothing went wrong."""
    event = structlog.processors.format_exc_info(logger, method, event)
    event.setdefault("exception", None)
    return event


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # Django adds the request itself, whose text has the address with its query. `vanguard.requests` tells it masked.
    event.pop("request", None)
    for name, value in event.items():
        if name in OWN_FIELDS or name.startswith("_"):
            continue
        event[name] = scrub_text(value) if isinstance(value, str) and not is_private(name) else scrub({name: value})[name]
    return event


def to_json(event: EventDict, **_options: Any) -> str:
    # A reader looks for these first, and uvicorn's message with colours is nobody's.
    first = {name: event.pop(name) for name in ("timestamp", "level", "logger", "message")}
    event.pop("color_message", None)
    event = {**first, **event}
    return orjson.dumps(event, default=_text_of, option=orjson.OPT_NON_STR_KEYS).decode()


def _text_of(value: object) -> Any:
    """What JSON has no form for, as its text: an object's may quote anything."""
    return str(value) if isinstance(value, Decimal) else scrub_text(str(value))


def to_readable(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """`17:31:02 INFO vanguard.requests GET /api/claims 200 (9.1 ms)`: for a person who watches a terminal."""
    duration = f" ({event['duration_ms']} ms)" if "duration_ms" in event else ""
    exception = f"\n{event['exception']}" if event["exception"] else ""
    return f"{event['timestamp'][11:19]} {event['level'].upper():<7} {event['logger']} {event['event']}{duration}{exception}"


class LineFormatter(structlog.stdlib.ProcessorFormatter):
    """Processors make every line but two, which are known field by field and written directly: a request's, and a compliance event's."""

    def __init__(self, *, as_json: bool, **options: Any) -> None:
        super().__init__(**options)
        self.as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        if self.as_json and record.name == REQUESTS and hasattr(record, "endpoint"):
            return request_line(record)
        if self.as_json and record.name == EVENTS and hasattr(record, "details") and not record.exc_info:
            return event_line(record)
        return super().format(record)


def _begun(record: logging.LogRecord, message: str) -> dict[str, Any]:
    """How each line begins."""
    return {
        "timestamp": datetime.fromtimestamp(record.created, UTC),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": message,
        "module": record.module,
        "function": record.funcName,
        "line": record.lineno,
    }


def _ended(event: dict[str, Any], told: dict[str, Any]) -> str:
    """As each line ends: which request wrote it, and for whom."""
    event["correlation_id"] = context.correlation_id.get() or None
    event["user_id"] = told.get("user_id") or context.user_id.get() or None
    if trace_id := context.trace_id.get():
        event["trace_id"] = trace_id
    event["exception"] = None
    return orjson.dumps(event, default=_text_of, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS).decode()


def event_line(record: logging.LogRecord) -> str:
    """What the processors would make of it. Its details are scrubbed here."""
    told = record.__dict__
    event = _begun(record, scrub_text(record.getMessage()))
    event["event_type"], event["compliance_log"] = told["event_type"], told["compliance_log"]
    event["details"] = scrub(told["details"])
    return _ended(event, told)


def request_line(record: logging.LogRecord) -> str:
    """What the processors would make of it. Its path, query and referrer come masked; what else a client wrote is scrubbed here."""
    told = record.__dict__
    event = _begun(record, f"{scrub_text(told['method'])} {told['path']} {told['status']}")
    for name in REQUEST_FIELDS:
        event[name] = told[name]
    for name in ("method", "user_agent"):
        event[name] = scrub_text(event[name])
    event["headers"] = {name: scrub_text(value) for name, value in told["headers"].items()}
    return _ended(event, told)


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes lines to its stream. A request's line waits some milliseconds for those of others, and one write takes them all.

    Only on an event loop, where there is somebody to write them soon; every other line goes out at once, and takes along those that
    wait, so that the order is kept. What waits at a worker's end is written by `logging.shutdown`; at a kill -9 it is lost.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._waiting: list[str] = []
        self._since = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._waiting.append(self.format(record))
            if len(self._waiting) == 1:
                self._since = record.created
                loop = _running_loop() if record.name == REQUESTS else None
                if loop is None:
                    self.flush()
                else:
                    loop.call_later(LONGEST_WAIT, self.flush)
            elif record.name != REQUESTS or record.created - self._since > LONGEST_WAIT or len(self._waiting) >= MOST_WAITING:
                self.flush()
        except RecursionError:
            raise
        except Exception:  # noqa: BLE001  # as logging's own handlers: a line that fails must not fail the request
            self.handleError(record)

    def flush(self) -> None:
        with self.lock:  # type: ignore[union-attr]  # every handler has one
            if self._waiting:
                lines, self._waiting = self._waiting, []
                self.stream.write("\n".join([*lines, ""]))
            super().flush()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _formatter(environment: str) -> dict[str, Any]:
    as_json: list[Any] = [structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer(to_json)]
    shown = [to_readable] if environment == "development" else as_json
    return {
        "()": LineFormatter,
        "as_json": environment != "development",
        "foreign_pre_chain": [
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            add_call_site,
            structlog.stdlib.ExtraAdder(),
            add_request,
            add_exception,
            redact,
        ],
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown],
    }


def logging_config(level: str, environment: str) -> dict[str, Any]:
    """Settings' LOGGING, and gunicorn's `logconfig_dict`. An empty `level` means DEBUG in staging, INFO elsewhere."""
    level = level.upper() or ("DEBUG" if environment == "staging" else "INFO")
    calm = "INFO" if level == "DEBUG" else level
    stdout = {"handlers": ["stdout"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": _formatter(environment)},
        "handlers": {"stdout": {"()": LineHandler, "stream": "ext://sys.stdout", "formatter": "line"}},
        "root": {"level": level, "handlers": ["stdout"]},
        "loggers": {
            # At DEBUG they tell every query, template and poll.
            **{name: {"level": calm, "handlers": [], "propagate": True} for name in CHATTY},
            "django.server": {"handlers": [], "propagate": True},
            # The line of `vanguard.requests` says more than this one, which only repeats its status.
            "django.request": {"level": "ERROR"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "axes.apps": {"level": "WARNING"},
            # At INFO it tells of each connection that is lent and given back.
            "psycopg.pool": {"level": "WARNING"},
            # Its lines carry whole addresses, with what was asked of the other side.
            "httpx": {"level": "WARNING"},
            # A collector that is away is told of once a minute by ours, with the spans that were lost (vanguard.observability.cleaning).
            "opentelemetry": {"level": "CRITICAL"},
            REQUESTS: {"level": "INFO"},
            EVENTS: {"level": "INFO"},
            "gunicorn.error": {"level": "INFO", **stdout},
            "uvicorn": {"level": "INFO", **stdout},
            "uvicorn.error": {"level": "INFO", **stdout},
            # The servers' own access lines carry addresses with their queries unmasked. `vanguard.requests` is the access log.
            "gunicorn.access": {"handlers": [], "propagate": False},
            "uvicorn.access": {"handlers": [], "propagate": False},
        },
    }
