"""Base rate × factors: every step shown, the sum exact, rounded once at the end."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies.products.rating import Applied, band_of, cents_of, rate

MULTIPLIERS = st.integers(1, 9_999_999).map(lambda number: Fraction(number, 10_000))
FACTORS = st.lists(st.builds(Applied, name=st.just("factor"), found=st.just("x"), multiplier=MULTIPLIERS), max_size=12)
# A busy machine is no reason to fail.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
BASES = st.integers(1, 9_999_999).map(lambda cents: Decimal(cents).scaleb(-2))


def applied(*multipliers: str) -> list[Applied]:
    return [Applied(f"Factor {place}", "x", Fraction(multiplier)) for place, multiplier in enumerate(multipliers, start=1)]


def test_a_premium_that_can_be_redone_by_hand() -> None:
    rating = rate(Decimal("1180.00"), applied("0.9100", "1.1400", "184/365"))
    assert [(step.factor, str(step.shown)) for step in rating.steps] == [
        ("0.9100", "1073.80"), ("1.1400", "1224.13"), ("184/365", "617.10"),
    ]  # fmt: skip
    assert rating.premium == Decimal("617.10")


def test_only_the_end_is_rounded() -> None:
    """Rounded in the middle, 10.01 × 1.05 × 1.05 would be 10.51 × 1.05 = 11.04."""
    assert rate(Decimal("10.01"), applied("1.05", "1.05")).premium == Decimal("11.04")
    assert rate(Decimal("0.05"), applied("0.1", "0.1", "1000")).premium == Decimal("0.50")


@pytest.mark.parametrize(
    ("exact", "cents"), [("2.665", "2.67"), ("2.6649", "2.66"), ("0.005", "0.01"), ("0", "0.00"), ("495.890410958", "495.89")]
)
def test_half_a_cent_goes_up(exact: str, cents: str) -> None:
    assert str(cents_of(Fraction(exact))) == cents


@PATIENT
@given(BASES, FACTORS)
def test_the_steps_that_are_shown_multiply_to_the_premium(base: Decimal, factors: list[Applied]) -> None:
    rating = rate(base, factors)
    product = Fraction(base)
    for step in rating.steps:
        product *= Fraction(step.factor)
    assert cents_of(product) == rating.premium
    assert [step.multiplier for step in rating.steps] == [factor.multiplier for factor in factors]


@PATIENT
@given(BASES, FACTORS, st.randoms(use_true_random=False))
def test_the_order_of_the_factors_does_not_matter(base: Decimal, factors: list[Applied], chance: object) -> None:
    shuffled = list(factors)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    assert rate(base, shuffled).premium == rate(base, factors).premium


@PATIENT
@given(BASES, FACTORS, MULTIPLIERS, MULTIPLIERS)
def test_a_larger_factor_never_makes_it_cheaper(base: Decimal, factors: list[Applied], one: Fraction, other: Fraction) -> None:
    smaller, larger = sorted((one, other))
    cheap = rate(base, [*factors, Applied("last", "x", smaller)]).premium
    dear = rate(base, [*factors, Applied("last", "x", larger)]).premium
    assert cheap <= dear


@pytest.mark.parametrize(
    ("amount", "multiplier"), [("0", None), ("499.99", None), ("500", "1.12"), ("999.99", "1.12"), ("1000", "1"), ("99999", "0.9")]
)
def test_a_band_holds_from_its_number_to_below_the_next(amount: str, multiplier: str | None) -> None:
    bands = [(Decimal(500), Decimal("1.12")), (Decimal(1000), Decimal(1)), (Decimal(2500), Decimal("0.9"))]
    assert band_of(bands, Decimal(amount)) == (None if multiplier is None else Decimal(multiplier))
