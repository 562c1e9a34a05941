"""Prometheus: what is counted for every request, and the page that operators scrape.

Right over several workers where PROMETHEUS_MULTIPROC_DIR names a directory: each worker writes there, and any of them adds all up.
The business's own figures stand beside the business (`handlers.py` of policies and claims).
"""

import re
from collections.abc import Awaitable, Callable
from functools import cache, lru_cache
from threading import Lock
from time import monotonic
from typing import Any
from weakref import WeakSet

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import Counter, Gauge, Histogram

from vanguard.observability.workers import reading

UNMATCHED = "unmatched"
# Anybody can send any word as a method; each would be a series for ever.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Counter("vanguard_requests", "Requests answered.", ["method", "endpoint", "status_code"])
SECONDS = Histogram(
    "vanguard_request_duration_seconds",
    "Time from the request's arrival to its answer.",
    ["method", "endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
ACTIVE = Gauge("vanguard_active_connections", "Connections being served now.", multiprocess_mode="livesum")
SOCKETS = Gauge("vanguard_websockets", "WebSockets open now.", multiprocess_mode="livesum")
SPANS_LOST = Counter("vanguard_spans_lost", "Spans of traces that the collector did not take.")
EVENTS_MISSED = Counter(
    "vanguard_events_missed", "Records with a change of which no live event came by, as each worker with sockets finds them.", ["stream"]
)
DATABASE = Gauge("vanguard_database_connections", "Database connections open now, in pools or not.", multiprocess_mode="livesum")


class ConnectionCount:
    """How many database connections this process holds. Each worker reports its own, at most once a second."""

    def __init__(self) -> None:
        self.wrappers: WeakSet[BaseDatabaseWrapper] = WeakSet()
        # How many others there are, for each kind that Django does not know.
        self.elsewhere: list[Callable[[], int]] = []
        self.lock = Lock()
        self.next_at = 0.0

    def remember(self, connection: BaseDatabaseWrapper, **_kwargs: object) -> None:
        """Receiver of Django's `connection_created`."""
        with self.lock:
            self.wrappers.add(connection)

    def refresh(self) -> None:
        now = monotonic()
        if now >= self.next_at:
            self.next_at = now + 1
            DATABASE.set(self.count())

    def pool_stats(self) -> list[dict[str, int]]:
        """What psycopg tells of each of Django's pools in this process."""
        with self.lock:
            pools = {id(pool): pool for wrapper in self.wrappers if (pool := _pool_of(wrapper)) is not None}
        return [pool.get_stats() for pool in pools.values()]

    def count(self) -> int:
        with self.lock:
            wrappers = list(self.wrappers)
        pooled = sum(stats.get("pool_size", 0) for stats in self.pool_stats())
        pooled += sum(count() for count in self.elsewhere)
        return pooled + sum(wrapper.connection is not None for wrapper in wrappers if _pool_of(wrapper) is None)


def _pool_of(connection: BaseDatabaseWrapper) -> Any:
    """psycopg's pool behind a connection; SQLite has none."""
    return getattr(connection, "pool", None)


database_connections = ConnectionCount()


@lru_cache(maxsize=4096)
def endpoint(route: str) -> str:
    """The pattern of a route as a reader writes it: `api/claims/<uuid:claim_id>` is `/api/claims/{claim_id}`."""
    plain = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", route)
    plain = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", plain)
    return "/" + plain.replace("^", "").replace("$", "").replace("\\Z", "").lstrip("/")


@cache
def _counter(method: str, endpoint: str, status: int) -> Counter:
    return REQUESTS.labels(method, endpoint, str(status))


@cache
def _histogram(method: str, endpoint: str) -> Histogram:
    return SECONDS.labels(method, endpoint)


def observe(method: str, endpoint: str, status: int, seconds: float) -> None:
    """Count one answered request. `endpoint` is a pattern or a fixed word, never an address that somebody sent."""
    method = method if method in METHODS else "OTHER"
    _counter(method, endpoint, status).inc()
    _histogram(method, endpoint).observe(seconds)
    database_connections.refresh()


def _page(request: HttpRequest) -> HttpResponse:
    with reading():
        page: HttpResponse = ExportToDjangoView(request)
    return page


def _may_read(request: HttpRequest) -> bool:
    token: str = settings.METRICS_TOKEN
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    return not token or (scheme.lower() == "bearer" and constant_time_compare(sent.strip(), token))


# What is asked for when the page is (vanguard.observability.asked), as text.
further: list[Callable[[], Awaitable[bytes]]] = []


@require_safe
async def metrics(request: HttpRequest) -> HttpResponse:
    """`/metrics`. Adding up the workers' files blocks, so it is done beside the event loop.

    Where METRICS_TOKEN is set, only for who sends it: 401 for everybody else.
    """
    if not _may_read(request):
        return HttpResponse("Send METRICS_TOKEN as the bearer token.\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    page: HttpResponse = await sync_to_async(_page, thread_sensitive=False)(request)
    for text in further:
        page.content += await text()
    return page
