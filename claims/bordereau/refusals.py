"""What was refused and why, for the person who mends the file."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vanguard.workbench.export import neutral

SHOWN_ON_TERMINAL = 50


@dataclass(frozen=True, slots=True)
class Refusal:
    """One finding: the line of the file (the header is line 1), the column, and the reason."""

    line: int
    field: str
    code: str
    message: str

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line else "file"
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


class BordereauRefused(Exception):
    """The file was not taken; nothing of it was."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = sorted(refusals, key=lambda refusal: refusal.line)
        self.lines = len({refusal.line for refusal in refusals})
        super().__init__(f"{self.lines:,} line{'' if self.lines == 1 else 's'} refused; nothing was imported.")


def terminal_lines(refused: BordereauRefused) -> list[str]:
    """The first findings, then how many there are in all."""
    listed = [str(refusal) for refusal in refused.refusals[:SHOWN_ON_TERMINAL]]
    left = len(refused.refusals) - len(listed)
    if left:
        listed.append(f"… and {left:,} more findings.")
    return [*listed, str(refused)]


def write_report(path: Path, refusals: Iterable[Refusal]) -> None:
    """All findings as CSV, in which no cell acts as a formula: reasons quote the file."""
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["line", "field", "code", "reason"])
        writer.writerows((r.line, neutral(r.field), r.code, neutral(r.message)) for r in refusals)
