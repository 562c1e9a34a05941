"""docs/security.md names tests as evidence: each is there, each threat has its row, and the controls' tests exist."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.security.controls import CONTROLS, OF_ROW, WITHOUT_CONTROL
from tests.security.rows import ROWS

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "security.md").read_text()
TABLE = re.compile(r"(?m)^\| ((?:S\d+)|(?:\d+\.\d+\.\d+)) \| (.*) \|$")


@cache
def words_of(path: str) -> str:
    return (ROOT / path).read_text()


def is_there(named: str) -> bool:
    """A file, or a test in one: `tests/web/test_hosts.py::test_our_hosts_are_served`, with or without a class or the case in brackets."""
    path, _, test = named.partition("::")
    name = test.partition("[")[0].rpartition("::")[2]
    return (ROOT / path).is_file() and (not test or f"def {name}(" in words_of(path))


def test_every_test_that_the_document_names_is_there() -> None:
    named = re.findall(r"`(tests/[^`]+)`", DOCUMENT)
    assert len(named) > 80
    assert [each for each in named if not is_there(each)] == []


def test_every_threat_has_its_row_with_the_tests_that_are_run_for_it() -> None:
    written = {row: cells for row, cells in TABLE.findall(DOCUMENT) if row.startswith("S")}
    assert list(written) == list(ROWS) == [f"S{number}" for number in range(1, 21)]
    missing = {(row, path) for row, each in ROWS.items() for path in (*each.tests, *each.long) if f"`{path}`" not in written[row]}
    assert missing == set()


def test_every_row_of_asvs_names_its_evidence() -> None:
    rows = {row: cells for row, cells in TABLE.findall(DOCUMENT) if not row.startswith("S")}
    assert len(rows) >= 58
    assert [row for row, cells in rows.items() if "`tests/" not in cells] == []


def test_every_control_has_a_test_of_its_own_that_is_there() -> None:
    assert [control.test for control in CONTROLS if not is_there(control.test)] == []
    assert len({control.test for control in CONTROLS}) == len({control.name for control in CONTROLS}) == len(CONTROLS)


def test_every_threat_has_a_control_that_is_switched_off_or_says_why_not() -> None:
    assert OF_ROW.keys() | WITHOUT_CONTROL.keys() == ROWS.keys()
    assert not OF_ROW.keys() & WITHOUT_CONTROL.keys()
    assert {name for names in OF_ROW.values() for name in names} - {control.name for control in CONTROLS} == set()
    assert f"Of {len(CONTROLS)} controls" in DOCUMENT
