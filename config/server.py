"""What gunicorn does around the application: how many workers, and what must happen before, between and after them."""

import os
import signal
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL

from config import garbage
from vanguard.observability import workers as figures

DEFAULT_PORT = 8000
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)


def bind_address() -> str:
    return f"0.0.0.0:{whole_number('PORT', DEFAULT_PORT)}"


def worker_count() -> int:
    """Twice the processors and one more, unless WEB_CONCURRENCY says: in a container the processors seen are the host's."""
    return whole_number("WEB_CONCURRENCY", 2 * (os.cpu_count() or 1) + 1)


def whole_number(name: str, default: int) -> int:
    """A variable that must be a number above 0: a mistake in it stops the start and is named."""
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise SystemExit(f"{name} must be a whole number above 0, not {text!r}.")
    return int(text)


def on_starting(_server: Any) -> None:
    figures.start_afresh()
    lose_no_signal_at_a_fork()


def lose_no_signal_at_a_fork() -> None:
    """A worker that is told to end while it is still being made does so.

    Until it has handlers of its own, a forked worker has the master's: they put the signal into a queue that nobody reads there, and
    the master waits for that worker as long as it would for a slow request. So signals wait until the child has the system's handlers.
    """
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, ENDING),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING),
        after_in_child=_end_when_told,
    )


def _end_when_told() -> None:
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def when_ready(server: Any) -> None:
    """Before the first worker is made. What is loaded is kept apart from what requests make and throw away.

    Says so when live events cannot reach everybody, and when the workers could ask PostgreSQL for more connections than it gives.
    """
    garbage.keep_what_is_loaded()
    garbage.as_python_does()
    if warning := events_that_stay_here():
        server.log.warning(warning)
    try:
        warning = connections_that_do_not_fit(server.num_workers)
    except psycopg.Error as error:
        server.log.warning("PostgreSQL could not be asked how many connections it gives: %s", type(error).__name__)
        return
    if warning:
        server.log.warning(warning)


def events_that_stay_here() -> str | None:
    """A warning where what happens on one machine is not told on the others, or None."""
    nodes = whole_number("NODES", 1)
    if nodes == 1 or settings.REDIS_URL:
        return None
    return f"REDIS_URL is not set: live events of one of the {nodes} nodes do not reach the WebSockets of the others."


def pre_fork(_server: Any, _worker: Any) -> None:
    """Nothing that is connected may cross the fork: two workers on one socket read each other's rows."""
    connections.close_all()
    for connection in connections.all():
        if isinstance(connection, PostgreSQL):
            connection.close_pool()


def child_exit(_server: Any, worker: Any) -> None:
    figures.worker_gone(worker.pid)


def connections_that_do_not_fit(worker_processes: int) -> str | None:
    """A warning for whoever starts the platform, or None where all pools at their fullest fit."""
    pools = [c for c in connections.all() if isinstance(c, PostgreSQL) and c.settings_dict["OPTIONS"].get("pool")]
    if not pools:
        return None
    # One plain connection, closed before the first fork: a pool would bring threads of its own.
    with psycopg.connect(**pools[0].get_connection_params()) as connection:
        row = connection.execute(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
            " - coalesce(current_setting('reserved_connections', true)::int, 0)"
        ).fetchone()
    given = int(row[0]) if row else 0
    listening = 1 if settings.CALLER_REMEMBERED_SECONDS else 0
    each = sum(c.settings_dict["OPTIONS"]["pool"]["max_size"] for c in pools) + settings.DATABASE_READ_POOL["max_size"] + listening
    nodes = whole_number("NODES", 1)
    asked = worker_processes * each * nodes
    if asked <= given:
        return None
    return (
        f"PostgreSQL gives {given} connections, but {worker_processes} workers with up to {each} each on {nodes} node(s) can ask"
        f" for {asked}: lower WEB_CONCURRENCY, DATABASE_POOL_SIZE or DATABASE_POOL_OVERFLOW, or raise max_connections."
    )
