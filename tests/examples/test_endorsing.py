"""What a change comes to from its day on, and what it needs when a loss is known."""

from decimal import Decimal

import pytest

from policies.reading import cover_at, timeline_of
from tests.clock import SetClock, moment
from tests.examples.ways import Endorsed, Refused, Way

pytestmark = pytest.mark.once


def endorsed(*shares: str, change: str) -> Endorsed:
    return Endorsed([Decimal(share) for share in shares], Decimal(change))


def test_annual_1200_with_a_rating_factor_of_1_20_and_then_backdated_another_of_1_10(way: Way, clock: SetClock) -> None:
    clock.set("2025-09-01 09:00")
    policy, in_order = way.book("2025-01-01", "2026-01-01", "1200"), way.book("2025-01-01", "2026-01-01", "1200")
    assert way.factor(policy, "2025-07-01", "garage", "1.20") == endorsed("595.07", "725.92", change="120.99")
    assert way.factor(policy, "2025-04-01", "roof", "1.10") == endorsed("295.89", "329.10", "798.51", change="102.51")
    way.factor(in_order, "2025-04-01", "roof", "1.10")
    way.factor(in_order, "2025-07-01", "garage", "1.20")
    assert timeline_of(policy) == timeline_of(in_order)
    assert timeline_of(policy).written == Decimal("1423.50")


def test_2_665_is_2_67_and_is_not_taken_as_an_amount(way: Way, clock: SetClock) -> None:
    clock.set("2025-01-01 09:00")
    policy = way.book("2025-01-01", "2026-01-01", "5.33")
    assert way.factor(policy, "2025-01-01", "bundle", "0.5") == endorsed("2.67", change="-2.66")
    with pytest.raises(Refused, match="at most two decimals"):
        way.file(policy, "2025-01-01 08:00", amount="2.665")


def test_raising_a_limit_from_a_date_before_a_known_loss_takes_a_statement_and_an_approval(way: Way, clock: SetClock) -> None:
    clock.set("2025-09-01 09:00")
    policy = way.book("2025-01-01", "2026-01-01", "1200", limit="25000")
    claim = way.file(policy, "2025-06-10 12:00")
    with pytest.raises(Refused, match=claim.claim_number):
        way.raise_limit(policy, "2025-06-01", "90000")
    way.raise_limit(policy, "2025-06-01", "90000", statement="Signed: no other loss is known.")
    with pytest.raises(Refused, match="asked for"):
        way.approve_endorsement(policy, by=way.underwriter)
    policy.refresh_from_db()
    assert cover_at(policy, claim.incident_date).limit == Decimal("25000.00")
    way.approve_endorsement(policy, by=way.second_underwriter)
    policy.refresh_from_db()
    limits = [cover_at(policy, moment(day)).limit for day in ("2025-05-31", "2025-06-10")]
    assert limits == [Decimal("25000.00"), Decimal("90000.00")]
