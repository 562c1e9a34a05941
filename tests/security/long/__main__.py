"""`make security`: each S row with its tests and its long form, and its figure; then each control switched off, and its test must fail.

python -m tests.security.long [S9 S10 … | scanners | controls]
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from tests.proving import proof_of, tell
from tests.security.controls import CONTROLS
from tests.security.long import FIGURES
from tests.security.rows import MOST_SECONDS, ROWS, SCANNERS, Row

BY_NAME = ("scanners", "controls")


def row_holds(name: str, row: Row) -> bool:
    began = time.monotonic()
    proof = proof_of(*row.tests, *row.long, figures=FIGURES, most_seconds=row.most_seconds, variables=row.variables)
    return tell(name, row.threat, proof, time.monotonic() - began)


def unnoticed() -> list[str]:
    """What goes on passing when its control is off. A test of many parameters must fail in one of them; with all controls they all pass."""
    tests = [control.test for control in CONTROLS]
    with_all = proof_of(*tests, figures=FIGURES, most_seconds=MOST_SECONDS)
    print(f"     with all of them on: {with_all.closing}")
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "outcomes"
        without = proof_of(
            "-p", "tests.security.switched_off", *tests, figures=FIGURES, most_seconds=MOST_SECONDS, variables={"SWITCHED_OFF": str(kept)}
        )
        outcomes = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    failed = {name for name, outcome in outcomes if outcome == "failed"}
    for control in CONTROLS:
        told = "noticed" if control.name in failed else "NOT NOTICED"
        print(f"     {control.name}: {told} by {control.test}")
    for proof, is_right in ((with_all, with_all.holds), (without, bool(outcomes))):
        if not is_right:
            print(proof.said[-4000:])
    return [control.name for control in CONTROLS if control.name not in failed] + ([] if with_all.holds else ["the controls' tests"])


def main(asked: list[str]) -> int:
    if unknown := set(asked) - {*ROWS, *BY_NAME}:
        raise SystemExit(f"There are no such rows: {', '.join(sorted(unknown))}. There are {', '.join([*ROWS, *BY_NAME])}.")
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
