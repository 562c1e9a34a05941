"""`python -m bench cost`: processor time of the application alone for one request, ours beside the peers'; see bench/inside.py."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench.databases import Database
from bench.load import Load
from bench.options import BENCH, ROOT, Options
from bench.rounds import install_peers, ready
from bench.servers import PEERS, environment_of

LIMIT_SECONDS = 300


def main() -> int:
    """Fills a book, and prints what a process of each server measures of itself."""
    options = Options()
    install_peers(options)
    with ready(options) as (made, load, total), tempfile.TemporaryDirectory() as folder:
        for name in options.servers:
            print(f"{name}\n{measured(name, made, load, options, Path(folder), total)}", flush=True)
    return 0


def measured(
    name: str, made: Database, load: Load, options: Options, folder: Path, total: str, more: Mapping[str, str] | None = None
) -> str:
    """The lines of one server, which is told `more` variables. Raises SystemExit with its errors when it fails."""
    python = str(options.peer_venv / "bin" / "python") if name in PEERS else sys.executable
    lines = {file: (load.folder / f"{file}.txt").read_text().split() for file in ("tokens", "policies", "covered")}
    given = [lines["tokens"][0], lines["policies"][0], ",".join(lines["covered"][:1000])]
    done = subprocess.run(
        [python, str(BENCH / "inside.py"), PEERS.get(name, "config.asgi:application"), *given, load.incident.isoformat()],
        cwd=BENCH / "peer" if name in PEERS else ROOT,
        env={**environment_of(name, made, options, folder, total), **(more or {})},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stdout}{done.stderr}")
    rows = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    return "\n".join(f"  {workload:<22} {status} {int(cost):>7,} µs" for status, cost, workload in rows)
