"""A report as a file for a spreadsheet: all of its tables, with raw figures."""

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpResponse

from claims.reports.addresses import entries_url
from claims.reports.tables import Report, Row, Table
from claims.reports.writing import FORMATS
from vanguard.workbench.export import csv_response
from vanguard.workbench.workbooks import Sheet, workbook_response


def as_csv(report: Report, *, mark: str = "\N{BOM}") -> HttpResponse:
    """One table after the other, an empty line and its title between them. `mark` as csv_response has it."""
    first, *more = report.tables
    rows: list[list[object]] = _rows(first)
    for table in more:
        rows += [[], [table.title], [*_header(table)], *_rows(table)]
    return csv_response(_name(report), _header(first), rows, mark=mark)


def as_workbook(report: Report) -> HttpResponse:
    """A sheet each, in which a figure leads to the page with its entries."""
    sheets = [
        Sheet(table.name, _header(table), [FORMATS[column.unit] for column in table.columns], _rows(table), _links(table))
        for table in report.tables
    ]
    return workbook_response(_name(report), sheets)


def _links(table: Table) -> list[list[str]]:
    """Cell by cell, where its entries are; a file is opened far from here, so the addresses are whole."""
    return [[settings.WORKBENCH_URL + entries_url(each.entries) if each.entries else "" for each in row] for row in _lines(table)]


def _header(table: Table) -> list[str]:
    return [column.label for column in table.columns]


def _rows(table: Table) -> list[list[object]]:
    return [[figure.value for figure in row] for row in _lines(table)]


def _lines(table: Table) -> Sequence[Row]:
    return [*table.rows, *([table.foot] if table.foot else [])]


def _name(report: Report) -> str:
    return f"{report.name}-{report.known_on}"
