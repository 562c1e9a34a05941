"""`make security`: each S row with its tests and its long form, and its figure; then each control switched off, and its test must fail.

python -m tests.security.long [S9 S10 … | scanners | controls]
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.delivery.servers import ROOT
from tests.security.controls import CONTROLS
from tests.security.rows import MOST_SECONDS, ROWS, SCANNERS, Row
from tools.services import postgresql_url


def pytest(*arguments: str, variables: Mapping[str, str], most_seconds: int = MOST_SECONDS) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--show-capture=no", *arguments]
    try:
        return subprocess.run(
            command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, check=False, timeout=most_seconds
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, f"not done after {most_seconds} s", "")


def on_postgresql() -> dict[str, str]:
    """The variables by which tests run on PostgreSQL, where it is."""
    return {"DATABASE_URL": url} if (url := postgresql_url()) else {}


def closing(done: subprocess.CompletedProcess[str]) -> str:
    """pytest's own last words."""
    lines = [line for line in done.stdout.strip().splitlines() if line.strip()]
    return lines[-1] if lines else done.stderr.strip()[-200:]


def row_holds(name: str, row: Row) -> bool:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "figures"
        database = on_postgresql() if row.on_postgresql else {}
        done = pytest(*row.tests, *row.long, most_seconds=row.most_seconds, variables={"SECURITY_FIGURES": str(kept), **database})
        figures = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    print(f"{name:4} {row.threat}: {'holds' if done.returncode == 0 else 'FAILS'} · {closing(done)} · {time.monotonic() - began:.0f} s")
    for of, words in figures:
        if of == name:
            print(f"     {words}")
    if done.returncode:
        print(done.stdout[-4000:])
    return done.returncode == 0


def unnoticed() -> list[str]:
    """The controls whose test goes on passing when they are off. A test of many parameters must fail in one of them."""
    database = on_postgresql()
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "outcomes"
        tests = (control.test for control in CONTROLS)
        done = pytest("-p", "tests.security.switched_off", *tests, variables={"SWITCHED_OFF": str(kept), **database})
        outcomes = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    failed = {name for name, outcome in outcomes if outcome == "failed"}
    # Without PostgreSQL there is nothing of it to switch off.
    untried = {control.name for control in CONTROLS if control.is_in_database} if not database else set()
    for control in CONTROLS:
        told = "noticed" if control.name in failed else "not tried without PostgreSQL" if control.name in untried else "NOT NOTICED"
        print(f"     {control.name}: {told} by {control.test}")
    if not outcomes:
        print(done.stdout[-4000:], done.stderr[-2000:])
    return [control.name for control in CONTROLS if control.name not in failed | untried]


def main(asked: list[str]) -> int:
    rows = {name: row for name, row in ROWS.items() if not asked or name in asked}
    rows |= {"scanners": SCANNERS} if "scanners" in asked else {}
    failed = [name for name, row in rows.items() if not row_holds(name, row)]
    if not asked or "controls" in asked:
        print(f"\nEach of {len(CONTROLS)} controls switched off, its test must fail:", flush=True)
        failed += unnoticed()
    print(f"\n{len(failed)} of them fail: {', '.join(failed)}" if failed else "\nAll hold.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
