"""Cycle time: how many days from the report to the first decision, and from there to the first closing of the file.

First ones, because a claim that is reopened or appealed has been decided once already: what a year took never changes afterwards.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import floor
from typing import NamedTuple

from django.db.models import Case, Count, DateTimeField, DurationField, Expression, ExpressionWrapper, F, Min, Q, QuerySet, When
from django.db.models.expressions import Combinable
from django.db.models.functions import ExtractYear

from claims.models import Claim, ClaimTransition
from claims.past import type_at
from claims.reports.known import of_book, taken_up_again
from claims.reports.periods import bounds, end_of
from claims.reports.question import Question
from claims.reports.selection import Selection
from claims.reports.tables import Chart, Column, Figure, Report, Row, Series, Table, Unit

DECIDED, CLOSED = "decided", "closed"
DECISIONS = ("approve", "deny")
DAY = timedelta(days=1)
FIRST_DECISION = Min("at", filter=Q(command__in=DECISIONS))
FIRST_CLOSING = Min("at", filter=Q(command="close"))
type Spans = tuple[float, float | None, float | None]
SPANS = (("decision", "report to decision"), ("closing", "decision to closing"), ("whole", "report to closing"))
QUARTILES = (("q1", "1st quartile"), ("median", "Median"), ("q3", "3rd quartile"))


class Life(NamedTuple):
    """So many claims: the year of the first decision, how long it took, and how long the closing took from there, if there was one."""

    claim_type: str
    year: int
    to_decision: timedelta
    to_closing: timedelta | None
    number: int = 1

    @property
    def spans(self) -> Spans:
        """Days, for each of SPANS."""
        decision = self.to_decision / DAY
        if self.to_closing is None:
            return decision, None, None
        closing = self.to_closing / DAY
        return decision, closing, decision + closing


def cycle_time(question: Question) -> Report:
    """The report. Two queries."""
    by_year: dict[int, list[Spans]] = defaultdict(list)
    by_type: dict[str, list[Spans]] = defaultdict(list)
    for life in lives(question.until, question.book):
        spans = life.spans
        by_year[life.year] += [spans] * life.number
        if life.year == question.in_year:
            by_type[life.claim_type] += [spans] * life.number
    years = sorted(by_year)
    in_years = [_row(question, str(year), by_year[year], str(year), "") for year in years]
    in_types = [_row(question, _words(name), by_type[name], str(question.in_year), name) for name in sorted(by_type)]
    words = f"As known on {question.day_words}. First decision and first closing."
    tables = [
        Table("years", "Days by year of decision", _columns("year", "Year"), in_years, (), words),
        Table(
            "types", f"Days by type of loss, decided in {question.in_year}", _columns("type", "Type of loss"), in_types, (), words,
            empty=f"No claim of this book was decided in {question.in_year}.",
        ),
    ]  # fmt: skip
    medians = [quartiles([decision for decision, _, _ in by_year[year]])[1] for year in years]
    rows = [Selection(DECIDED, question.known_on, question.book, (str(year), "", "")) for year in years]
    chart = Chart("Days from report to decision, median", Unit.DAYS, [str(year) for year in years], [Series("Median days", medians)], rows)
    return Report("cycle-time", "Cycle time", question.known_on, tables, [chart], _notes())


def lives(until: datetime, book: str = "") -> list[Life]:
    """Every claim that was decided before `until`. Two queries.

    The database subtracts, and puts together what took equally long: spans are read faster than moments, and fewer faster than many.
    """
    once = Claim.objects.filter(of_book(book), _decided_once(), processed_date__lt=until).order_by()
    closed = Case(When(closed_at__lt=until, then=F("closed_at")), default=None, output_field=DateTimeField())
    steps = _steps_of_the_others(until).filter(of_book(book, "claim__")).annotate(kind=type_at(until, "claim__"))
    again = steps.values("claim", "kind", "claim__reported_date")
    found = [
        *once.values_list(type_at(until), *_spans(F("processed_date"), closed, "reported_date")).annotate(Count("pk")),
        *again.values_list("kind", *_spans(FIRST_DECISION, FIRST_CLOSING, "claim__reported_date")),
    ]
    return [Life(*row) for row in found if row[1] is not None]


def _decided_once() -> Q:
    return ~Q(pk__in=taken_up_again().values("claim"))


def _steps_of_the_others(until: datetime) -> QuerySet[ClaimTransition]:
    """The claim itself has only its last decision and closing: of a claim that was taken up again the first ones are among its steps."""
    steps = ClaimTransition.objects.filter(command__in=(*DECISIONS, "close"), at__lt=until)
    return steps.filter(claim__in=taken_up_again().values("claim")).order_by()


def _spans(decided: Combinable, closed: Combinable, reported: str) -> tuple[Expression, ...]:
    """The year, and how long it took."""
    spans = (ExpressionWrapper(span, DurationField()) for span in (decided - F(reported), closed - decided))
    return ExtractYear(decided, tzinfo=UTC), *spans


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
    spans = [
        Column(f"{span}_{part}", f"{what.capitalize()}, {words.lower()}", Unit.DAYS) for span, what in SPANS for part, words in QUARTILES
    ]
    return [Column(name, label, Unit.TEXT), Column("decided", "Decided"), *spans[:3], Column("closed", "Closed"), *spans[3:]]


def _row(question: Question, name: str, held: Sequence[Spans], year: str, claim_type: str) -> Row:
    spans = [[days for days in column if days is not None] for column in zip(*held, strict=True)]
    rows, closed = (Selection(DECIDED, question.known_on, question.book, (year, claim_type, which)) for which in ("", CLOSED))
    behind = (rows, closed, closed)
    figures = [
        [Figure(_days(each), of) for each in quartiles(days)] if days else [Figure(None)] * 3
        for days, of in zip(spans, behind, strict=True)
    ]
    return [
        Figure(name),
        Figure(len(held), rows),
        *figures[0],
        Figure(len(spans[1]), closed if spans[1] else None),
        *figures[1],
        *figures[2],
    ]


def _days(value: float) -> Decimal:
    return Decimal(f"{value:.2f}")


def _words(claim_type: str) -> str:
    return claim_type.replace("_", " ").strip().capitalize()


def _notes() -> list[str]:
    return ["Of a quarter of the claims the days were at most the first quartile, of half at most the median, of three quarters the third."]


def claims_in(selection: Selection) -> QuerySet[Claim]:
    """The claims first decided in a year, of one type of loss or of all, and closed since or whether or not. Raises ValueError."""
    year, claim_type, which = selection.parts
    (since, before), until = bounds(year), end_of(selection.known_on)
    first = _steps_of_the_others(until).values("claim").annotate(first=FIRST_DECISION).filter(first__gte=since, first__lt=before)
    once = _decided_once() & Q(processed_date__gte=since, processed_date__lt=min(before, until))
    if which:
        first = first.annotate(closed=FIRST_CLOSING).filter(closed__isnull=False)
        once &= Q(closed_at__lt=until)
    rows = Claim.objects.filter(once | Q(pk__in=first.values("claim")), of_book(selection.book))
    return rows.alias(kind=type_at(until)).filter(kind=claim_type) if claim_type else rows


def words_of(selection: Selection) -> str:
    year, claim_type, which = selection.parts
    return f"first decided in {year}" + (f", {_words(claim_type).lower()}" if claim_type else "") + (", and closed" if which else "")
