"""Claims triangles of small books: what is counted, in which period, and for whom."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from claims.models import Claim, ClaimPayment
from claims.reports.triangle import Cell, triangle
from policies.models import Policy
from tests.factories import PolicyFactory, adjuster, policyholder
from vanguard.errors import NotAllowed

pytestmark = pytest.mark.django_db


def policy(policy_type: str = "homeowners") -> Policy:
    return PolicyFactory.create(policy_type=policy_type, start_date=datetime(2019, 12, 1, tzinfo=UTC))


def claim(incident: datetime, on: Policy | None = None, *, closed: bool = True, paid: tuple[tuple[str, datetime], ...] = ()) -> Claim:
    """A decided claim that was reported on the day of the loss."""
    made = Claim.objects.create(
        claim_number=f"T-{Claim.objects.count()}",
        policy=on or policy(),
        claim_type="fire",
        claim_amount=Decimal(0),
        incident_date=incident,
        reported_date=incident,
        status="approved",
        stage="paid",
        approved_amount=Decimal(0),
        processed_date=incident,
        closed_at=incident if closed else None,
    )
    for amount, at in paid:
        ClaimPayment.objects.create(claim=made, amount=Decimal(amount), paid_at=at)
    return made


def test_a_cell_is_named_by_its_year_quarter_or_month_and_empty_ones_are_left_out() -> None:
    claim(
        datetime(2020, 2, 3, tzinfo=UTC), paid=(("10.01", datetime(2020, 11, 30, tzinfo=UTC)), ("0.02", datetime(2021, 1, 1, tzinfo=UTC)))
    )
    assert triangle("paid", "year", "month", user=None) == [
        Cell("2020", "2020-11", Decimal("10.01")),
        Cell("2020", "2021-01", Decimal("0.02")),
    ]
    assert triangle("paid", "quarter", "quarter", user=None) == [
        Cell("2020Q1", "2020Q4", Decimal("10.01")),
        Cell("2020Q1", "2021Q1", Decimal("0.02")),
    ]


def test_periods_end_at_midnight_utc() -> None:
    last_second, first = datetime(2020, 3, 31, 23, 59, 59, tzinfo=UTC), datetime(2020, 4, 1, tzinfo=UTC)
    claim(last_second, paid=(("1.00", first),))
    claim(first, paid=(("2.00", first),))
    assert triangle("paid", "month", "year", user=None) == [
        Cell("2020-03", "2020", Decimal("1.00")),
        Cell("2020-04", "2020", Decimal("2.00")),
    ]


def test_a_claim_paid_in_parts_is_closed_once_in_the_period_of_its_last_payment() -> None:
    incident = datetime(2020, 2, 3, tzinfo=UTC)
    last = datetime(2021, 5, 5, tzinfo=UTC)
    claim(incident, paid=(("1.00", datetime(2020, 5, 5, tzinfo=UTC)), ("1.00", last), ("2.00", last)))
    assert triangle("closed_paid", "year", "year", user=None) == [Cell("2020", "2021", 1)]


def test_only_closed_claims_with_a_payment_are_closed_with_a_payment() -> None:
    incident = datetime(2020, 2, 3, tzinfo=UTC)
    claim(incident, closed=False, paid=(("5.00", incident),))
    claim(incident)
    assert triangle("closed_paid", "year", "year", user=None) == []
    assert triangle("reported", "year", "year", user=None) == [Cell("2020", "2020", 2)]
    assert triangle("paid", "year", "year", user=None) == [Cell("2020", "2020", Decimal("5.00"))]


@pytest.mark.parametrize("value", ["paid", "closed_paid", "reported"])
def test_a_triangle_can_be_asked_for_one_policy_type(value: str) -> None:
    incident = datetime(2020, 2, 3, tzinfo=UTC)
    claim(incident, policy("homeowners"), paid=(("1.00", incident),))
    assert len(triangle(value, "year", "year", "homeowners", user=None)) == 1
    assert triangle(value, "year", "year", "personal_auto", user=None) == []


def test_many_small_amounts_add_up_to_the_cent() -> None:
    made = claim(datetime(2020, 2, 3, tzinfo=UTC))
    at = datetime(2020, 2, 4, tzinfo=UTC)
    ClaimPayment.objects.bulk_create(ClaimPayment(claim=made, amount=Decimal("0.10"), paid_at=at) for _ in range(999))
    ClaimPayment.objects.create(claim=made, amount=Decimal("9999999999.99"), paid_at=at)
    assert triangle("paid", "year", "year", user=None) == [Cell("2020", "2020", Decimal("10000000099.89"))]


def test_who_may_not_view_reports_is_refused() -> None:
    assert triangle("paid", "year", "year", user=adjuster()) == []
    with pytest.raises(NotAllowed):
        triangle("paid", "year", "year", user=policyholder())


def test_what_is_no_value_or_period_is_refused() -> None:
    with pytest.raises(ValueError, match="guessed"):
        triangle("guessed", "year", "year", user=None)
    with pytest.raises(ValueError, match="week"):
        triangle("paid", "week", "year", user=None)
