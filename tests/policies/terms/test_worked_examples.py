"""The figures of the worked examples, to the cent, as an auditor would redo them."""

from decimal import Decimal

import pytest

from policies.terms import settled, timeline
from tests.policies.terms.booking import cancellation, day, endorsement, factor, new_business, reinstatement


@pytest.mark.parametrize(
    ("start", "end", "premium", "cancelled", "earned", "refund"),
    [
        ("2021-01-01", "2022-01-01", "1000", "2021-07-01", "495.89", "504.11"),
        ("2024-01-01", "2025-01-01", "1200", "2024-07-01", "596.72", "603.28"),
        ("2023-07-01", "2024-07-01", "1200", "2024-02-29", "796.72", "403.28"),
        ("2023-07-01", "2024-07-01", "1200", "2024-03-01", "800.00", "400.00"),
    ],
)
def test_cancelled_pro_rata(start: str, end: str, premium: str, cancelled: str, earned: str, refund: str) -> None:
    booked = [new_business(start, end, premium)]
    figures = settled(timeline(booked), timeline([*booked, cancellation(2, cancelled)]))
    assert (figures.earned, figures.refund, figures.penalty) == (Decimal(earned), Decimal(refund), Decimal("0.00"))


def test_short_rate_500_for_365_days_cancelled_on_day_150_with_10_percent_of_the_unearned_kept() -> None:
    booked = [new_business("2025-01-01", "2026-01-01", "500")]
    before, on_day_150 = timeline(booked), "2025-05-31"
    assert before.term.days_to(day(on_day_150)) == 150
    assert settled(before, timeline([*booked, cancellation(2, on_day_150)])).refund == Decimal("294.52")
    figures = settled(before, timeline([*booked, cancellation(2, on_day_150, "0.10")]))
    assert (figures.refund, figures.earned + figures.refund + figures.penalty) == (Decimal("265.07"), Decimal("500.00"))


def test_1000_cancelled_halfway_with_10_percent_holdback_then_reinstated_without_a_gap() -> None:
    booked = [new_business("2024-01-01", "2025-01-01", "1000")]
    cancelled = [*booked, cancellation(2, "2024-07-02", "0.10")]
    assert settled(timeline(booked), timeline(cancelled)).refund == Decimal("450.00")
    reinstated = timeline([*cancelled, reinstatement(3, "2024-07-02")])
    assert reinstated.written - timeline(cancelled).written == Decimal("450.00")
    assert reinstated == timeline(booked)


def test_annual_1200_with_a_rating_factor_of_1_20_from_the_first_of_july() -> None:
    booked = [new_business("2025-01-01", "2026-01-01", "1200")]
    after = timeline([*booked, factor(2, "2025-07-01", "garage", "1.20")])
    assert [segment.premium for segment in after.segments] == [Decimal("595.07"), Decimal("725.92")]
    assert after.segments[-1].terms.premium_amount == Decimal("1440.00")
    assert after.written - timeline(booked).written == Decimal("120.99")


def test_and_then_backdated_another_factor_of_1_10_from_the_first_of_april() -> None:
    booked = [new_business("2025-01-01", "2026-01-01", "1200"), factor(2, "2025-07-01", "garage", "1.20")]
    after = timeline([*booked, factor(3, "2025-04-01", "roof", "1.10")])
    assert [segment.premium for segment in after.segments] == [Decimal("295.89"), Decimal("329.10"), Decimal("798.51")]
    assert (after.written, after.written - timeline(booked).written) == (Decimal("1423.50"), Decimal("102.51"))
    in_order = timeline([booked[0], factor(2, "2025-04-01", "roof", "1.10"), factor(3, "2025-07-01", "garage", "1.20")])
    assert after == in_order


def test_lapse_and_reinstatement_with_a_gap() -> None:
    booked = [new_business("2025-06-01", "2026-06-01", "1200")]
    after = timeline([*booked, cancellation(2, "2026-03-01T00:01"), reinstatement(3, "2026-03-10")])
    for loss, covered in (("2026-02-28", True), ("2026-03-02", False), ("2026-03-05", False), ("2026-03-10", True)):
        segment = after.at(day(loss))
        assert segment is not None
        assert segment.in_force is covered, loss
    assert after.cancelled_at is None


def test_the_policy_that_starts_in_los_angeles_does_not_hold_the_loss_of_that_night() -> None:
    term = timeline([new_business("2026-01-01T08:01", "2027-01-01T08:01", "1200")])
    assert term.at(day("2026-01-01T04:30")) is None
    assert term.at(day("2026-01-01T08:01")) is not None


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
