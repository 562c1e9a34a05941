"""A line of a bordereau is right in each cell and agrees with itself, or is refused with every reason."""

from decimal import Decimal

import pytest

from claims.bordereau.lines import DERIVED, REQUIRED, ClosedClaim, check_header, read_line
from tests.book.bordereaux import PAID_LINE, book_rows, denied_line, paid_line


def accepted(row: dict[str, str]) -> ClosedClaim:
    claim = read_line(2, row)
    assert isinstance(claim, ClosedClaim), claim
    return claim


def findings(row: dict[str, str]) -> set[tuple[str, str]]:
    errors = read_line(2, row)
    assert isinstance(errors, list)
    return {(error.field, error.code) for error in errors}


def test_every_line_of_the_real_book_is_accepted() -> None:
    assert all(isinstance(read_line(number, row), ClosedClaim) for number, row in enumerate(book_rows(), start=2))


def test_the_loss_is_what_was_paid_plus_the_deductible() -> None:
    claim = accepted(paid_line("115744.7737"))
    assert claim.loss == Decimal("135744.77")
    assert not claim.loss_is_minimum


def test_the_loss_is_a_minimum_where_the_limit_was_exhausted() -> None:
    claim = accepted(paid_line("180000.0"))
    assert claim.loss == Decimal("200000.00")
    assert claim.loss_is_minimum


def test_the_loss_is_nothing_where_nothing_was_paid() -> None:
    claim = accepted(denied_line())
    assert claim.loss == Decimal("0.00")
    assert not claim.loss_is_minimum


def test_the_claim_number_keeps_the_order_of_the_book() -> None:
    assert accepted(paid_line(ClaimNo="41903")).claim_number == "PRISM-041903"


def test_a_file_may_leave_out_the_columns_that_follow_from_others() -> None:
    assert accepted({column: PAID_LINE[column] for column in REQUIRED}).paid == Decimal("115744.77")


def test_every_wrong_cell_of_a_line_is_named() -> None:
    row = paid_line(AccidentDate="yesterday", Limit="2e5", ClaimNo="", Line="Boat", Status="OPEN", ClaimLiability="maybe")
    assert findings(row) == {
        ("AccidentDate", "date"),
        ("Limit", "number"),
        ("ClaimNo", "number"),
        ("Line", "choice"),
        ("Status", "choice"),
        ("ClaimLiability", "choice"),
    }


def test_a_type_that_the_line_of_business_does_not_cover_is_refused() -> None:
    assert findings(paid_line(Type="PD")) == {("Type", "choice")}


@pytest.mark.parametrize("column", list(DERIVED))
def test_a_count_or_sum_that_contradicts_the_line_is_refused(column: str) -> None:
    assert findings(paid_line(**{column: "7"})) == {(column, "inconsistent")}


def test_the_header_may_have_its_columns_in_any_order() -> None:
    assert check_header(list(reversed(PAID_LINE))) == []


def test_missing_unknown_and_repeated_columns_are_named() -> None:
    names = [name for name in PAID_LINE if name != "Limit"] + ["Colour", "ClaimNo"]
    assert {(error.field, error.code) for error in check_header(names)} == {
        ("Limit", "missing"),
        ("“Colour”", "unknown"),
        ("ClaimNo", "duplicate"),
    }
