"""What a loss pays, who may pay it, and what the claim's money comes to."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from claims.models import AuthorityLimit, Claim
from tests.clock import SetClock
from tests.examples.ways import HOUSE, OTHER, Money, Refused, Way, rule_for

pytestmark = pytest.mark.once


def started(way: Way, clock: SetClock, loss: str, *, deductible: str, limit: str, kind: str = "water_damage", of: str = OTHER) -> Claim:
    clock.set("2026-03-02 15:00")
    policy = way.book("2026-01-01", "2027-01-01", "1200", kind=of, limit=limit, deductible=deductible)
    claim = way.file(policy, "2026-02-20 12:00", amount=loss, kind=kind)
    way.start(claim)
    return claim


def money(paid: str, outstanding: str, incurred: str) -> Money:
    return Money(Decimal(paid), Decimal(outstanding), Decimal(incurred))


def test_repair_6000_with_a_deductible_of_2000_pays_4000(way: Way, clock: SetClock) -> None:
    claim = started(way, clock, "6000", deductible="2000", limit="100000")
    assert way.approve(claim, by=way.adjuster) == Decimal("4000.00")
    assert way.status_of(claim) == "approved"


@pytest.mark.parametrize(
    ("kind", "rule", "pays"), [("liability", "limit", "10000.00"), ("water_damage", "limit_less_deductible", "9000.00")]
)
def test_loss_15000_deductible_1000_limit_10000_by_the_products_setting(way: Way, clock: SetClock, kind: str, rule: str, pays: str) -> None:
    claim = started(way, clock, "15000", deductible="1000", limit="10000", kind=kind, of=HOUSE)
    assert rule_for(claim.policy, kind) == rule
    assert way.approve(claim, by=way.adjuster) == Decimal(pays)


def test_authority_10000_payments_6000_then_6000_by_the_same_adjuster(way: Way, clock: SetClock) -> None:
    AuthorityLimit.objects.filter(role=Group.objects.get(name="Adjuster"), cost_type="indemnity").update(amount=Decimal(10000))
    claim = started(way, clock, "13000", deductible="1000", limit="100000")
    assert way.approve(claim, by=way.adjuster) is None
    assert way.approve(claim, by=way.supervisor) == Decimal("12000.00")
    assert [way.pay(claim, "6000", by=way.adjuster) for _ in range(2)] == ["approved", "requested"]
    with pytest.raises(Refused, match="yourself"):
        way.approve_payment(claim, by=way.adjuster)
    way.approve_payment(claim, by=way.supervisor)
    assert [payment.basis for payment in claim.payments.order_by("created_at")] == ["own_authority", "second_person"]


def test_reserve_10000_paid_7000_closed_reopened_with_2000(way: Way, clock: SetClock) -> None:
    claim = started(way, clock, "8000", deductible="1000", limit="100000")
    way.reserve(claim, "10000", by=way.adjuster)
    way.approve(claim, by=way.adjuster)
    assert way.pay(claim, "7000", by=way.finance) == "issued"
    assert way.money(claim) == money("7000.00", "3000.00", "10000.00")
    with pytest.raises(Refused, match="A payment of 7,000\\.00 is under way"):
        way.close(claim)
    way.clear_payment(claim)
    way.close(claim)
    assert way.money(claim) == money("7000.00", "0.00", "7000.00")
    way.reopen(claim)
    way.reserve(claim, "2000", by=way.supervisor)
    assert way.money(claim) == money("7000.00", "2000.00", "9000.00")
