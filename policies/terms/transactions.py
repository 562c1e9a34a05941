"""What can be booked on a term."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from policies.terms.covers import OwnCover, figures_for, own_covers
from vanguard.money import to_cents

# A rating factor is a field of its own, named with this before its name: two factors never clash, one set twice does.
FACTOR = "factor:"

type Value = str | Decimal | datetime.datetime


class Kind(StrEnum):
    """What a version of a policy did."""

    NEW_BUSINESS = "new_business"
    RENEWAL = "renewal"
    CORRECTION = "correction"
    ENDORSEMENT = "endorsement"
    CANCELLATION = "cancellation"
    REINSTATEMENT = "reinstatement"


# These hold for the whole term, whenever they were booked.
FROM_INCEPTION = frozenset({Kind.NEW_BUSINESS, Kind.RENEWAL, Kind.CORRECTION})
BEGINNINGS = frozenset({Kind.NEW_BUSINESS, Kind.RENEWAL})


@dataclass(frozen=True, slots=True)
class Transaction:
    """One booking. `number` is its place in the order of booking; `changes` the new values by field.

    `through` names the fields whose value here goes on over what was booked before for later moments. `kept` is, for a
    cancellation, the share of the premium of the uncovered time that is not given back (a short rate's penalty).
    """

    number: int
    kind: Kind
    effective_at: datetime.datetime
    changes: Mapping[str, Value] = field(default_factory=dict)
    through: frozenset[str] = frozenset()
    kept: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds during a segment. `base_premium` is for the whole term, before the rating factors.

    `covers` are the coverages with a limit or a deductible of their own, by code; all others are under the two amounts here.
    """

    policy_type: str
    base_premium: Decimal
    coverage_amount: Decimal
    deductible_amount: Decimal
    factors: tuple[tuple[str, Decimal], ...] = ()
    covers: tuple[tuple[str, OwnCover], ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, Value]) -> "Terms":
        """From values by field; a factor of 1 is none."""
        factors = ((name.removeprefix(FACTOR), _decimal(value)) for name, value in values.items() if name.startswith(FACTOR))
        return cls(
            policy_type=str(values["policy_type"]),
            base_premium=_decimal(values["premium_amount"]),
            coverage_amount=_decimal(values["coverage_amount"]),
            deductible_amount=_decimal(values["deductible_amount"]),
            factors=tuple(sorted((name, factor) for name, factor in factors if factor != 1)),
            covers=tuple(own_covers(values).items()),
        )

    @property
    def premium_amount(self) -> Decimal:
        """What the whole term would cost on these terms, to the cent."""
        premium = self.base_premium
        for _, factor in self.factors:
            premium *= factor
        return to_cents(premium)

    def figures_for(self, code: str) -> tuple[Decimal, Decimal]:
        """The limit and the deductible under which a coverage answers."""
        return figures_for(code, dict(self.covers), self.coverage_amount, self.deductible_amount)


def _decimal(value: Value) -> Decimal:
    if not isinstance(value, Decimal):
        raise TypeError(f"An amount or a factor is a Decimal, not {value!r}.")
    return value
