"""What a day is, and what a gap keeps. The worked examples themselves are in tests/examples."""

from decimal import Decimal

from policies.terms import settled, timeline
from tests.policies.terms.booking import cancellation, endorsement, new_business, reinstatement


def test_an_hour_of_daylight_saving_is_no_day() -> None:
    booked = [new_business("2025-01-01T08:01", "2026-01-01T08:01", "1000")]
    assert settled(timeline(booked), timeline([*booked, cancellation(2, "2025-07-01T07:01")])).earned == Decimal("495.89")


def test_a_short_rate_keeps_its_share_of_what_a_gap_leaves_uncovered_only() -> None:
    booked = [new_business("2025-01-01", "2026-01-01", "3650"), cancellation(2, "2025-07-01", "0.10"), reinstatement(3, "2025-07-11")]
    assert [(segment.days, segment.premium) for segment in timeline(booked).segments] == [
        (181, Decimal("1810.00")),
        (10, Decimal("10.00")),
        (174, Decimal("1740.00")),
    ]


def test_a_choice_lets_a_backdated_value_go_on_over_the_later_one() -> None:
    booked = [
        new_business("2025-01-01", "2026-01-01", "1200"),
        endorsement(2, "2025-07-01", deductible_amount=Decimal("500.00")),
        endorsement(3, "2025-04-01", deductible_amount=Decimal("2500.00"), through=("deductible_amount",)),
    ]
    assert [segment.terms.deductible_amount for segment in timeline(booked).segments] == [Decimal("1000.00"), Decimal("2500.00")]
