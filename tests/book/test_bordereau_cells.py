"""A cell of a bordereau becomes a value, or is refused with a reason."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from claims.bordereau.cells import CellRefused, read_amount, read_closed, read_count, read_date, read_whole, read_yes_no


@pytest.mark.parametrize("text", ["2010-10-08", "10/8/2010", "10/08/2010"])
def test_a_date_is_read_in_both_forms(text: str) -> None:
    assert read_date(text) == datetime(2010, 10, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "2010-13-01", "2010-02-30", "13/1/2010", "8.10.2010", "2010-10-08T00:00", "0001-01-01", "10/8/10", "２010-10-08"]
)
def test_what_is_not_a_date_is_refused(text: str) -> None:
    with pytest.raises(CellRefused) as refused:
        read_date(text)
    assert refused.value.code == "date"


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("115744.7737", "115744.77"),
        ("2.665", "2.67"),
        ("2.6649999999999999", "2.66"),
        ("63678.87712999999", "63678.88"),
        ("300000.0", "300000.00"),
        ("0", "0.00"),
    ],
)
def test_an_amount_is_rounded_half_up_to_cents(text: str, cents: str) -> None:
    assert str(read_amount(text)) == cents
    assert read_amount(text) == Decimal(cents)


@pytest.mark.parametrize("text", ["", "NaN", "Infinity", "1e30", "1" * 14, "1,000.00", "$5", "+5", "5.", ".5", "5 0", "٣"])
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    with pytest.raises(CellRefused) as refused:
        read_amount(text)
    assert refused.value.code == "number"


def test_an_amount_below_zero_is_refused_as_such() -> None:
    with pytest.raises(CellRefused) as refused:
        read_amount("-0.01")
    assert refused.value.code == "negative"


@pytest.mark.parametrize("text", ["", "-1", "1.5", "0x10", "1_000", "9" * 13])
def test_what_is_not_a_whole_number_is_refused(text: str) -> None:
    with pytest.raises(CellRefused):
        read_whole(text)


def test_counts_may_be_written_as_whole_or_as_decimal_numbers() -> None:
    assert read_count("1") == read_count("1.0") == 1


def test_yes_and_no_are_true_and_false_only() -> None:
    assert read_yes_no("True") is True
    assert read_yes_no("false") is False
    with pytest.raises(CellRefused):
        read_yes_no("1")


def test_only_a_closed_claim_can_be_taken_over() -> None:
    assert read_closed("CLOSED") == "CLOSED"
    with pytest.raises(CellRefused, match="OPEN"):
        read_closed("OPEN")


def test_a_refused_cell_is_quoted_short_and_printable() -> None:
    with pytest.raises(CellRefused) as refused:
        read_date("\x07" + "x" * 1000)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 120
