"""Lists as files for a spreadsheet, in which no cell can act as a formula."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

# The wide forms too: where Chinese or Japanese is typed, spreadsheets take them for the others.
WIDE = ("\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}", "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")
FORMULA_STARTS = ("=", "+", "-", "@", *WIDE)
CONTROL_STARTS = ("\t", "\r", "\n")


def neutral(value: Any) -> str:
    """The cell as text. What a spreadsheet would run is kept from running by an apostrophe; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, Decimal | int):
        return str(value)
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    text = str(value).replace("\0", "")
    runs = text.startswith(CONTROL_STARTS) or text.lstrip().startswith(FORMULA_STARTS)
    return f"'{text}" if runs else text


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]], *, mark: str = "\N{BOM}") -> HttpResponse:
    """A download named `name`; the mark at its start tells spreadsheets that it is UTF-8, and programs do without it."""
    response = HttpResponse(mark, content_type="text/csv; charset=utf-8", headers={"Cache-Control": "private, no-store"})
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response)
    writer.writerow([neutral(each) for each in header])
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return response
