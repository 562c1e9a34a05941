"""The parts that faults are made in: a PostgreSQL, a Redis and an nginx of our own on loopback, ended by their own process ids."""

import os
import pwd
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import redis

from tests.delivery.proxied import nginx_before
from tests.delivery.servers import free_port

SECONDS = 240.0
INSTALLED = Path("/usr/lib/postgresql")
OWNER = "postgres"


def until(happens: Callable[[], bool], what: str, seconds: float = SECONDS) -> float:
    """How long it took. Raises AssertionError where it does not happen."""
    began = time.monotonic()
    while not happens():
        assert time.monotonic() - began < seconds, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - began


def family(pid: int) -> list[int]:
    """The process and all its descendants, the oldest first."""
    try:
        tasks = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return [pid, *(below for children in tasks for child in children for below in family(int(child)))]


def signal_all(pids: list[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def program(name: str) -> str:
    """PostgreSQL's own, of the newest version here."""
    found = sorted(INSTALLED.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    assert found, f"{name} is missing (Debian: apt-get install postgresql)"
    return str(found[-1])


def as_owner(command: list[str]) -> list[str]:
    """PostgreSQL does not run as root."""
    return ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--init-groups", *command] if os.geteuid() == 0 else command


@contextmanager
def folder_of(owner: str, parent: Path | None = None) -> Iterator[Path]:
    folder = Path(mkdtemp(prefix="vanguard-faults-", dir=parent))
    if os.geteuid() == 0:
        entry = pwd.getpwnam(owner)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Postgres:
    """A PostgreSQL server; what is in `settings` goes with each start."""

    data: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def url(self, database: str = "vanguard") -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def run(self, name: str, *arguments: str) -> str:
        done = subprocess.run(as_owner([program(name), *arguments]), capture_output=True, text=True, timeout=600, check=False, cwd="/")
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
        return done.stdout

    def make(self) -> None:
        self.run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "-D", str(self.data))

    def replica(self, data: Path) -> "Postgres":
        """One that streams from this server, started."""
        found = Postgres(data)
        arguments = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-D", str(data), "-R", "-X", "stream"]
        found.run("pg_basebackup", *arguments)
        found.start()
        return found

    def begin(self) -> None:
        """Starts it, and does not wait."""
        options = [f"-c{name}={value}" for name, value in {"shared_buffers": "64MB", "max_connections": "200", **self.settings}.items()]
        where = ["-D", str(self.data), "-p", str(self.port), "-h", "127.0.0.1", "-k", str(self.data)]
        with (self.data.parent / f"{self.data.name}.log").open("ab") as log:
            command = as_owner([program("postgres"), *where, *options])
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd="/", start_new_session=True)

    def start(self) -> float:
        """Returns after how long it answered."""
        self.begin()
        return until(self.answers, "PostgreSQL answers")

    def answers(self) -> bool:
        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def stop(self, number: int = signal.SIGINT) -> None:
        """SIGINT: connections are ended. SIGKILL goes to every one of its processes, as when the machine goes."""
        if self.process is None or self.process.poll() is not None:
            return
        pids = family(self.process.pid) if number == signal.SIGKILL else [self.process.pid]
        signal_all(pids, number)
        self.process.wait(timeout=SECONDS)
        if number == signal.SIGKILL:
            # The server's own check for a former life looks at this file, and at whether that process is there.
            until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "its processes are gone")

    def freeze(self) -> list[int]:
        """Stops every process where it is."""
        assert self.process is not None
        pids = family(self.process.pid)
        signal_all(pids, signal.SIGSTOP)
        return pids

    def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return list(cursor.fetchall()) if cursor.description else []


@contextmanager
def postgres(parent: Path | None = None, **settings: str) -> Iterator[Postgres]:
    """A fresh one, started, with an empty database `vanguard`."""
    with folder_of(OWNER, parent) as folder:
        server = Postgres(folder / "data", settings=settings)
        server.make()
        server.start()
        try:
            server.run("createdb", "-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres", "vanguard")
            yield server
        finally:
            if server.process is not None:
                signal_all(family(server.process.pid), signal.SIGCONT)
            server.stop()


@dataclass
class RedisServer:
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        until(self.answers, "Redis answers")

    def answers(self) -> bool:
        try:
            return bool(redis.Redis.from_url(self.url, socket_connect_timeout=1, socket_timeout=1).ping())
        except redis.RedisError:
            return False

    def stop(self) -> None:
        if self.process is not None:
            signal_all([self.process.pid], signal.SIGCONT)
            self.process.terminate()
            self.process.wait(timeout=SECONDS)


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@dataclass(frozen=True)
class Front:
    """Where nginx is reached, and whom its certificate is trusted by."""

    url: str
    tls: ssl.SSLContext


@contextmanager
def nginx(behind: int) -> Iterator[Front]:
    """The delivered one (deploy/nginx), but for how often one address may ask: all callers have the same here."""
    with nginx_before(behind, NGINX_API_RATE="100000r/s") as proxy:
        yield Front(f"https://127.0.0.1:{proxy.https}", proxy.trusting())


PGBOUNCER = """
[databases]
* = host=127.0.0.1 port={behind}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = transaction
default_pool_size = 5
max_client_conn = 500
"""


@contextmanager
def pgbouncer(behind: int) -> Iterator[int]:
    """Its port: PgBouncer in transaction mode with five connections to the server."""
    found = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    assert Path(found).exists(), "pgbouncer is missing (Debian: apt-get install pgbouncer)"
    with folder_of(OWNER) as folder:
        port = free_port()
        (folder / "users").write_text('"postgres" ""\n')
        (folder / "pgbouncer.ini").write_text(PGBOUNCER.format(behind=behind, port=port, users=folder / "users"))
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(as_owner([found, str(folder / "pgbouncer.ini")]), stdout=log, stderr=subprocess.STDOUT, cwd="/")
        try:
            until(lambda: Postgres(folder, port).answers(), f"PgBouncer answers: {(folder / 'log').read_text()}", seconds=30)
            yield port
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=SECONDS)
