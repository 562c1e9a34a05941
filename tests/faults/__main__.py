"""`make faults`: each R row made for real, with its figure. python -m tests.faults [R1 R6 …]"""

import os
import sys
import time

from tests.faults import FIGURES
from tests.faults.rows import ROWS, Row
from tests.live import WITHOUT_END
from tests.proving import proof_of, tell

MOST_SECONDS = 2_400
SOAKING = 60 * int(os.environ.get("SOAK_MINUTES", 0))


def holds(name: str, row: Row) -> bool:
    began = time.monotonic()
    proof = proof_of(*row.scripts, figures=FIGURES, most_seconds=MOST_SECONDS + SOAKING, variables={**WITHOUT_END, **row.variables})
    return tell(name, row.fault, proof, time.monotonic() - began)


def main(asked: list[str]) -> int:
    if unknown := set(asked) - set(ROWS):
        raise SystemExit(f"There are no such rows: {', '.join(sorted(unknown))}. There are {', '.join(ROWS)}.")
    failed = [name for name, row in ROWS.items() if (name in asked or not (asked or row.apart)) and not holds(name, row)]
    print(f"\n{len(failed)} of them fail: {', '.join(failed)}" if failed else "\nAll hold.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
