"""What probes ask: is it alive, is it ready, and how are the parts that it needs.

The checks run at the same time, each with a time limit of its own, and a result is kept for a second; who asks while a part is being
looked at waits for that look. Many probes cost as much as one. An answer names the part and what is wrong with it in our own words; what
the driver said goes to the log.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from time import monotonic, perf_counter
from urllib.parse import urlsplit

import redis.asyncio
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from vanguard import releases
from vanguard.observability import schema

logger = logging.getLogger(__name__)

ALIVE = b'{"status": "alive"}'
# never_cache's words, which it computes anew for each answer.
NEVER_KEPT = {"Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private"}
HEALTHY, DEGRADED, UNHEALTHY = "healthy", "degraded", "unhealthy"
TIME_LIMIT = 1.0
KEPT_FOR = 1.0
# What holds of the data, and is asked of tables: a good answer is good for so long.
REQUIRED_KEPT_FOR = 10.0
# A database that hangs holds these two threads until its own time limits end it; further checks wait in line and give up in time.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="health")


@dataclass(frozen=True, slots=True)
class Result:
    """How one part is, as `/health` shows it."""

    status: str
    response_time_ms: float
    message: str


class PartAway(Exception):
    """The part does not do its work; the text is fit for strangers."""


Check = Callable[[], Awaitable[str]]
NOT_CONFIGURED, NONE_CONFIGURED = "not configured", "none configured"
NOT_IN_USE = frozenset({NOT_CONFIGURED, NONE_CONFIGURED})


class Monitor:
    """One part's check: with a time limit, one look at a time, and its last result kept for a moment."""

    def __init__(self, check: Check, when_away: str, limit: float = TIME_LIMIT, kept_for: float = KEPT_FOR) -> None:
        self.check = check
        self.when_away = when_away
        self.limit = limit
        self.kept_for = kept_for
        self.result: Result | None = None
        self.valid_until = 0.0
        self.looking: asyncio.Task[Result] | None = None

    async def look(self) -> Result:
        if self.result is not None and monotonic() < self.valid_until:
            return self.result
        loop, looking = asyncio.get_running_loop(), self.looking
        # What another event loop began is not waited for: it may have ended in the middle.
        if looking is None or looking.done() or looking.get_loop() is not loop:
            looking = self.looking = loop.create_task(self._renew())
        return await asyncio.shield(looking)  # a probe that gives up ends the look for nobody else

    def forget(self) -> None:
        self.result = self.looking = None

    async def _renew(self) -> Result:
        self.result = result = await self._measure()
        self.valid_until = monotonic() + (self.kept_for if result.status == HEALTHY else KEPT_FOR)
        return result

    async def _measure(self) -> Result:
        started = perf_counter()
        try:
            status, message = HEALTHY, await asyncio.wait_for(self.check(), self.limit)
        except PartAway as away:
            status, message = self.when_away, str(away)
        except TimeoutError:
            status, message = self.when_away, f"no answer within {self.limit:g} s"
        except Exception:
            # Whatever a driver raises: its text may hold addresses and credentials.
            logger.warning("A health check failed.", exc_info=True)
            status, message = self.when_away, "not reachable"
        return Result(status, round((perf_counter() - started) * 1000, 2), message)


async def _in_thread[T](function: Callable[[BaseDatabaseWrapper], T]) -> T:
    """Run `function` on the connection of a thread of ours, opened for it and given back whatever happens.

    Not on one made apart: what asks the ORM by the database's name, as Django's own MigrationRecorder does, would leave the thread's open
    beside it, and a thread that serves no requests never learns that the server has ended it.
    """

    def work() -> T:
        with closing(connections[DEFAULT_DB_ALIAS]) as connection:
            return function(connection)

    return await asyncio.get_running_loop().run_in_executor(_threads, work)


def _select_one(connection: BaseDatabaseWrapper) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return "answers"


def _up_to_date(connection: BaseDatabaseWrapper) -> str:
    pending, newer = releases.look(connection)
    schema.telling.tell(newer)
    if pending:
        raise PartAway("migrations are pending")
    return "up to date"


async def check_database() -> str:
    return await _in_thread(_select_one)


