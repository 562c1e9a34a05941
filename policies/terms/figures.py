"""What a cancellation comes to."""

from dataclasses import dataclass
from decimal import Decimal

from policies.terms.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Settled:
    """earned + refund + penalty = written, to the cent. `written` is the premium before, `days` of `term_days` are covered."""

    written: Decimal
    earned: Decimal
    penalty: Decimal
    refund: Decimal
    days: int
    term_days: int


def settled(before: Timeline, after: Timeline) -> Settled:
    """What is earned, kept and given back when `before` becomes `after` by a cancellation."""
    covered = [segment for segment in after.segments if segment.in_force]
    earned = sum((segment.premium for segment in covered), Decimal("0.00"))
    return Settled(
        written=before.written,
        earned=earned,
        penalty=after.written - earned,
        refund=before.written - after.written,
        days=sum(segment.days for segment in covered),
        term_days=after.term.days,
    )
