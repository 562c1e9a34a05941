"""The R rows: each fault made for real, and what is left of the platform's promises afterwards. `make faults` runs them all.

Their files are not called test_…, so that the suite does not collect them. `figure` puts a row's figure where the runner reads it.
"""

import os

from tests.proving import keep

FIGURES = "FAULT_FIGURES"


def figure(row: str, words: str) -> None:
    """Keeps what was measured for `row`, in a sentence."""
    keep(FIGURES, row, words)


def size(name: str, full: int) -> int:
    """How much of it: `full`, unless FAULT_<NAME> says less."""
    return int(os.environ.get(f"FAULT_{name.upper()}", full))
