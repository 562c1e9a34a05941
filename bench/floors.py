"""What PostgreSQL alone can do: the same statements by pgbench, with nothing in front of it."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from bench.book import STEPS
from bench.databases import Database
from bench.options import BENCH, Options

TPS = re.compile(r"tps = ([\d.]+)")
FAILED = re.compile(r"number of failed transactions: (\d+)")


def variables(database: Database, options: Options) -> dict[str, str]:
    """What the scripts draw from: one live log-in, and how ids follow from numbers."""
    with database.connect() as connection:
        family, person = connection.execute(
            "SELECT id::text, user_id::text FROM accounts_tokenfamily WHERE ended_at IS NULL LIMIT 1"
        ).fetchone() or ("", "")
        first = connection.execute(
            "SELECT (extract(epoch FROM created_at) * 1000)::bigint FROM policies_policy WHERE policy_number = 'POL-2025-0000001'"
        )
        newest = int((first.fetchone() or (0,))[0]) + STEPS["policies"]
    return {"family": family, "person": person, "newest": str(newest), "policies": str(options.policies), "pages": str(options.pages)}


def pgbench(database: Database, workload: str, connections: int, options: Options) -> float | None:
    """Transactions a second; None without pgbench. Raises SystemExit when a statement fails: the scripts must fit the schema."""
    if shutil.which("pgbench") is None:
        return None
    where = urlsplit(database.url)
    given = [part for name, value in variables(database, options).items() for part in ("-D", f"{name}={value}")]
    reach = ["-h", str(where.hostname), "-p", str(where.port or 5432), "-U", where.username or "postgres", database.name]
    with tempfile.TemporaryDirectory(prefix="vanguard-bench-") as folder:
        script = Path(folder) / f"{workload}.sql"
        script.write_text(one_line_each((BENCH / "sql" / f"floor_{workload}.sql").read_text()))
        shape = ["-n", "-M", "prepared", f"-c{connections}", "-j1", f"-T{options.seconds}", "-f", str(script)]
        environment = {**os.environ, "PGPASSWORD": where.password or ""}
        done = subprocess.run(
            ["pgbench", *shape, *given, *reach], env=environment, capture_output=True, text=True, timeout=options.seconds + 60, check=False
        )
    rate, failed = TPS.search(done.stdout), FAILED.search(done.stdout)
    if done.returncode or not rate or (failed and int(failed[1])):
        raise SystemExit(f"pgbench failed on {workload}:\n{done.stdout}{done.stderr}")
    return float(rate[1])


def one_line_each(script: str) -> str:
    """pgbench takes a statement over several lines, but not a comment within one."""
    return "\n".join(line for line in script.splitlines() if not line.startswith("--")) + "\n"
