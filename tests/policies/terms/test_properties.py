"""What holds for any bookings at all."""

import datetime
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.terms import Kind, Transaction, Value, clashes, mixes_premium_with_factors, timeline
from tests.policies.terms.booking import cancellation, day, endorsement, factor, new_business, reinstatement

HOUR = datetime.timedelta(hours=1)
START = day("2024-01-01")
amounts = st.decimals(Decimal(0), Decimal("99999999.99"), places=2)
factors = st.decimals(Decimal("0.01"), Decimal(5), places=4)
hours = st.integers(0, 366 * 24 - 1)


@st.composite
def bookings(draw: st.DrawFn, most: int = 8) -> list[Transaction]:
    """A leap year's term with anything booked on it, at any hour and out of sequence."""
    booked = [new_business("2024-01-01", "2025-01-01", str(draw(amounts)))]
    for number in range(2, draw(st.integers(2, most)) + 1):
        at = START + HOUR * draw(hours)
        kind = draw(st.sampled_from([Kind.ENDORSEMENT] * 4 + [Kind.CANCELLATION, Kind.REINSTATEMENT]))
        if kind == Kind.ENDORSEMENT:
            changes: dict[str, Value] = {
                draw(st.sampled_from(["deductible_amount", "coverage_amount"])): draw(amounts),
                f"factor:{draw(st.sampled_from('abc'))}": draw(factors),
            }
            through = frozenset(draw(st.sets(st.sampled_from(sorted(changes)))))
            booked.append(Transaction(number, kind, at, changes, through))
        else:
            kept = draw(st.decimals(0, 1, places=2)) if kind == Kind.CANCELLATION else Decimal(0)
            booked.append(Transaction(number, kind, at, kept=kept))
    return booked


@given(bookings())
def test_segments_tile_the_term(booked: list[Transaction]) -> None:
    found = timeline(booked)
    assert found.segments[0].starts_at == found.term.starts_at
    assert found.segments[-1].ends_at == found.term.ends_at
    assert all(one.ends_at == next_.starts_at and one.starts_at < one.ends_at for one, next_ in pairwise(found.segments))
    assert sum(segment.days for segment in found.segments) == found.term.days == 366
    assert all(segment.premium >= 0 for segment in found.segments)


@given(bookings(), hours)
def test_earned_and_unearned_are_the_written_premium_at_every_moment(booked: list[Transaction], hour: int) -> None:
    found, moment = timeline(booked), START + HOUR * hour
    assert found.earned_at(moment) + found.unearned_at(moment) == found.written
    assert found.earned_at(START - HOUR) == 0
    assert found.earned_at(found.term.ends_at) == found.written
    assert 0 <= found.earned_at(moment) <= found.earned_at(moment + HOUR) <= found.written


@given(
    st.lists(hours, min_size=1, max_size=6, unique=True),
    st.lists(factors, min_size=6, max_size=6),
    st.randoms(use_true_random=False),
    st.none() | st.tuples(hours, st.decimals(0, 1, places=2)),
)
def test_any_order_of_bookings_gives_the_same_segments_and_premium(
    times: list[int], values: list[Decimal], chance: Random, cancelled: tuple[int, Decimal] | None
) -> None:
    changes: list[tuple[int, dict[str, Value], Decimal, Kind]] = [
        (at, {f"factor:{place}": values[place]}, Decimal(0), Kind.ENDORSEMENT) for place, at in enumerate(times)
    ]
    if cancelled is not None:
        changes.append((cancelled[0], {}, cancelled[1], Kind.CANCELLATION))
    in_order = sorted(changes, key=lambda change: change[0])
    shuffled = list(changes)
    chance.shuffle(shuffled)
    first, second = (
        timeline(
            [
                new_business("2024-01-01", "2025-01-01", "1200"),
                *(Transaction(number, kind, START + HOUR * at, what, kept=kept) for number, (at, what, kept, kind) in enumerate(order, 2)),
            ]
        )
        for order in (in_order, shuffled)
    )
    assert first == second


@given(bookings(), hours, st.decimals(0, 1, places=2))
def test_a_cancellation_splits_the_written_premium_to_the_cent(booked: list[Transaction], hour: int, kept: Decimal) -> None:
    at = START + HOUR * hour
    after = timeline([*booked, Transaction(99, Kind.CANCELLATION, at, kept=kept)])
    assert all(segment.in_force is False for segment in after.segments if segment.starts_at >= at)
    earned = sum((segment.premium for segment in after.segments if segment.in_force), Decimal(0))
    kept_in_all = sum((segment.premium for segment in after.segments if not segment.in_force), Decimal(0))
    assert earned + kept_in_all == after.written
    back = timeline([*booked, Transaction(99, Kind.CANCELLATION, at, kept=kept), Transaction(100, Kind.REINSTATEMENT, START)])
    assert all(segment.in_force for segment in back.segments)


def test_two_that_change_the_same_field_in_the_overlap_are_shown() -> None:
    booked = [
        new_business("2025-01-01", "2026-01-01", "1200"),
        endorsement(2, "2025-07-01", deductible_amount=Decimal(500), coverage_amount=Decimal(9)),
    ]
    found = clashes(booked, endorsement(3, "2025-04-01", deductible_amount=Decimal(2500), policy_type="condo"))
    assert [(clash.field, clash.number, clash.later, clash.this) for clash in found] == [
        ("deductible_amount", 2, Decimal(500), Decimal(2500))
    ]
    assert not clashes(booked, endorsement(3, "2025-08-01", deductible_amount=Decimal(2500)))
    assert not clashes(booked, endorsement(3, "2025-04-01", deductible_amount=Decimal(500)))
    settled = [*booked, endorsement(3, "2025-04-01", deductible_amount=Decimal(2500), through=("deductible_amount",))]
    assert not clashes(settled, endorsement(4, "2025-02-01", deductible_amount=Decimal(2500)))


def test_a_premium_that_was_set_and_rating_factors_are_not_mixed() -> None:
    start = new_business("2025-01-01", "2026-01-01", "1200")
    rated, fixed = factor(2, "2025-07-01", "roof", "1.1"), endorsement(2, "2025-07-01", premium_amount=Decimal(1500))
    assert mixes_premium_with_factors([start, rated], endorsement(3, "2025-08-01", premium_amount=Decimal(1)))
    assert mixes_premium_with_factors([start, fixed], factor(3, "2025-04-01", "roof", "1.1"))
    assert not mixes_premium_with_factors([start, fixed], factor(3, "2025-08-01", "roof", "1.1"))
    assert not mixes_premium_with_factors([start, rated], factor(3, "2025-04-01", "garage", "1.1"))


def test_the_shortest_term_still_has_a_day_to_share_its_premium_out_over() -> None:
    booked = [new_business("2025-01-01T00:00", "2025-01-01T01:00", "12")]
    assert timeline(booked).written == Decimal("12.00")
    assert timeline([*booked, cancellation(2, "2025-01-01T00:30")]).written == Decimal("0.00")


def test_a_history_without_a_beginning_is_none() -> None:
    with pytest.raises(ValueError, match="begins with"):
        timeline([reinstatement(1, "2025-01-01")])
