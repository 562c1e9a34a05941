"""Transactions to segments."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor

from policies.terms.transactions import BEGINNINGS, FROM_INCEPTION, Kind, Terms, Transaction, Value

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Term:
    """The half-open period from `starts_at` to `ends_at`."""

    starts_at: datetime.datetime
    ends_at: datetime.datetime

    @property
    def days(self) -> int:
        """At least one, so that the shortest term still has a day to share its premium out over."""
        return max(1, _nearest_day(self.ends_at - self.starts_at))

    def days_to(self, moment: datetime.datetime) -> int:
        """Days from the start to `moment`: 0 before it, all of them from the end on."""
        if moment >= self.ends_at:
            return self.days
        return max(0, min(self.days, _nearest_day(moment - self.starts_at)))

    def holds(self, moment: datetime.datetime) -> bool:
        return self.starts_at <= moment < self.ends_at


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the term with one set of terms. `premium` is its share to the cent; not in force, what is kept of it."""

    starts_at: datetime.datetime
    ends_at: datetime.datetime
    days: int
    terms: Terms
    in_force: bool
    premium: Decimal


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole term. `exact` holds, segment by segment, what the term has cost up to its end, before any rounding."""

    term: Term
    segments: tuple[Segment, ...]
    exact: tuple[Fraction, ...]

    @property
    def written(self) -> Decimal:
        """The premium of the term, as it is booked."""
        return sum((segment.premium for segment in self.segments), Decimal("0.00"))

    def at(self, moment: datetime.datetime) -> Segment | None:
        """The segment that holds `moment`; None outside the term."""
        return next((segment for segment in self.segments if segment.starts_at <= moment < segment.ends_at), None)

    def nearest(self, moment: datetime.datetime) -> Segment:
        """As `at`; before the term its first segment, after it its last."""
        return self.at(moment) or self.segments[0 if moment < self.term.starts_at else -1]

    def earned_at(self, moment: datetime.datetime) -> Decimal:
        """What was earned up to `moment`. What a cancellation keeps is earned when it takes effect."""
        earned = Decimal("0.00")
        cost = Fraction(0)
        for segment, after in zip(self.segments, self.exact, strict=True):
            if segment.starts_at > moment:
                break
            if segment.in_force and moment < segment.ends_at and segment.days:
                passed = self.term.days_to(moment) - self.term.days_to(segment.starts_at)
                return earned + _cents(cost + (after - cost) * passed / segment.days) - _cents(cost)
            earned += segment.premium
            cost = after
        return earned

    def unearned_at(self, moment: datetime.datetime) -> Decimal:
        return self.written - self.earned_at(moment)

    @property
    def cancelled_at(self) -> datetime.datetime | None:
        """From when the term is not covered to its end; None where cover reaches the end."""
        uncovered = None
        for segment in reversed(self.segments):
            if segment.in_force:
                break
            uncovered = segment.starts_at
        return uncovered


def timeline(transactions: Iterable[Transaction]) -> Timeline:
    """The term that these bookings make, in whatever order they are given. Raises ValueError without a beginning.

    Changes of terms apply in the order of their effective time, those of the same moment in the order of booking: so a change
    that is booked late comes out as if it had been booked in order. Cancellations and reinstatements each reach to the end of
    the term, and the last booked one decides.
    """
    booked = sorted(transactions, key=lambda transaction: transaction.number)
    values = _inception(booked)
    term = Term(_moment(values.pop("start_date")), _moment(values.pop("end_date")))
    later = [transaction for transaction in booked if transaction.kind not in FROM_INCEPTION]
    moments = {min(max(transaction.effective_at, term.starts_at), term.ends_at) for transaction in later}
    edges = sorted({term.starts_at, term.ends_at, *moments})
    pieces = [(start, end, Terms.of(_values_at(start, values, later)), *_cover_at(start, later)) for start, end in pairwise(edges)]
    return _priced(term, _joined(pieces))


type _Piece = tuple[datetime.datetime, datetime.datetime, Terms, bool, Decimal]


def _inception(booked: Sequence[Transaction]) -> dict[str, Value]:
    if not booked or booked[0].kind not in BEGINNINGS:
        raise ValueError("A term begins with new business or a renewal.")
    values: dict[str, Value] = {}
    for transaction in booked:
        if transaction.kind in FROM_INCEPTION:
            values.update(transaction.changes)
    return values


def _values_at(moment: datetime.datetime, values: dict[str, Value], later: Sequence[Transaction]) -> dict[str, Value]:
    values = dict(values)
    for change in sorted(later, key=lambda transaction: (transaction.effective_at, transaction.number)):
        if change.effective_at <= moment:
            values.update({name: value for name, value in change.changes.items() if not is_overridden(change, name, later)})
    return values


def is_overridden(change: Transaction, name: str, booked: Iterable[Transaction]) -> bool:
    """Whether a later booking for an earlier moment was told to go on over `change` in this field."""
    return any(other.number > change.number and other.effective_at <= change.effective_at and name in other.through for other in booked)


def _cover_at(moment: datetime.datetime, later: Sequence[Transaction]) -> tuple[bool, Decimal]:
    """In force or not, and the share of the premium that is charged."""
    in_force, charged = True, Decimal(1)
    for step in later:
        if step.effective_at <= moment and step.kind == Kind.CANCELLATION:
            in_force, charged = False, step.kept
        elif step.effective_at <= moment and step.kind == Kind.REINSTATEMENT:
            in_force, charged = True, Decimal(1)
    return in_force, charged


def _joined(pieces: Iterable[_Piece]) -> list[_Piece]:
    """Neighbours that are the same are one: where nothing changes there is no edge."""
    joined: list[_Piece] = []
    for piece in pieces:
        if joined and joined[-1][2:] == piece[2:]:
            joined[-1] = (joined[-1][0], piece[1], *piece[2:])
        else:
            joined.append(piece)
    return joined


def _priced(term: Term, pieces: Iterable[_Piece]) -> Timeline:
    segments: list[Segment] = []
    exact: list[Fraction] = []
    cost = Fraction(0)
    for start, end, terms, in_force, charged in pieces:
        days = term.days_to(end) - term.days_to(start)
        after = cost + _exact_premium(terms) * Fraction(charged) * days / term.days
        segments.append(Segment(start, end, days, terms, in_force, _cents(after) - _cents(cost)))
        exact.append(after)
        cost = after
    return Timeline(term, tuple(segments), tuple(exact))


def _exact_premium(terms: Terms) -> Fraction:
    premium = Fraction(terms.base_premium)
    for _, factor in terms.factors:
        premium *= Fraction(factor)
    return premium


def _cents(amount: Fraction) -> Decimal:
    """Half up; no amount here is negative."""
    return Decimal(floor(amount * 100 + Fraction(1, 2))).scaleb(-2)


def _nearest_day(span: datetime.timedelta) -> int:
    return (span + DAY / 2) // DAY


def _moment(value: Value) -> datetime.datetime:
    if not isinstance(value, datetime.datetime):
        raise TypeError(f"A term starts and ends at a moment, not at {value!r}.")
    return value
