"""What is given back when a policy is cancelled, and charged again when it is reinstated."""

from decimal import Decimal

import pytest

from tests.clock import SetClock
from tests.examples.ways import Refund, Way

pytestmark = pytest.mark.once


def figures(earned: str, kept: str, refund: str) -> Refund:
    return Refund(Decimal(earned), Decimal(kept), Decimal(refund))


@pytest.mark.parametrize(
    ("premium", "start", "end", "cancelled", "earned", "refund"),
    [
        pytest.param("1000", "2021-01-01", "2022-01-01", "2021-07-01", "495.89", "504.11", id="1000 for 2021, cancelled on 07-01"),
        pytest.param(
            "1200", "2024-01-01", "2025-01-01", "2024-07-01", "596.72", "603.28", id="1200 for 2024 with its 366 days, cancelled on 07-01"
        ),
        pytest.param(
            "1200",
            "2023-07-01",
            "2024-07-01",
            "2024-02-29",
            "796.72",
            "403.28",
            id="1200 from 2023-07-01 to 2024-07-01, cancelled on 02-29",
        ),
        pytest.param("1200", "2023-07-01", "2024-07-01", "2024-03-01", "800.00", "400.00", id="and on 03-01"),
    ],
)
def test_cancelled_pro_rata_by_the_actual_days_of_the_term(
    way: Way, clock: SetClock, premium: str, start: str, end: str, cancelled: str, earned: str, refund: str
) -> None:
    clock.set(f"{cancelled} 09:00")
    policy = way.book(start, end, premium)
    assert way.cancel(policy, cancelled) == figures(earned, "0.00", refund)


def test_500_for_365_days_cancelled_on_day_150_with_10_percent_of_the_unearned_kept(way: Way, clock: SetClock) -> None:
    clock.set("2025-05-31 09:00")
    by_the_day, at_short_rate = way.book("2025-01-01", "2026-01-01", "500"), way.book("2025-01-01", "2026-01-01", "500")
    assert way.cancel(by_the_day, "2025-05-31").refund == Decimal("294.52")
    assert way.cancel(at_short_rate, "2025-05-31", kept="0.10") == figures("205.48", "29.45", "265.07")


def test_1000_cancelled_halfway_with_10_percent_holdback_then_reinstated_without_a_gap(way: Way, clock: SetClock) -> None:
    clock.set("2024-07-02 09:00")
    policy = way.book("2024-01-01", "2025-01-01", "1000")
    assert way.cancel(policy, "2024-07-02", kept="0.10") == figures("500.00", "50.00", "450.00")
    assert way.reinstate(policy) == Decimal("450.00")
    policy.refresh_from_db()
    assert (policy.status, policy.cancelled_at) == ("active", None)
