"""One line of the PRISM bordereau to one checked record, by itself: what needs other lines or the database is judged later."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from claims.bordereau import cells
from claims.bordereau.reading import Row
from vanguard.errors import FieldError
from vanguard.money import ZERO


@dataclass(frozen=True, slots=True)
class Product:
    """What a line of business is called here."""

    code: str
    policy_type: str
    claim_type: str


PRODUCTS = {
    ("Home", "Dwelling"): Product("HO", "homeowners", "dwelling"),
    ("Auto", "PD"): Product("PA", "personal_auto", "property_damage"),
}


@dataclass(frozen=True, slots=True)
class ClosedClaim:
    """A line whose cells are right and agree with each other."""

    line: int
    number: int
    product: Product
    incident: datetime
    reported: datetime
    decided: datetime
    closed: datetime
    liable: bool
    limit: Decimal
    deductible: Decimal
    paid: Decimal

    @property
    def claim_number(self) -> str:
        return f"PRISM-{self.number:06d}"

    @property
    def loss(self) -> Decimal:
        """The book does not hold the loss: what was paid plus the insured's own share is the least that it can have been."""
        return self.paid + self.deductible if self.paid else ZERO

    @property
    def loss_is_minimum(self) -> bool:
        """Where the limit was exhausted the loss may have been larger, by nobody knows how much."""
        return self.paid > 0 and self.paid == self.limit - self.deductible


REQUIRED: dict[str, Callable[[str], Any]] = {
    "ClaimNo": cells.read_whole,
    "AccidentDate": cells.read_date,
    "ReportDate": cells.read_date,
    "Line": str,
    "Type": str,
    "ClaimLiability": cells.read_yes_no,
    "Limit": cells.read_amount,
    "Deductible": cells.read_amount,
    "TotalPayment": cells.read_amount,
    "PaymentDate": cells.read_date,
    "CloseDate": cells.read_date,
    "Status": cells.read_closed,
}
# These say again what the columns above say. Where a file has them they must agree.
DERIVED: dict[str, Callable[[str], Any]] = {
    "reportedCount": cells.read_count,
    "closedPaidCount": cells.read_count,
    "closedUnPaidCount": cells.read_count,
    "openCount": cells.read_count,
    "Paid": cells.read_amount,
    "Outstanding": cells.read_amount,
    "Incurred": cells.read_amount,
}
READERS = REQUIRED | DERIVED


def check_header(names: list[str]) -> list[FieldError]:
    """Columns may stand in any order; none may be missing, unknown or there twice."""
    missing = [FieldError(name, "missing", "The column is missing.") for name in REQUIRED if name not in names]
    unknown = [FieldError(cells.shown(name), "unknown", "No such column is known.") for name in names if name not in READERS]
    twice = [FieldError(name, "duplicate", "The column is there twice.") for name in READERS if names.count(name) > 1]
    return missing + unknown + twice


def read_line(line: int, row: Row) -> ClosedClaim | list[FieldError]:
    """The record, or everything that is wrong with the line."""
    values, errors = _read_cells(row)
    errors += _check_product(row)
    if errors:
        return errors
    return _check_counts(row, values) or _claim(line, row, values)


def _read_cells(row: Row) -> tuple[dict[str, Any], list[FieldError]]:
    values: dict[str, Any] = {}
    errors = []
    for column, text in row.items():
        try:
            values[column] = READERS[column](text)
        except cells.CellRefused as refused:
            errors.append(FieldError(column, refused.code, str(refused)))
    return values, errors


def _check_product(row: Row) -> list[FieldError]:
    if (row["Line"], row["Type"]) in PRODUCTS:
        return []
    known = ", ".join("/".join(pair) for pair in PRODUCTS)
    if row["Line"] not in {line for line, _ in PRODUCTS}:
        return [FieldError("Line", "choice", f"{cells.shown(row['Line'])} is not a known line of business ({known}).")]
    return [FieldError("Type", "choice", f"{cells.shown(row['Type'])} is not covered by line {row['Line']} ({known}).")]


def _check_counts(row: Row, values: dict[str, Any]) -> list[FieldError]:
    paid = values["TotalPayment"]
    expected = {
        "reportedCount": 1,
        "closedPaidCount": int(paid > 0),
        "closedUnPaidCount": int(paid == 0),
        "openCount": 0,
        "Paid": paid,
        "Outstanding": ZERO,
        "Incurred": paid,
    }
    return [
        FieldError(column, "inconsistent", f"{cells.shown(row[column])} where the rest of the line says {due}.")
        for column, due in expected.items()
        if column in values and values[column] != due
    ]


def _claim(line: int, row: Row, values: dict[str, Any]) -> ClosedClaim:
    return ClosedClaim(
        line=line,
        number=values["ClaimNo"],
        product=PRODUCTS[row["Line"], row["Type"]],
        incident=values["AccidentDate"],
        reported=values["ReportDate"],
        decided=values["PaymentDate"],
        closed=values["CloseDate"],
        liable=values["ClaimLiability"],
        limit=values["Limit"],
        deductible=values["Deductible"],
        paid=values["TotalPayment"],
    )
