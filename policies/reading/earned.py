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
from math import floor, lcm
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from policies.models import PolicySegment, PolicyVersion
from vanguard.errors import Conflict
from vanguard.money import ZERO

DAY = timedelta(days=1)
# Listed one after the other, because cents are carried along: some seconds' work.
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
    collected = _Collected(lambda: (0, 0))
    for each in _earned_stretches(until, policy_type):
        collected.add(*each)
    return collected.earned()


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
    sums: dict[tuple[str, int], tuple[_Carried, _Carried]] = defaultdict(lambda: (_Carried(), _Carried()))
    columns = ("policy_type", "starts_at", "ends_at", "days", "in_force", "premium")
    names = ("version__policy", "version__policy__policy_number", "version", "version__kind", "version__number")
    for type_, starts_at, ends_at, days, in_force, premium, policy, number, version, kind, booked in (
        rows.order_by("starts_at", "pk").values_list(*columns, *names).iterator()
    ):
        held = Stretch(type_, starts_at, ends_at, days, in_force, 1, _cents(premium))
        for at, share, covered in _by_year(held, until):
            if year not in (None, at):
                continue
            cents, years = sums[held.policy_type, at]
            earned = Earned(cents.add(held.cents * share, max(held.days, 1)), years.add(covered * 100, days_in(at)))
            booking = f"{kind.replace('_', ' ').capitalize()}, version {booked}"
            yield EarnedLine(policy, number, version, booking, held.starts_at, held.policy_type, at, earned)


def earned_in(until: datetime, policy_type: str = "", year: int | None = None) -> tuple[Earned, int]:
    """What `earned_lines` come to, and how many they are, without going along them. One query."""
    wanted, number = _Collected(lambda: (0, 0)), 0
    for stretch, at, share, covered in _earned_stretches(until, policy_type):
        if year in (None, at):
            number += stretch.number
            wanted.add(stretch, at, share, covered)
    found = wanted.earned().values()
    return Earned(sum((each.premium for each in found), ZERO), sum((each.policy_years for each in found), ZERO)), number


class _Carried:
    """A sum of fractions of cents, or of hundredths of years. Whole numbers over one denominator, which grows where it has to."""

    __slots__ = ("over", "parts")

    def __init__(self) -> None:
        self.parts, self.over = 0, 1

    def add(self, amount: int, over: int) -> Decimal:
        """By how much the sum, rounded half up, grows with so much more."""
        before = self._hundredths()
        if self.over % over:
            wider = lcm(self.over, over)
            self.parts, self.over = self.parts * (wider // self.over), wider
        self.parts += amount * (self.over // over)
        return Decimal(self._hundredths() - before).scaleb(-2)

    def _hundredths(self) -> int:
        return (2 * self.parts + self.over) // (2 * self.over)


def days_in(year: int) -> int:
    """365, or 366."""
    return (datetime(year + 1, 1, 1, tzinfo=UTC) - datetime(year, 1, 1, tzinfo=UTC)).days


class _Collected(defaultdict[tuple[str, int, int], tuple[int, int]]):
    """By (type, year, days of the segment): cents × days earned, and days covered. Whole numbers, so that adding up is quick and exact."""

    def add(self, stretch: Stretch, year: int, share: int, covered: int) -> None:
        key = (stretch.policy_type, year, stretch.days)
        amount, before = self[key]
        self[key] = (amount + stretch.cents * share, before + stretch.number * covered)

    def earned(self) -> dict[tuple[str, int], Earned]:
        """By (type, year)."""
        cents: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
        years: dict[tuple[str, int], Fraction] = defaultdict(Fraction)
        for (type_, year, days), (amount, covered) in self.items():
            cents[type_, year] += Fraction(amount, max(days, 1))
            years[type_, year] += Fraction(covered, days_in(year))
        return {key: Earned(_hundredths(cents[key]), _hundredths(years[key] * 100)) for key in sorted(cents)}


def _earned_stretches(until: datetime, policy_type: str) -> Iterator[tuple[Stretch, int, int, int]]:
    """Each stretch with each of its years, the days of premium that it earned, and the days that it covered. One query."""
    for stretch in _stretches(until, policy_type):
        for year, share, covered in _by_year(stretch, until):
            yield stretch, year, share, covered


def _segments(until: datetime, policy_type: str) -> QuerySet[PolicySegment]:
    """Of the last version of each policy that was booked by then."""
    later = PolicyVersion.objects.filter(policy=OuterRef("version__policy"), number__gt=OuterRef("version__number"), booked_at__lt=until)
    # Most have one version only. The others are a list of keys that is worked out once: of each of all it is not asked.
    changed = PolicyVersion.objects.filter(number__gt=1, booked_at__lt=until).order_by().values("policy")
    last = ~Q(version__policy__in=changed) | ~Q(Exists(later))
    rows = PolicySegment.objects.filter(last, version__booked_at__lt=until, starts_at__lt=until)
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
