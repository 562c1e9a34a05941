"""Rating: base rate × factors, every step shown, so that anybody can redo the premium by hand. Nothing here reads or writes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor


@dataclass(frozen=True, slots=True)
class Applied:
    """A factor as it met what it looks at: its name, what it found, and the multiplier for that."""

    name: str
    found: str
    multiplier: Fraction


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the proof: the factor, and what the premium has come to with it (exact, not rounded)."""

    name: str
    found: str
    multiplier: Fraction
    running: Fraction

    @property
    def shown(self) -> Decimal:
        """The running amount to the cent, for reading; the sum goes on with the exact one."""
        return cents_of(self.running)

    @property
    def factor(self) -> str:
        """The multiplier as it is written: 0.9200, or 184/365 where no decimal says it exactly."""
        if 10_000 % self.multiplier.denominator:
            return str(self.multiplier)
        return str(Decimal(int(self.multiplier * 10_000)).scaleb(-4))


@dataclass(frozen=True, slots=True)
class Rating:
    """The premium for the term, and how it came about."""

    base_rate: Decimal
    steps: tuple[Step, ...]
    premium: Decimal


def rate(base_rate: Decimal, factors: Iterable[Applied]) -> Rating:
    """`base_rate` × every multiplier, in the order given, rounded half up to the cent once, at the end.

    Fractions carry the running amount, so neither the order nor the number of factors can change the last cent.
    """
    running, steps = Fraction(base_rate), []
    for each in factors:
        running *= each.multiplier
        steps.append(Step(each.name, each.found, each.multiplier, running))
    return Rating(base_rate, tuple(steps), cents_of(running))


def cents_of(amount: Fraction) -> Decimal:
    """The exact amount to the cent, half up: 2.665 → 2.67. Not for negative amounts."""
    return Decimal(floor(amount * 100 + Fraction(1, 2))).scaleb(-2)


def band_of(bands: Sequence[tuple[Decimal, Decimal]], amount: Decimal) -> Decimal | None:
    """The multiplier of the last band that begins at or below `amount`; None below the first. `bands` ascend."""
    found = None
    for begins, multiplier in bands:
        if amount < begins:
            break
        found = multiplier
    return found
