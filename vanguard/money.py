"""Money is Decimal, two decimals, rounded half up at the end of a computation and never in the middle."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def to_cents(amount: Decimal) -> Decimal:
    """2.665 → 2.67."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def dollars(amount: Decimal) -> str:
    """For sentences: 9190 → 9,190.00, with a true minus sign."""
    return f"{to_cents(amount):,.2f}".replace("-", "\N{MINUS SIGN}")
