"""Earned premium and exposure of the whole book, by policy type and calendar year (UTC), as known at an instant.

The same rule as policies.terms has for one policy: a segment's premium is earned evenly over its days, and what a cancellation keeps
is earned when it takes effect. Days are counted from the start of the segment, each instant to the nearest whole day. What a year
comes to is rounded once, so it may differ by cents from the sum of what each policy has earned to the cent.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from policies.models import PolicySegment, PolicyVersion
from vanguard.errors import Conflict

DAY = timedelta(days=1)
# Listed one after the other, because cents are carried along: some ten seconds' work.
MOST_BOOKINGS = 250_000


@dataclass(frozen=True, slots=True)
class Earned:
    """What a year earned, to the cent; `policy_years` is the cover that it had, 1 for a policy in force all year."""

    premium: Decimal
    policy_years: Decimal


@dataclass(frozen=True, slots=True)
class Stretch:
    """Segments of one policy type that begin and end together; `cents` is their premium in all."""

    policy_type: str
    starts_at: datetime
    ends_at: datetime
    days: int
    in_force: bool
    number: int
    cents: int

    def days_to(self, moment: datetime) -> int:
        """Days from the start to `moment`, from 0 to all of them."""
        return self.days if moment >= self.ends_at else max(0, min(self.days, (moment - self.starts_at + DAY / 2) // DAY))


def earned_by_year(until: datetime, policy_type: str = "") -> dict[tuple[str, int], Earned]:
    """By (policy type, year), up to `until` and as booked before it. One query."""
    cents: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    years: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
    for (type_, year, days), (amount, covered) in _collected(until, policy_type).items():
        cents[type_, year] += Fraction(amount, max(days, 1))
        years[type_, year] += Fraction(covered, days_in(year))
    return {key: Earned(_hundredths(cents[key]), _hundredths(years[key] * 100)) for key in sorted(cents)}


@dataclass(frozen=True, slots=True)
class EarnedLine:
    """What one segment earned in a year, by the booking that it is of. Cents are carried from one line to the next, so that the lines of
    a type and year add up to what `earned_by_year` says."""

    policy: UUID
    policy_number: str
    version: UUID
    booking: str
    starts_at: datetime
    policy_type: str
    year: int
    earned: Earned


def earned_lines(until: datetime, policy_type: str = "", year: int | None = None) -> Iterator[EarnedLine]:
    """What is behind `earned_by_year`, in the order of time; of one year, or of all. Two queries, the second read as it goes.

    Raises Conflict ("too_many") where there are more bookings than anybody waits for.
    """
    rows = _earning_in(_segments(until, policy_type), year)
    if (number := rows.count()) > MOST_BOOKINGS:
        raise Conflict(f"{number:,} bookings are too many to list: open a figure of one year, or of one product.", code="too_many")
    sums: dict[tuple[str, int], tuple[Fraction, Fraction]] = defaultdict(lambda: (Fraction(), Fraction()))
    columns = ("policy_type", "starts_at", "ends_at", "days", "in_force", "premium")
    names = ("version__policy", "version__policy__policy_number", "version", "version__kind", "version__number")
    for type_, starts_at, ends_at, days, in_force, premium, policy, number, version, kind, booked in (
        rows.order_by("starts_at", "pk").values_list(*columns, *names).iterator()
    ):
        held = Stretch(type_, starts_at, ends_at, days, in_force, 1, _cents(premium))
        for at, share, covered in _by_year(held, until):
            if year not in (None, at):
                continue
            key = (held.policy_type, at)
            cents, years = sums[key]
            sums[key] = now = (cents + Fraction(held.cents * share, max(held.days, 1)), years + Fraction(covered * 100, days_in(at)))
            earned = Earned(_hundredths(now[0]) - _hundredths(cents), _hundredths(now[1]) - _hundredths(years))
            booking = f"{kind.replace('_', ' ').capitalize()}, version {booked}"
            yield EarnedLine(policy, number, version, booking, held.starts_at, held.policy_type, at, earned)


def days_in(year: int) -> int:
    """365, or 366."""
    return (datetime(year + 1, 1, 1, tzinfo=UTC) - datetime(year, 1, 1, tzinfo=UTC)).days


def _collected(until: datetime, policy_type: str) -> dict[tuple[str, int, int], tuple[int, int]]:
    """By (type, year, days of the segment): cents × days earned, and days covered. Whole numbers, so that adding up is quick and exact."""
    held: dict[tuple[str, int, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for stretch in _stretches(until, policy_type):
        for year, share, covered in _by_year(stretch, until):
            key = (stretch.policy_type, year, stretch.days)
            amount, before = held[key]
            held[key] = (amount + stretch.cents * share, before + stretch.number * covered)
    return held


def _segments(until: datetime, policy_type: str) -> QuerySet[PolicySegment]:
    """Of the last version of each policy that was booked by then."""
    later = PolicyVersion.objects.filter(policy=OuterRef("version__policy"), number__gt=OuterRef("version__number"), booked_at__lt=until)
    rows = PolicySegment.objects.filter(~Exists(later), version__booked_at__lt=until, starts_at__lt=until)
    return rows.filter(policy_type=policy_type) if policy_type else rows


def _earning_in(rows: QuerySet[PolicySegment], year: int | None) -> QuerySet[PolicySegment]:
    """Those that have a part in the year."""
    if year is None:
        return rows
    begin, end = (datetime(each, 1, 1, tzinfo=UTC) for each in (year, year + 1))
    return rows.filter(Q(ends_at__gt=begin) | Q(starts_at__gte=begin), starts_at__lt=end)


def _stretches(until: datetime, policy_type: str) -> Iterator[Stretch]:
    rows = _segments(until, policy_type)
    columns = ("policy_type", "starts_at", "ends_at", "days", "in_force")
    for type_, starts_at, ends_at, days, in_force, number, premium in (
        rows.order_by().values_list(*columns).annotate(number=Count("pk"), sum=Sum("premium"))
    ):
        yield Stretch(type_, starts_at, ends_at, days, in_force, number, _cents(premium))


def _by_year(stretch: Stretch, until: datetime) -> Iterator[tuple[int, int, int]]:
    """Each year, the days of premium that it earned, and the days that it covered."""
    if not stretch.in_force or not stretch.days:
        yield stretch.starts_at.astimezone(UTC).year, max(stretch.days, 1), 0
        return
    last = min(stretch.ends_at, until)
    for year in range(stretch.starts_at.astimezone(UTC).year, last.astimezone(UTC).year + 1):
        before = stretch.days_to(datetime(year, 1, 1, tzinfo=UTC))
        after = stretch.days_to(min(last, datetime(year + 1, 1, 1, tzinfo=UTC)))
        if after > before:
            yield year, after - before, after - before


def _cents(premium: Decimal) -> int:
    # SQLite adds up in binary.
    return floor(premium * 100 + Decimal("0.5"))


def _hundredths(number: Fraction) -> Decimal:
    """Half up to a whole number of hundredths."""
    return Decimal(floor(number + Fraction(1, 2))).scaleb(-2)
