"""The servers of a run: gunicorn with two uvicorn workers each, on free ports of 127.0.0.1, ended by their own process ids."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.databases import KEYS, Database
from bench.options import BENCH, ROOT, Options
from bench.sink import tracing

START_SECONDS, STOP_SECONDS = 60, 15
# What each server calls itself towards PostgreSQL.
APPLICATION_NAMES = {"ours": "vanguardai", "deployed": "vanguardai", "peer-a": "bench-peer-a", "peer-b": "bench-peer-b", "floor": "-"}
PEERS = {"peer-a": "app_a:app", "peer-b": "app_b:app", "floor": "floor:app"}
CLOCK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running server."""

    name: str
    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """What the master and its workers have used so far."""
        return sum(_cpu(pid) for pid in (self.pid, *children(self.pid)))

    def memory(self) -> dict[str, float]:
        """MB: resident a worker, and all processes together with shared pages counted once."""
        workers = children(self.pid)
        resident = [_kilobytes(pid, "status", "VmRSS:") for pid in workers]
        proportional = [_kilobytes(pid, "smaps_rollup", "Pss:") for pid in (self.pid, *workers)]
        return {"worker_mb": round(max(resident, default=0) / 1024, 1), "together_mb": round(sum(proportional) / 1024, 1)}


def _command(name: str, options: Options) -> list[str]:
    if name in ("ours", "deployed"):
        # Recycling would restart a worker every second at these rates: `deployed` measures that, and everything as configured.
        fixed = [] if name == "deployed" else ["--max-requests", "0"]
        return [sys.executable, "-m", "gunicorn", "config.asgi:application", *fixed]
    worker = ["--worker-class", "uvicorn_worker.UvicornWorker", "--preload", "--no-control-socket"]
    return [str(options.peer_venv / "bin" / "python"), "-m", "gunicorn", PEERS[name], *worker, "--log-level", "warning"]


def environment_of(name: str, database: Database, options: Options, folder: Path, total: str) -> dict[str, str]:
    shared = {"PROMETHEUS_MULTIPROC_DIR": str(folder), "WEB_CONCURRENCY": str(options.workers)}
    # Counted as ever, and never used up: all the load comes from one account.
    shared |= {"REQUESTS_A_MINUTE": "100000000", "PAGES_A_MINUTE": "100000000"} if name in ("ours", "deployed") else {}
    if name == "deployed":
        return database.environment(**shared)
    if name == "ours":
        return database.environment(**shared, DATABASE_POOL_SIZE=str(options.pool), DATABASE_POOL_OVERFLOW="0")
    own = {"PEER_DATABASE_URL": urlsplit(database.url)._replace(scheme="postgresql+asyncpg").geturl(), "PEER_TOTAL": total}
    own["PEER_THIN"] = "1" if options.thin else "0"
    overflow = str(options.pool // 2) if name == "peer-a" else "0"
    return {**os.environ, **KEYS, **shared, **own, "PEER_POOL": str(options.pool), "PEER_OVERFLOW": overflow}


@contextmanager
def server(name: str, database: Database, options: Options, total: str = "count") -> Iterator[Server]:
    """The server until the block ends, answering /health/live. Its lines go nowhere, or to BENCH_LOG_DIR."""
    port = _free_port()
    folder = Path(tempfile.mkdtemp(prefix=f"vanguard-bench-{name}-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))  # noqa: S108
    lines = Path(os.environ["BENCH_LOG_DIR"]) / f"{name}.log" if os.environ.get("BENCH_LOG_DIR") else Path(os.devnull)
    with ExitStack() as beside:
        traced = beside.enter_context(tracing(0 if name in PEERS else options.traces))
        output = beside.enter_context(lines.open("ab"))
        process = subprocess.Popen(
            [*_command(name, options), "--bind", f"127.0.0.1:{port}", "--workers", str(options.workers)],
            cwd=BENCH / "peer" if name in PEERS else ROOT,
            env={**environment_of(name, database, options, folder, total), **traced},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_it_answers(name, port, process)
            yield Server(name, port, process.pid)
        finally:
            _stop(process)
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def servers(names: tuple[str, ...], database: Database, options: Options, total: str = "count") -> Iterator[list[Server]]:
    """Several at the same time; a measured one has the machine to itself but for the idle others."""
    with ExitStack() as stack:
        yield [stack.enter_context(server(name, database, options, total)) for name in names]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(name: str, port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"{name} did not start. BENCH_LOG_DIR=/tmp keeps what it wrote.")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # Its own session, so these are its own workers and nobody else's.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_SECONDS)


# -- What processes use, from /proc
def children(pid: int) -> list[int]:
    """All descendants."""
    try:
        direct = [int(word) for task in Path(f"/proc/{pid}/task").iterdir() for word in (task / "children").read_text().split()]
    except OSError:
        return []
    return direct + [below for child in direct for below in children(child)]


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / CLOCK


def _kilobytes(pid: int, file: str, label: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(label)), 0)


def postgresql_cpu_seconds(database: Database, application_name: str) -> float | None:
    """What the back ends of this server's connections have used so far; None where PostgreSQL runs on another machine.

    The checkpointer and the writers work for all together and are not in it.
    """
    if urlsplit(database.url).hostname not in ("127.0.0.1", "localhost", "::1"):
        return None
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name = %s", [database.name, application_name]
        )
        return sum(_cpu(pid) for (pid,) in rows.fetchall())
