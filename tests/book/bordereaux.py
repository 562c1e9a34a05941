"""Bordereau files for tests: the real one, samples of it, and lines made by hand."""

import csv
import gzip
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

BOOK = Path(__file__).resolve().parents[2] / "data" / "prism.csv.gz"
PUBLISHED = Path(__file__).resolve().parent / "data"

PAID_LINE = {
    "ClaimNo": "3",
    "AccidentDate": "2008-01-01",
    "ReportDate": "9/23/2009",
    "Line": "Home",
    "Type": "Dwelling",
    "ClaimLiability": "True",
    "Limit": "200000.0",
    "Deductible": "20000",
    "TotalPayment": "115744.7737",
    "PaymentDate": "2010-02-17",
    "CloseDate": "2/17/2010",
    "Status": "CLOSED",
    "reportedCount": "1",
    "closedPaidCount": "1",
    "closedUnPaidCount": "0",
    "openCount": "0",
    "Paid": "115744.7737",
    "Outstanding": "0",
    "Incurred": "115744.7737",
}
DENIED_LINE = PAID_LINE | {
    "ClaimNo": "4",
    "ClaimLiability": "False",
    "TotalPayment": "0.0",
    "closedPaidCount": "0",
    "closedUnPaidCount": "1",
    "Paid": "0.0",
    "Incurred": "0.0",
}


def paid_line(amount: str | None = None, **changes: str) -> dict[str, str]:
    """A right line on which something was paid, with `changes`."""
    amounts = {} if amount is None else dict.fromkeys(("TotalPayment", "Paid", "Incurred"), amount)
    return PAID_LINE | amounts | changes


def denied_line(**changes: str) -> dict[str, str]:
    """A right line on which nothing was due, with `changes`."""
    return DENIED_LINE | changes


@cache
def book_rows() -> tuple[dict[str, str], ...]:
    """All lines of the real book."""
    with gzip.open(BOOK, "rt", encoding="utf-8", newline="") as handle:
        return tuple(csv.DictReader(handle))


def sample_rows(count: int = 300) -> list[dict[str, str]]:
    """Lines from all over the real book, with every kind in them."""
    rows = book_rows()
    return list(rows[:: len(rows) // count])[:count]


def write(path: Path, rows: Iterable[Mapping[str, str]], columns: Iterable[str] | None = None) -> Path:
    """The rows as a bordereau file, packed when it is named `.gz`."""
    rows = list(rows)
    names = list(columns or PAID_LINE)
    with gzip.open(path, "wt", newline="") if path.suffix == ".gz" else path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path
