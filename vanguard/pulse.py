"""Whether PostgreSQL still answers: a server that hangs keeps its connections open, and its own time limits with it do not run.

Whoever waits longer than `PATIENCE` for an answer has that very server asked on a fresh connection. If that is not answered either, the
waiting ends with an error; and if no server of ours answers, nobody else begins to wait until one does: decision 0131.
"""

import logging
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from time import monotonic, sleep, time
from typing import Any, NamedTuple, Self
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.pq import ConnStatus

PATIENCE = 1.0
# psycopg takes no less for a connection.
PROBE_SECONDS = 2
# A server that works answers a fresh connection within this; of one that does not, others are asked meanwhile.
SOON = 0.5
FRESH = 1.0
AGAIN_SECONDS = 0.5
HANGS = "the database hangs: it takes connections and does not answer"
# A server that was found silent is taken for so for as long; after a failover its connections are closed unasked.
SILENT_SECONDS = 10.0
# For so long new connections try one that did not answer after the others: each would wait for it first.
AVOIDED_SECONDS = 30.0

logger = logging.getLogger(__name__)


class Where(NamedTuple):
    """Which of the servers that a name, or several names, may lead to."""

    host: str
    address: str
    port: int


def where_of(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> Where | None:
    """Whom it is connected to; None over a socket of this machine, which leads to one server only."""
    info = connection.info
    return Where(info.host, info.hostaddr, info.port) if info.hostaddr else None


def fresh_parameters(alias: str) -> dict[str, Any]:
    """Of a connection to this database that is nobody's, in no pool, and given up as soon as psycopg lets one."""
    found: dict[str, Any] = connections[alias].get_connection_params()
    own = {name: value for name, value in found.items() if name not in ("pool", "cursor_factory", "context")}
    return own | {"connect_timeout": PROBE_SECONDS}


def probe(where: Where | None = None) -> bool:
    """Whether a fresh connection is answered, by this server or by any. One that is refused is an answer too: others fail by themselves."""
    wanted = fresh_parameters(DEFAULT_DB_ALIAS)
    if where is not None:
        wanted |= {"host": where.host, "hostaddr": where.address, "port": where.port}
    else:
        wanted = pulse.others_first(wanted)
    try:
        with psycopg.connect(**wanted):
            return True
    except psycopg.OperationalError as error:
        # Of several addresses the last one's error is raised, and its text tells of all: that one refuses makes up for no other's silence.
        return not isinstance(error, psycopg.errors.ConnectionTimeout) and "timeout expired" not in str(error)


class Pulse:
    """Of this process. `ask` is its question to a server, or to any: takes at most some seconds, and is asked by one at a time.

    `marks`: the folder in which the processes of a node tell each other who did not answer, so that one which begins knows it.
    """

    def __init__(self, ask: Callable[[Where | None], bool] = probe, marks: Callable[[], Path] | None = None) -> None:
        self.ask = ask
        self.marks = marks
        self.hangs = False
        self._lock = Lock()
        self._answered_at: dict[Where | None, float] = {}
        self._silent_at: dict[Where | None, float] = {}
        self._unanswered_at: dict[tuple[str, int], float] = {}

    def is_felt(self, where: Where | None = None) -> bool:
        """Whether the server at `where` answers. Blocks until it has been asked, by this thread or another."""
        with self._lock:
            if self.hangs or self.is_silent(where):
                return False
            if monotonic() - self._answered_at.get(where, -FRESH) <= FRESH:
                return True
            felt, any_does = self._answers(where)
            if felt:
                self._answered_at = {where: monotonic()}
                return True
            if where is not None:
                self._tell_the_node(where)
            if not any_does:
                self._begin_to_wait()
            else:
                self._silent_at = {where: monotonic()}
                logger.error("A server of PostgreSQL does not answer any more; another one does. Its connections are closed.")
            return False

    def _answers(self, where: Where | None) -> tuple[bool, bool]:
        """Whether this server answers, and whether any does.

        Where this one takes its time, all are asked meanwhile, the others first: nobody waits for two questions one after the other.
        """
        if where is None:
            any_does = self.ask(None)
            return any_does, any_does
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="pulse") as beside:
            first = beside.submit(self.ask, where)
            if wait([first], timeout=SOON).done and first.result():
                return True, True
            self._unanswered_at = {(where.host, where.port): monotonic()}
            any_does = self.ask(None)
            if felt := first.result():
                self._unanswered_at = {}
            return felt, any_does

    def is_silent(self, where: Where | None) -> bool:
        """Whether it was found not to answer a moment ago, while another did."""
        return monotonic() - self._silent_at.get(where, -SILENT_SECONDS) < SILENT_SECONDS

    def others_first(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Of a connection to one of several hosts: those that did not answer a moment ago are tried last."""
        hosts, ports = str(parameters.get("host", "")).split(","), str(parameters.get("port", "")).split(",")
        if len(hosts) == 1 or len(hosts) != len(ports):
            return dict(parameters)
        servers = sorted(zip(hosts, ports, strict=True), key=self._is_avoided)
        return {**parameters, "host": ",".join(host for host, _ in servers), "port": ",".join(port for _, port in servers)}

    def _is_avoided(self, server: tuple[str, str]) -> bool:
        host, port = server
        if not port.isdigit():
            return False
        own = monotonic() - self._unanswered_at.get((host, int(port)), -AVOIDED_SECONDS)
        return own < AVOIDED_SECONDS or self._is_marked(host, int(port))

    def _tell_the_node(self, where: Where) -> None:
        with suppress(OSError):  # a folder that cannot be written: each process finds out by itself
            if (mark := self._mark(where.host, where.port)) is not None:
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()

    def _is_marked(self, host: str, port: int) -> bool:
        """By another process, lately. One that is of the future, after a clock was set back, says nothing."""
        with suppress(OSError):
            if (mark := self._mark(host, port)) is not None:
                return 0 <= time() - mark.stat().st_mtime < AVOIDED_SECONDS
        return False

    def _mark(self, host: str, port: int) -> Path | None:
        return self.marks() / f"{quote(host, safe='')}:{port}" if self.marks else None

    def _begin_to_wait(self) -> None:
        self.hangs = True
        logger.error("PostgreSQL hangs: it takes connections and does not answer. Requests are refused until it does.")
        Thread(target=self._wait, name="pulse", daemon=True).start()

    def _wait(self) -> None:
        while not self.ask(None):
            sleep(AGAIN_SECONDS)
        self.hangs = False
        logger.warning("PostgreSQL answers again.")


pulse = Pulse(marks=lambda: settings.VAR_DIR / "silent")


def watched[Result](waiting: Generator[Any, Any, Result], where: Where | None = None) -> Generator[Any, Any, Result]:
    """psycopg's waiting for an answer, ended by OperationalError where the server hangs. The connection is of no use then."""
    latest = monotonic() + PATIENCE
    try:
        wanted = next(waiting)
        while True:
            ready = yield wanted
            if not ready and monotonic() > latest:
                if not pulse.is_felt(where):
                    waiting.close()
                    raise psycopg.OperationalError(HANGS)
                latest = monotonic() + PATIENCE
            wanted = waiting.send(ready)
    except StopIteration as done:
        result: Result = done.value
        return result


class WatchedConnection(psycopg.Connection[Any]):
    """One of Django's pool: nobody waits on it without end."""

    where: Where | None = None

    @classmethod
    def connect(cls, conninfo: str = "", **parameters: Any) -> Self:
        """As the pool asks for it, again and again with the parameters that it was made with."""
        return super().connect(conninfo, **pulse.others_first(parameters))

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        if self.where is None and self.pgconn.status == ConnStatus.OK:
            self.where = where_of(self)
        try:
            return super().wait(watched(gen, self.where), *arguments, **options)
        except psycopg.OperationalError as error:
            if error.args == (HANGS,):
                # libpq still waits for the answer: nothing can be asked here any more, and nothing undone.
                self.pgconn.finish()
            raise
