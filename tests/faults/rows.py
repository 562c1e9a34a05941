"""Fault → the script that makes it. docs/faults.md has the table for people."""

from collections.abc import Mapping
from typing import NamedTuple

HERE = "tests/faults"


class Row(NamedTuple):
    fault: str
    scripts: tuple[str, ...]
    variables: Mapping[str, str] = {}


ROWS = {
    "R1": Row("a worker killed (-9)", (f"{HERE}/r01_worker_killed.py",)),
    "R4": Row("a deploy", (f"{HERE}/r04_reloads.py",)),
    "R5": Row("workers recycled", (f"{HERE}/r05_recycling.py",)),
    "R6": Row("PostgreSQL away for ten seconds", (f"{HERE}/r06_database_away.py",)),
    "R7": Row("PostgreSQL hangs", (f"{HERE}/r07_database_hangs.py",)),
}
