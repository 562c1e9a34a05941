"""Reports say of a claim's money what its ledger says, as soon as somebody has set a reserve or money has come back."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from claims.models import Claim
from claims.reports.bordereau import Line, lines_of
from claims.reports.catalogue import make_report
from claims.reports.incurred import incurred_at
from claims.reports.inventory import inventory
from claims.reports.periods import bounds, end_of
from claims.reports.question import Question, today
from claims.reports.triangle import triangle
from claims.services import (
    approve_claim,
    clear_payment,
    close_claim,
    pay_claim,
    record_recovery,
    reverse_recovery,
    set_reserve,
    start_claim,
    void_payment,
)
from tests.factories import submitted_claim

# Nothing of this is read from the log of changes, which each database reads in its own words: sums over bookings. test_figures and
# test_as_of make these statements on PostgreSQL in `make test`, of books without reserves and recoveries; with them, `make test-all`.
pytestmark = [pytest.mark.django_db, pytest.mark.rule]
D = Decimal


def approved() -> Claim:
    """4,000.00 of a claim of 5,000.00."""
    return approve_claim(None, start_claim(None, submitted_claim().pk).pk)


def paid() -> Claim:
    claim = approved()
    pay_claim(None, claim.pk)
    clear_payment(None, claim.payments.get().pk)
    return claim


def reserved() -> Claim:
    return set_reserve(None, approved().pk, amount=D("9000.00"), reason="Roof opened")


def recovered() -> Claim:
    return record_recovery(None, close_claim(None, paid().pk).pk, amount=D("1500.00"), source="salvage")


def given_back() -> Claim:
    claim = recovered()
    return reverse_recovery(None, claim.entries.get(kind="recovery").pk, reason="Bounced")


def voided() -> Claim:
    claim = paid()
    void_payment(None, claim.payments.get().pk, reason="Wrong payee")
    return claim


HISTORIES = [
    (submitted_claim, "4000.00"),  # nobody has set anything aside: its terms
    (approved, "4000.00"),
    (paid, "4000.00"),
    (reserved, "9000.00"),
    (recovered, "2500.00"),
    (given_back, "4000.00"),
    (voided, "4000.00"),  # approved, and not paid
]


@pytest.mark.parametrize(("make", "expected"), HISTORIES)
def test_incurred_is_paid_and_outstanding_less_recovered_in_every_report(make: Callable[[], Claim], expected: str) -> None:
    make()
    until = end_of(today())
    assert [claim.cost for claim in Claim.objects.annotate(cost=incurred_at(until))] == [D(expected)]
    assert sum(cell.value for cell in triangle("incurred", "year", "month", user=None)) == D(expected)
    report = make_report("loss-ratio", Question(today()), user=None)
    assert sum(D(str(row[3].value)) for row in report.tables[0].rows) == D(expected)


@pytest.mark.parametrize("make", [make for make, _ in HISTORIES])
def test_a_months_bordereau_meets_whatever_happened(make: Callable[[], Claim]) -> None:
    make()
    since, before = bounds(f"{today():%Y-%m}")
    assert sum(lines_of(since, before).values(), Line()).off == (0, D(0))


def test_what_is_outstanding_in_the_inventory_is_what_is_set_aside() -> None:
    reserved()
    assert [figure.value for figure in inventory(Question(today())).tables[0].foot][-1] == D("9000.00")