async def check_migrations() -> str:
    return await _in_thread(_up_to_date)


async def check_redis() -> str:
    if not settings.REDIS_URL:
        raise PartAway(NOT_CONFIGURED)
    client = redis.asyncio.from_url(settings.REDIS_URL, socket_connect_timeout=TIME_LIMIT, socket_timeout=TIME_LIMIT)
    async with client:
        await client.ping()
    return "answers"


def external_services() -> dict[str, tuple[str, int]]:
    """Servers beyond our own that the platform is configured to use, by name."""
    services = {}
    mail = urlsplit(getattr(settings, "EMAIL_URL", ""))
    if mail.scheme.startswith(("smtp", "submission")) and mail.hostname:
        services["mail"] = (mail.hostname, mail.port or 25)
    traces = urlsplit(getattr(settings, "OTLP_ENDPOINT", ""))
    if traces.hostname:
        services["traces"] = (traces.hostname, traces.port or (443 if traces.scheme == "https" else 80))
    return services


async def _reach(host: str, port: int) -> None:
    _reader, writer = await asyncio.open_connection(host, port)
    writer.close()


async def check_external_services() -> str:
    services = external_services()
    if not services:
        return NONE_CONFIGURED
    # Each is given less than the whole check, so that the answer can name those that are away.
    attempts = (asyncio.wait_for(_reach(*address), TIME_LIMIT * 0.8) for address in services.values())
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    away = [name for name, outcome in zip(services, outcomes, strict=True) if isinstance(outcome, OSError | TimeoutError)]
    if away:
        raise PartAway(f"not reachable: {', '.join(away)}")
    return f"reachable: {', '.join(services)}"


MONITORS = {
    "database": Monitor(check_database, UNHEALTHY),
    "redis": Monitor(check_redis, DEGRADED),
    "external_services": Monitor(check_external_services, DEGRADED),
}
# The first look reads the migrations' files, which takes most of a second on a small machine.
SCHEMA = Monitor(check_migrations, UNHEALTHY, limit=5.0)

REQUIRED: dict[str, Monitor] = {}


def require(name: str, holds: Callable[[BaseDatabaseWrapper], str]) -> None:
    """No requests come while `holds` raises PartAway: what a room says of its data, asked on a connection of its own."""

    async def check() -> str:
        return await _in_thread(holds)

    REQUIRED[name] = Monitor(check, UNHEALTHY, limit=5.0, kept_for=REQUIRED_KEPT_FOR)


def worst(results: list[Result]) -> str:
    return max((result.status for result in results), key=(HEALTHY, DEGRADED, UNHEALTHY).index)


@never_cache
@require_safe
async def health(_request: HttpRequest) -> HttpResponse:
    """`/health`: every part. 503 only when the platform cannot do its work; without Redis it can."""
    results = dict(zip(MONITORS, await asyncio.gather(*(monitor.look() for monitor in MONITORS.values())), strict=True))
    status = worst(list(results.values()))
    body = {
        "status": status,
        "version": settings.APP_VERSION,
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "checks": {name: asdict(result) for name, result in results.items()},
    }
    return JsonResponse(body, status=503 if status == UNHEALTHY else 200)


@require_safe
async def live(_request: HttpRequest) -> HttpResponse:
    """`/health/live`: the process answers. Looks at nothing else, because a restart mends nothing else."""
    return HttpResponse(ALIVE, content_type="application/json", headers=NEVER_KEPT)


@never_cache
@require_safe
async def ready(_request: HttpRequest) -> HttpResponse:
    """`/health/ready`: may requests come? The database answers, has every migration of this code, and holds what rooms require of it."""
    database, migrated = await asyncio.gather(MONITORS["database"].look(), SCHEMA.look())
    looked = {"database": database, "migrations": migrated}
    if worst(list(looked.values())) == HEALTHY:  # else there is nothing to ask
        looked |= dict(zip(REQUIRED, await asyncio.gather(*(monitor.look() for monitor in REQUIRED.values())), strict=True))
    for name, result in looked.items():
        if result.status == UNHEALTHY:
            return JsonResponse({"status": "not ready", "reason": f"{name}: {result.message}"}, status=503)
    return JsonResponse({"status": "ready"})
