"""`make bench`: every server in turn, again and again, so that what disturbs the machine disturbs all of them; then medians and ratios."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bench import floors, machine, parity, report
from bench.databases import Database, database
from bench.load import Figures, Load, load_on, medians
from bench.options import RESULTS, ROOT, Options
from bench.servers import Server, server, servers

FLOOR_CONNECTIONS = 32
NOT_OURS = "The peers need Python packages of their own, which could not be installed into bench/.venv:\n"


def main() -> int:
    """The whole run, its table, its file."""
    options = Options()
    name = "thin" if options.thin else "latest"
    install_wrk()
    install_peers(options)
    deadline = time.monotonic() + options.minutes * 60
    with ready(options) as (made, load, total):
        result: dict[str, Any] = machine.facts(options, made) | {"total_by": total, "cells": [], "floors": {}}
        with servers(options.servers, made, options, total) as running:
            checked(running, made, load, options)
            for cell in measure(running, load, options, deadline):
                result["cells"].append(cell)
                print(report.line(cell), flush=True)
                # What was measured is not lost when something ends the run.
                save(result, name)
            result["memory"] = {one.name: one.memory() for one in running}
        result["floors"] = measure_floors(made, load, options)
        result["cells"] += as_deployed(made, load, options)
        result["load_after"] = machine.load_average()
    if time.monotonic() > deadline:
        print(f"Ended after BENCH_MINUTES={options.minutes:g}: some measurements are missing.")
    save(result, name)
    print(f"\n{report.table(result)}\n\nWritten to bench/results/{name}.json; `python -m bench render` puts it into docs/performance.md.")
    return 0


def save(result: dict[str, Any], name: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")


def check(claims: int = 1000, workers: int = 2) -> int:
    """`python -m bench check`: only whether the peers do the same work, on a small book."""
    options = Options(claims=claims, workers=workers, servers=("ours", "peer-a", "peer-b"))
    install_peers(options)
    with ready(options) as (made, load, total), servers(options.servers, made, options, total) as running:
        checked(running, made, load, options)
    print("The peers' answers, headers and rows are the platform's.")
    return 0


@contextmanager
def ready(options: Options) -> Iterator[tuple[Database, Load, str]]:
    """A filled database with the peers' tables in it, what to ask for, and how the total of a list is found."""
    with database("load", options) as made:
        print(
            f"Filling {made.name}: {options.customers:,} customers, {options.policies:,} policies, {options.claims:,} claims.", flush=True
        )
        made.fill(options.claims, options.policies, options.customers)
        with load_on(made) as load:
            with made.connect() as connection:
                connection.execute((ROOT / "bench" / "sql" / "peers.sql").read_text())
                if options.thin:
                    connection.execute("CALL peer.record_nothing()")
                kept = connection.execute(
                    "SELECT 1 FROM pg_trigger WHERE tgrelid = 'policies_policy'::regclass AND tgname = 'policies_policy_inserted'"
                ).fetchone()
            made.vacuum()
            # The peers find the total as we do: by counting, unless triggers keep ours.
            yield made, load, "counter" if kept else "count"


def checked(running: Sequence[Server], made: Database, load: Load, options: Options) -> None:
    """Raises SystemExit when a peer does other work than we do: then a comparison would mean nothing."""
    token = (load.folder / "tokens.txt").read_text().split()[0]
    if running[0].name == "ours" and (found := parity.differences(running, made, token, load.incident, thin=options.thin)):
        raise SystemExit("The peers do not do the same work:\n" + "\n".join(f"  - {sentence}" for sentence in found))


def measure(running: Sequence[Server], load: Load, options: Options, deadline: float) -> Iterator[dict[str, Any]]:
    """A cell a workload, number of connections and server; 32 connections first, in case that time runs out."""
    for connections in sorted(options.connections, key=lambda number: (number != FLOOR_CONNECTIONS, number)):
        for workload in options.workloads:
            if time.monotonic() > deadline:
                return
            for one in running:
                load.warm_up(one, workload, connections, options)
            rounds = [
                {one.name: load.run(one, workload, connections, options.seconds, options) for one in running}
                for _ in range(options.repeats)
            ]
            yield from cells(workload, connections, rounds)


def cells(workload: str, connections: int, rounds: Sequence[dict[str, Figures]]) -> Iterator[dict[str, Any]]:
    """Medians, and how many times as many requests we answered: the median of the ratios of each round."""
    for name in rounds[0]:
        runs = [each[name] for each in rounds]
        ratios = [each["ours"]["rps"] / each[name]["rps"] for each in rounds] if "ours" in rounds[0] else []
        yield {
            "workload": workload,
            "connections": connections,
            "server": name,
            **medians(runs),
            "ours_times": report.median(ratios),
            "runs": runs,
        }


def measure_floors(made: Database, load: Load, options: Options) -> dict[str, Any]:
    with server("floor", made, options) as constant:
        load.warm_up(constant, "w4", FLOOR_CONNECTIONS, options)
        asgi = load.run(constant, "w4", FLOOR_CONNECTIONS, options.seconds, options)
    return {"asgi": asgi, "pgbench": {name: floors.pgbench(made, name, FLOOR_CONNECTIONS, options) for name in ("w1", "w2", "w3")}}


def as_deployed(made: Database, load: Load, options: Options) -> list[dict[str, Any]]:
    """Beside ours: the platform exactly as gunicorn.conf.py has it, workers that start anew after 1,000 requests included."""
    with servers(("ours", "deployed"), made, options) as running:
        for one in running:
            load.warm_up(one, "w1", FLOOR_CONNECTIONS, options)
        rounds = [
            {one.name: load.run(one, "w1", FLOOR_CONNECTIONS, options.seconds, options) for one in running} for _ in range(options.repeats)
        ]
    return [cell for cell in cells("w1", FLOOR_CONNECTIONS, rounds) if cell["server"] == "deployed"]


def install_wrk() -> None:
    """From the distribution, where that can be done; load_on says so plainly where it cannot."""
    if shutil.which("wrk") is None and shutil.which("apt-get") is not None:
        subprocess.run(["apt-get", "install", "--yes", "--quiet", "wrk"], stdout=subprocess.DEVNULL, check=False)


def install_peers(options: Options) -> None:
    """bench/.venv as bench/requirements.lock says. Raises SystemExit when that cannot be had."""
    stamp, lock = options.peer_venv / "made-from", (ROOT / "bench" / "requirements.lock").read_text()
    if stamp.exists() and stamp.read_text() == lock:
        return
    done = subprocess.run([str(ROOT / "bench" / "peers.sh"), str(options.peer_venv)], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(NOT_OURS + done.stdout + done.stderr)
    stamp.write_text(lock)
