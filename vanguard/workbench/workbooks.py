"""Tables as an .xlsx workbook, a sheet each, in which no cell can act as a formula."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

import xlsxwriter
from django.http import HttpResponse

from vanguard.workbench.export import neutral

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_NAME, WIDTH = 31, 16
# A sheet takes 65,530.
MOST_LINKS = 65_000
LINKED = {"font_color": "#0563C1"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """`formats` has, column by column, how its numbers are shown ("" as they are); `links`, cell by cell, the page that a number opens
    ("" for none), or nothing at all."""

    name: str
    header: Sequence[str]
    formats: Sequence[str]
    rows: Iterable[Sequence[Any]]
    links: Sequence[Sequence[str]] = ()


def workbook_response(name: str, sheets: Iterable[Sheet]) -> HttpResponse:
    """A download named `name`."""
    held = io.BytesIO()
    # Nothing is guessed from a text: neither a formula, nor an address, nor a number.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(held, options) as book:
        for sheet in sheets:
            _write(book, sheet)
    response = HttpResponse(held.getvalue(), content_type=TYPE, headers={"Cache-Control": "private, no-store"})
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def _write(book: Any, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.name[:LONGEST_NAME])
    formats = [book.add_format({"num_format": shown}) if shown else None for shown in sheet.formats]
    linked = [book.add_format({"num_format": shown or "General"} | LINKED) for shown in sheet.formats] if sheet.links else formats
    links = _links(sheet)
    page.write_row(0, 0, [neutral(each) for each in sheet.header], book.add_format({"bold": True}))
    page.freeze_panes(1, 1)
    for number, row in enumerate(sheet.rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, Decimal | int | float):
                if url := links.get((number, column)):
                    # What it says is written over by the number; where it leads stays.
                    page.write_url(number, column, url)
                page.write_number(number, column, float(value), (linked if url else formats)[column])
            elif value is not None:
                page.write_string(number, column, neutral(value))
    page.set_column(0, len(sheet.header), WIDTH)


def _links(sheet: Sheet) -> dict[tuple[int, int], str]:
    """By row and column, as many as a sheet takes."""
    found = (((row, column), url) for row, urls in enumerate(sheet.links, 1) for column, url in enumerate(urls) if url)
    return dict(islice(found, MOST_LINKS))
