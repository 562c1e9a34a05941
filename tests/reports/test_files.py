"""Reports as files: all figures, and no cell that a spreadsheet would run."""

import csv
import io
import zipfile
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.http import HttpResponse

from claims.reports.catalogue import CATALOGUE, make_report
from claims.reports.files import as_csv, as_workbook
from claims.reports.question import Question
from claims.reports.tables import Column, Figure, Report, Table, Unit
from tests.reports.books import claim, day, policy, small_book

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "=HYPERLINK(\"http://x\")"]  # fmt: skip


def sheets(workbook: HttpResponse) -> list[list[list[str]]]:
    """The workbook's cells as text, by sheet and row. Fails on any formula."""
    with zipfile.ZipFile(io.BytesIO(workbook.content)) as held:
        names = [name for name in held.namelist() if name == "xl/sharedStrings.xml"]
        texts = [
            "".join(part.text or "" for part in each.iter(f"{MAIN}t"))
            for name in names
            for each in ElementTree.fromstring(held.read(name)).iter(f"{MAIN}si")  # noqa: S314  # we wrote it
        ]
        pages = sorted(name for name in held.namelist() if name.startswith("xl/worksheets/sheet"))
        return [_rows(ElementTree.fromstring(held.read(name)), texts) for name in pages]  # noqa: S314  # we wrote it


def _rows(page: ElementTree.Element, texts: list[str]) -> list[list[str]]:
    assert not list(page.iter(f"{MAIN}f"))
    return [[_text(cell, texts) for cell in row.iter(f"{MAIN}c")] for row in page.iter(f"{MAIN}row")]


def _text(cell: ElementTree.Element, texts: list[str]) -> str:
    value = cell.findtext(f"{MAIN}v") or ""
    return texts[int(value)] if cell.get("t") == "s" else value


def lines(response: HttpResponse) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode().removeprefix("\N{BOM}"))))


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_file_has_every_figure_of_the_report(name: str) -> None:
    small_book()
    report = make_report(name, Question(day("2020-12-31"), month="2020-05"), user=None)
    expected = [[figure.value for figure in row] for table in report.tables for row in (*table.rows, *([table.foot] if table.foot else []))]
    from_csv = [row for row in lines(as_csv(report)) if row]
    numbers = sum(len(sheet) - 1 for sheet in sheets(as_workbook(report)))
    assert numbers == len(expected)
    written = [["" if value is None else str(value) for value in row] for row in expected]
    assert [row for row in from_csv if row in written] == written


def test_amounts_keep_their_cents_in_a_csv_and_are_numbers_in_a_workbook() -> None:
    table = Table("t", "T", [Column("a", "A", Unit.TEXT), Column("b", "B", Unit.MONEY)], [[Figure("x"), Figure(Decimal("-1234567.10"))]])
    report = Report("r", "R", day("2020-12-31"), [table])
    assert lines(as_csv(report))[1] == ["x", "-1234567.10"]
    assert sheets(as_workbook(report)) == [[["A", "B"], ["x", "-1234567.1"]]]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_acts_as_a_formula(text: str) -> None:
    table = Table("t", "T", [Column("a", text, Unit.TEXT)], [[Figure(text)]])
    report = Report("r", "R", day("2020-12-31"), [table])
    for cells in (lines(as_csv(report)), *sheets(as_workbook(report))):
        assert all(cell.startswith("'") for row in cells for cell in row), cells


def test_a_product_that_is_called_like_a_formula_stays_a_name() -> None:
    claim("2020-06-01", policy("=cmd|' /C calc'!A0", "2020-01-01"))
    report = make_report("loss-ratio", Question(day("2020-12-31")), user=None)
    assert lines(as_csv(report))[1][0].startswith("'=")
    assert sheets(as_workbook(report))[0][1][0].startswith("'=")
