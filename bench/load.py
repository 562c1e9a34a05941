"""One measurement: wrk for some seconds against one server, and what the server and PostgreSQL used meanwhile."""

import os
import re
import secrets
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.databases import Database
from bench.options import BENCH, Options
from bench.servers import APPLICATION_NAMES, Server, postgresql_cpu_seconds

TOKENS, SAMPLE = 64, 20_000
RESULT = re.compile(r"RESULT requests=(\d+) microseconds=(\d+) broken=(\d+) refused=(\d+) p50=(\d+) p99=(\d+)")
NO_WRK = "The bench needs wrk to make the load (Debian: apt-get install wrk), and this machine has none."

type Figures = dict[str, float]


@dataclass(frozen=True)
class Load:
    """What the workloads draw from."""

    folder: Path
    database: Database
    incident: datetime

    def warm_up(self, server: Server, workload: str, connections: int, options: Options) -> None:
        """Opens pools and fills caches; on a busy machine not even one answer may come in time."""
        self._wrk(server, workload, connections, 1, options)

    def run(self, server: Server, workload: str, connections: int, seconds: int, options: Options) -> Figures:
        """Requests a second, latencies in ms, CPU microseconds a request. Raises SystemExit when wrk gives no result."""
        name = APPLICATION_NAMES[server.name]
        app_before, pg_before = server.cpu_seconds(), postgresql_cpu_seconds(self.database, name)
        output = self._wrk(server, workload, connections, seconds, options)
        app_after, pg_after = server.cpu_seconds(), postgresql_cpu_seconds(self.database, name)
        found = RESULT.search(output)
        if not found:
            raise SystemExit(f"wrk gave no result for {server.name} {workload}:\n{output}")
        requests, microseconds, broken, refused, p50, p99 = map(int, found.groups())
        if not requests:
            # Nobody was answered in time: as if one had been at the very end, and a fault all the same.
            requests, broken, p50, p99 = 1, broken + 1, microseconds, microseconds
        figures: Figures = {
            "rps": requests / microseconds * 1e6,
            "p50_ms": p50 / 1000,
            "p99_ms": p99 / 1000,
            "app_us": (app_after - app_before) / requests * 1e6,
            "errors": broken + refused,
        }
        if pg_before is not None and pg_after is not None:
            figures["pg_us"] = (pg_after - pg_before) / requests * 1e6
        return figures

    def _wrk(self, server: Server, workload: str, connections: int, seconds: int, options: Options) -> str:
        own = {
            "BENCH_DIR": str(self.folder),
            "BENCH_WORKLOAD": workload,
            "BENCH_PAGES": str(options.pages),
            "BENCH_INCIDENT": self.incident.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "BENCH_SEED": str(secrets.randbelow(2**31)),
        }
        load = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(BENCH / "wrk.lua"), server.url]
        done = subprocess.run(load, env={**os.environ, **own}, capture_output=True, text=True, timeout=seconds + 60, check=False)
        return done.stdout + done.stderr


@contextmanager
def load_on(database: Database) -> Iterator[Load]:
    """Tokens and ids in files that wrk's script reads."""
    if shutil.which("wrk") is None:
        raise SystemExit(NO_WRK)
    incident = datetime.now(UTC) - timedelta(hours=1)
    with tempfile.TemporaryDirectory(prefix="vanguard-bench-") as folder:
        chosen = Load(Path(folder), database, incident)
        with database.connect() as connection:
            everybody = "SELECT id::text FROM policies_policy ORDER BY md5(id::text) LIMIT %s"
            in_force = (
                "SELECT id::text FROM policies_policy WHERE status = 'active' AND start_date <= %s AND end_date > %s"
                " ORDER BY md5(id::text) LIMIT %s"
            )
            policies = [row[0] for row in connection.execute(everybody, [SAMPLE]).fetchall()]
            covered = [row[0] for row in connection.execute(in_force, [incident, incident, SAMPLE]).fetchall()]
        (chosen.folder / "policies.txt").write_text("\n".join(policies))
        (chosen.folder / "covered.txt").write_text("\n".join(covered))
        (chosen.folder / "tokens.txt").write_text(database.run("-m", "bench.book", "tokens", str(TOKENS)))
        yield chosen


def medians(runs: Sequence[Figures]) -> Figures:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}
