"""Cycle time: how many days from the report to the first decision, and from there to the first closing of the file.

First ones, because a claim that is reopened has been decided once already: what a year took never changes afterwards.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import floor

from django.db.models import Min, Q, QuerySet

from claims.models import Claim, ClaimTransition
from claims.reports.known import of_book
from claims.reports.periods import bounds, end_of
from claims.reports.question import Question
from claims.reports.selection import Selection
from claims.reports.tables import Chart, Column, Figure, Report, Row, Series, Table, Unit

DECIDED = "decided"
DECISIONS = ("approve", "deny")
DAY = timedelta(days=1)
SPANS = (("decision", "report to decision"), ("closing", "decision to closing"), ("whole", "report to closing"))
QUARTILES = (("q1", "1st quartile"), ("median", "Median"), ("q3", "3rd quartile"))


@dataclass(frozen=True, slots=True)
class Life:
    """One claim, with its first decision and, where there was one, its first closing."""

    claim_type: str
    reported: datetime
    decided: datetime
    closed: datetime | None

    def days(self) -> tuple[float, float | None, float | None]:
        """For each of SPANS."""
        closed = self.closed
        return (
            (self.decided - self.reported) / DAY,
            (closed - self.decided) / DAY if closed else None,
            (closed - self.reported) / DAY if closed else None,
        )


def cycle_time(question: Question) -> Report:
    """The report. One query."""
    by_year, by_type = defaultdict(list), defaultdict(list)
    for life in lives(question.until, question.book):
        by_year[life.decided.year].append(life)
        if life.decided.year == question.in_year:
            by_type[life.claim_type].append(life)
    years = sorted(by_year)
    in_years = [_row(question, str(year), by_year[year], str(year), "") for year in years]
    in_types = [_row(question, _words(name), by_type[name], str(question.in_year), name) for name in sorted(by_type)]
    words = f"As known on {question.known_on}. First decision and first closing."
    tables = [
        Table("years", "Days by year of decision", _columns("year", "Year"), in_years, (), words),
        Table("types", f"Days by type of loss, decided in {question.in_year}", _columns("type", "Type of loss"), in_types, (), words,
              empty=f"No claim of this book was decided in {question.in_year}."),
    ]  # fmt: skip
    medians = [quartiles([life.days()[0] for life in by_year[year]])[1] for year in years]
    rows = [Selection(DECIDED, question.known_on, question.book, (str(year), "")) for year in years]
    chart = Chart("Days from report to decision, median", Unit.DAYS, [str(year) for year in years], [Series("Median days", medians)], rows)
    return Report("cycle-time", "Cycle time", question.known_on, tables, chart, _notes())


def lives(until: datetime, book: str = "") -> list[Life]:
    """Every claim that was decided before `until`."""
    steps = ClaimTransition.objects.filter(of_book(book, "claim__"), command__in=(*DECISIONS, "close"), at__lt=until)
    columns = ("claim__claim_type", "claim__reported_date")
    first = {"decided": Min("at", filter=Q(command__in=DECISIONS)), "closed": Min("at", filter=Q(command="close"))}
    by_claim = steps.order_by().values("claim_id", *columns).annotate(**first)
    # The keys stay in the database: reading them would take a fifth of the time.
    return [Life(*row) for row in by_claim.values_list(*columns, *first) if row[2] is not None]


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Interpolated between neighbours, as percentile_cont does. Raises ValueError without values."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("There are no quartiles of nothing.")
    return _at(ordered, 0.25), _at(ordered, 0.5), _at(ordered, 0.75)


def _at(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _columns(name: str, label: str) -> list[Column]:
    spans = [Column(f"{span}_{part}", f"{words}, {what}", Unit.DAYS) for span, what in SPANS for part, words in QUARTILES]
    return [Column(name, label, Unit.TEXT), Column("decided", "Decided"), *spans[:3], Column("closed", "Closed"), *spans[3:]]


def _row(question: Question, name: str, held: Sequence[Life], year: str, claim_type: str) -> Row:
    spans = [[days for days in column if days is not None] for column in zip(*(life.days() for life in held), strict=True)]
    figures = [[Figure(_days(each)) for each in quartiles(days)] if days else [Figure(None)] * 3 for days in spans]
    rows = Selection(DECIDED, question.known_on, question.book, (year, claim_type))
    return [Figure(name), Figure(len(held), rows), *figures[0], Figure(len(spans[1])), *figures[1], *figures[2]]


def _days(value: float) -> Decimal:
    return Decimal(f"{value:.2f}")


def _words(claim_type: str) -> str:
    return claim_type.replace("_", " ").strip().capitalize()


def _notes() -> list[str]:
    return ["Of a quarter of the claims the days were at most the first quartile, of half at most the median, of three quarters the third."]


def claims_in(selection: Selection) -> QuerySet[Claim]:
    """The claims first decided in a year, of one type of loss or of all. Raises ValueError."""
    year, claim_type = selection.parts
    since, before = bounds(year)
    steps = ClaimTransition.objects.filter(command__in=DECISIONS, at__lt=end_of(selection.known_on)).order_by()
    first = steps.values("claim").annotate(first=Min("at")).filter(first__gte=since, first__lt=before)
    rows = Claim.objects.filter(of_book(selection.book), pk__in=first.values("claim"))
    return rows.filter(claim_type=claim_type) if claim_type else rows


def words_of(selection: Selection) -> str:
    year, claim_type = selection.parts
    return f"first decided in {year}" + (f", {_words(claim_type).lower()}" if claim_type else "")
