"""`make faults`: each R row made for real, with its figure. python -m tests.faults [R1 R6 …]"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.delivery.servers import ROOT
from tests.faults.rows import ROWS, Row
from tests.live import WITHOUT_END

MOST_SECONDS = 2_400
SOAKING = 60 * int(os.environ.get("SOAK_MINUTES", 0))


def holds(name: str, row: Row) -> bool:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "figures"
        command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--show-capture=no", *row.scripts]
        variables = {**os.environ, **WITHOUT_END, **row.variables, "FAULT_FIGURES": str(kept)}
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=MOST_SECONDS + SOAKING
            )
        except subprocess.TimeoutExpired:
            done = subprocess.CompletedProcess(command, 1, f"not done after {MOST_SECONDS + SOAKING} s", "")
        figures = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    print(f"{name:4} {row.fault}: {'holds' if done.returncode == 0 else 'FAILS'} ({time.monotonic() - began:.0f} s)", flush=True)
    for of, words in figures:
        if of == name:
            print(f"     {words}", flush=True)
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-500:], flush=True)
    return done.returncode == 0


def main(asked: list[str]) -> int:
    if unknown := set(asked) - set(ROWS):
        raise SystemExit(f"There are no such rows: {', '.join(sorted(unknown))}. There are {', '.join(ROWS)}.")
    failed = [name for name, row in ROWS.items() if (name in asked or not (asked or row.apart)) and not holds(name, row)]
    print(f"\n{len(failed)} of them fail: {', '.join(failed)}" if failed else "\nAll hold.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
