"""Reports, exports and staff's lists are read from a replica, where there is one and it has everything that was committed.

Whoever reads so asks the primary how far its journal is, and the replica whether it has replayed as much. So nobody is shown less than
was committed before they asked, by themselves or by anybody else, through whichever worker or node. Where the replica lags or is away
the primary answers, as it does inside transactions and once something was written. Decision 0153.
"""

import logging
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

import psycopg
import psycopg_pool
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.models import Model
from prometheus_client import Counter

from vanguard.pulse import fresh_parameters

ALIAS = "replica"
# What was acknowledged is flushed; and both must be the same cluster, of which one still replays.
PRIMARY = "SELECT pg_current_wal_flush_lsn()::text, system_identifier FROM pg_control_system()"
REPLICA = "SELECT pg_is_in_recovery(), system_identifier, pg_last_wal_replay_lsn() >= %s::pg_lsn FROM pg_control_system()"
# A replica is behind for some milliseconds at most times; longer than this it is not waited for.
PATIENCE, PAUSE = 0.25, 0.01
# One that failed is left alone for so long, so that not every reader waits for it in vain.
ASIDE_SECONDS = 15.0

READS = Counter("vanguard_replica_reads", "Reports, exports and lists, by who answered: the replica, or the primary and why.", ["answered"])
logger = logging.getLogger(__name__)
for _answered in (ALIAS, "lags", "away", "busy", "failed", "other"):
    READS.labels(_answered)  # told from the start, as nothing


@dataclass
class _Reading:
    """What goes on inside `read_aside`."""

    has_written: bool = False


@dataclass
class _Aside:
    """Until when the replica is left alone, in this process."""

    until: float = 0.0


_reading: ContextVar[_Reading | None] = ContextVar("reading_aside", default=None)
_aside = _Aside()


class Router:
    """Django's DATABASE_ROUTERS, where a replica is configured. Every model is the primary's but inside `read_aside`."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        reading = _reading.get()
        if reading is None or reading.has_written or connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return DEFAULT_DB_ALIAS
        return ALIAS

    def db_for_write(self, model: type[Model], **_hints: Any) -> str:
        if (reading := _reading.get()) is not None:
            reading.has_written = True
        return DEFAULT_DB_ALIAS

    def allow_relation(self, _one: Model, _other: Model, **_hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, _app_label: str, **_hints: Any) -> bool:
        return db != ALIAS


def read_aside[Result](work: Callable[[], Result]) -> Result:
    """What `work` reads by the ORM: from the replica where it may, else, and also where the replica fails meanwhile, from the primary.

    `work` may be called twice, so it only reads, and its result holds no query that is still to be made.
    """
    if ALIAS not in settings.DATABASES or connections[DEFAULT_DB_ALIAS].in_atomic_block or _reading.get() is not None:
        return work()
    answers = _who_answers()
    if answers == ALIAS:
        reading = _Reading()
        token = _reading.set(reading)
        try:
            result = work()
        except (OperationalError, InterfaceError) as error:
            if reading.has_written or isinstance(error.__cause__, psycopg.errors.QueryCanceled):
                raise
            answers = "busy" if _is_busy(error) else "failed"
            if answers == "failed":
                _leave_alone(error)
        else:
            READS.labels(ALIAS).inc()
            return result
        finally:
            _reading.reset(token)
    READS.labels(answers).inc()
    return work()


def _who_answers() -> str:
    """The replica, or why not: "away", "busy" (others have all of its connections), "lags", "other" (it is no replica of this primary,
    or not any more)."""
    if monotonic() < _aside.until:
        return "away"
    flushed, system = _asked(DEFAULT_DB_ALIAS, PRIMARY)
    latest = monotonic() + PATIENCE
    try:
        while True:
            is_replica, its_system, has_all = _asked(ALIAS, REPLICA, flushed)
            if not is_replica or its_system != system:
                _leave_alone(None)
                return "other"
            if has_all:
                return ALIAS
            if monotonic() > latest:
                return "lags"
            sleep(PAUSE)
    except (OperationalError, InterfaceError) as error:
        if _is_busy(error):
            return "busy"
        _leave_alone(error)
        return "away"


def _is_busy(error: Exception) -> bool:
    """Whether it only had no connection free: it is there, and works for others.

    A pool waits as long for a server that is gone, so that one is asked whether it takes a connection: else each reader would wait anew.
    """
    return isinstance(error.__cause__ or error, psycopg_pool.PoolTimeout) and _is_there()


def _is_there() -> bool:
    try:
        with psycopg.connect(**fresh_parameters(ALIAS)):
            return True
    except psycopg.OperationalError:
        return False


def _asked(alias: str, statement: str, *values: str) -> tuple[Any, ...]:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement, values)
        found: tuple[Any, ...] = cursor.fetchone()
        return found


def _leave_alone(error: Exception | None) -> None:
    _aside.until = monotonic() + ASIDE_SECONDS
    connections[ALIAS].close()
    said = type(error.__cause__ or error).__name__ if error else "it is no replica of the primary"
    logger.warning("The replica is left alone for %d seconds: %s. The primary answers.", ASIDE_SECONDS, said)
