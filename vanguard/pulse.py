"""Whether PostgreSQL still answers: a server that hangs keeps its connections open, and its own time limits with it do not run.

Whoever waits longer than `PATIENCE` for an answer has the server asked on a fresh connection. If that is not answered either, the
waiting ends with an error, and until the server answers again nobody else begins to wait: decision 0131.
"""

import logging
from collections.abc import Callable, Generator
from threading import Lock, Thread
from time import monotonic, sleep
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

PATIENCE = 1.0
# psycopg takes no less for a connection.
PROBE_SECONDS = 2
FRESH = 1.0
AGAIN_SECONDS = 0.5
HANGS = "the database hangs: it takes connections and does not answer"

logger = logging.getLogger(__name__)


def probe() -> bool:
    """Whether a fresh connection is answered. One that is refused is an answer too: then the others fail by themselves."""
    found: dict[str, Any] = connections[DEFAULT_DB_ALIAS].get_connection_params()
    wanted = {name: value for name, value in found.items() if name not in ("pool", "cursor_factory", "context")}
    try:
        with psycopg.connect(**wanted | {"connect_timeout": PROBE_SECONDS}):
            return True
    except psycopg.errors.ConnectionTimeout:
        return False
    except psycopg.OperationalError:
        return True


class Pulse:
    """Of this process. `ask` is its question to the server: takes at most some seconds, and is asked by one at a time."""

    def __init__(self, ask: Callable[[], bool] = probe) -> None:
        self.ask = ask
        self.hangs = False
        self._lock = Lock()
        self._asked_at = 0.0

    def is_felt(self) -> bool:
        """Blocks until the server has been asked, by this thread or another."""
        with self._lock:
            if not self.hangs and monotonic() - self._asked_at > FRESH:
                answered = self.ask()
                self._asked_at = monotonic()
                if not answered:
                    self._begin_to_wait()
            return not self.hangs

    def _begin_to_wait(self) -> None:
        self.hangs = True
        logger.error("PostgreSQL hangs: it takes connections and does not answer. Requests are refused until it does.")
        Thread(target=self._wait, name="pulse", daemon=True).start()

    def _wait(self) -> None:
        while not self.ask():
            sleep(AGAIN_SECONDS)
        self.hangs = False
        logger.warning("PostgreSQL answers again.")


pulse = Pulse()


def watched[Result](waiting: Generator[Any, Any, Result]) -> Generator[Any, Any, Result]:
    """psycopg's waiting for an answer, ended by OperationalError where the server hangs. The connection is of no use then."""
    latest = monotonic() + PATIENCE
    try:
        wanted = next(waiting)
        while True:
            ready = yield wanted
            if not ready and monotonic() > latest:
                if not pulse.is_felt():
                    waiting.close()
                    raise psycopg.OperationalError(HANGS)
                latest = monotonic() + PATIENCE
            wanted = waiting.send(ready)
    except StopIteration as done:
        result: Result = done.value
        return result


class WatchedConnection(psycopg.Connection[Any]):
    """One of Django's pool: nobody waits on it without end."""

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return super().wait(watched(gen), *arguments, **options)
        except psycopg.OperationalError as error:
            if error.args == (HANGS,):
                # libpq still waits for the answer: nothing can be asked here any more, and nothing undone.
                self.pgconn.finish()
            raise
