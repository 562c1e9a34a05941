"""S12: no cell that leaves for a spreadsheet acts as a formula.

Each way out is tried beside its page: tests/workbench/test_bulk.py, tests/reports/test_files.py, tests/oversight/test_examination_pack.py.
"""

import csv
from pathlib import Path

import pytest

from claims.bordereau.refusals import Refusal, write_report
from tests.security.long import figure
from tests.security.sources import sources
from vanguard.workbench.export import neutral

pytestmark = pytest.mark.once
STARTS = [
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\0=",
    " =",
    "\N{FULLWIDTH EQUALS SIGN}",
    "\N{FULLWIDTH COMMERCIAL AT}",
    "\N{NO-BREAK SPACE}=",
]
# The modules that write cells; each has its own test, and calls `neutral` on every text.
WRITERS = {
    "claims/bordereau/refusals.py",
    "claims/oversight/pack/writing.py",
    "vanguard/workbench/export.py",
    "vanguard/workbench/workbooks.py",
}


def test_there_is_no_other_way_out_and_each_makes_its_cells_harmless() -> None:
    writes = {
        path
        for path, source in sources().items()
        if "xlsxwriter" in source.imports or any(name in ("csv.writer", "csv.DictWriter") for name, _ in source.calls)
    }
    figure("S12", f"{len(writes)} modules write cells, {len(writes - WRITERS)} of them unknown")
    assert writes == WRITERS
    assert [path for path in writes if not any(name == "neutral" for name, _ in sources()[path].calls)] == []


@pytest.mark.parametrize("start", STARTS)
def test_whatever_a_spreadsheet_could_run_begins_with_an_apostrophe(start: str) -> None:
    cell = neutral(f"{start}cmd|' /C calc'!A0")
    figure("S12", f"a text that a spreadsheet would run leaves as {'a text' if cell.startswith(chr(39)) else repr(cell)}")
    assert cell.startswith("'")


def test_the_report_on_a_refused_bordereau_is_as_harmless(tmp_path: Path) -> None:
    report = tmp_path / "refused.csv"
    write_report(report, [Refusal(2, "=1+1", "number", "@SUM(A1) is not an amount.")])
    assert list(csv.reader(report.open()))[1] == ["2", "'=1+1", "number", "'@SUM(A1) is not an amount."]
