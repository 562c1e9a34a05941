"""Deadlines kept and missed: each clock of claims.deadlines, over the claims on which it ran out in a year.

A clock counts whole days in UTC: it is kept until its last day is over. What is past its deadline and not done yet is missed too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import Case, Count, DateTimeField, Expression, ExpressionWrapper, F, Max, Min, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import TruncDay

from claims.deadlines import ACKNOWLEDGE, CLOSE, DECIDE, DECIDE_AGAIN, PAY, Rule
from claims.models import Claim, ClaimPayment, ClaimTransition, Status
from claims.reports.known import known_claims
from claims.reports.periods import bounds, end_of
from claims.reports.question import Question
from claims.reports.selection import Selection
from claims.reports.tables import Chart, Column, Figure, Report, Row, Series, Table, Unit

DEADLINE = "deadline"
WHEN: DateTimeField = DateTimeField(null=True)
OUTCOMES = {"due": "all", "met": "kept", "missed": "missed", "open": "missed and still to be done"}
COLUMNS = (
    Column("deadline", "Deadline", Unit.TEXT),
    Column("rule", "Rule", Unit.TEXT),
    Column("due", "Ran out"),
    Column("met", "Kept"),
    Column("missed", "Missed"),
    Column("open", "Still to be done"),
    Column("share", "Kept of all", Unit.RATIO),
)


@dataclass(frozen=True, slots=True)
class Clock:
    """A rule, with the claims on which it runs, and what stops it. `starts` is the column of the event that starts it."""

    rule: Rule
    starts: str
    runs: Callable[[datetime], Q]
    stops: Callable[[datetime], Expression | Subquery]


def clocks() -> dict[str, Clock]:
    """Every clock, by the name that links have."""
    return {
        "acknowledge": Clock(ACKNOWLEDGE, "reported_date", lambda _: Q(), _first_start),
        "decide": Clock(DECIDE, "reported_date", lambda until: Q(reopened_at=None) | Q(reopened_at__gte=until), _column("processed_date")),
        "decide_again": Clock(DECIDE_AGAIN, "reopened_at", lambda until: Q(reopened_at__lt=until), _column("processed_date")),
        "pay": Clock(PAY, "processed_date", _approved, _last_payment),
        "close": Clock(CLOSE, "processed_date", lambda until: Q(processed_date__lt=until), _column("closed_at")),
    }


def punctuality(question: Question) -> Report:
    """The report. A query a clock."""
    found = {name: _counted(question, name) for name in clocks()}
    rows = [_row(question, name, *counts) for name, counts in found.items() if any(counts)]
    table = Table(
        "deadlines", f"Deadlines that ran out in {question.in_year}", COLUMNS, rows, (),
        f"As known on {question.known_on}. Missed includes what is still to be done.",
        empty=f"No deadline of this book ran out in {question.in_year}.",
    )  # fmt: skip
    names = [name for name, counts in found.items() if any(counts)]
    chart = Chart(
        f"Deadlines kept and missed, {question.in_year}", Unit.COUNT, [clocks()[name].rule.action for name in names],
        [Series("Kept", [found[name][1] for name in names]), Series("Missed", [found[name][2] for name in names])],
        [_selection(question, name, "missed") for name in names],
    )  # fmt: skip
    return Report("deadlines", "Deadlines missed", question.known_on, [table], chart, _notes())


def ran_out(question: Question, name: str) -> QuerySet[Claim]:
    """The claims on which this clock ran out, or was stopped after it had been due, in the year; with `stop` and `last` (its end)."""
    clock, until = clocks()[name], question.until
    since, before = bounds(str(question.in_year))
    days = timedelta(days=clock.rule.days)
    rows = known_claims(until, question.book).filter(clock.runs(until))
    rows = rows.filter(**{f"{clock.starts}__gte": since - days, f"{clock.starts}__lt": before - days})
    last = ExpressionWrapper(TruncDay(clock.starts, tzinfo=UTC) + days + timedelta(days=1), output_field=WHEN)
    annotated = rows.annotate(stop=clock.stops(until), last=last)
    return annotated.filter(Q(stop__isnull=False) | Q(last__lte=until))


def _outcome(outcome: str) -> Q:
    missed, undone = Q(stop__gte=F("last")), Q(stop__isnull=True)
    return {"due": Q(), "met": Q(stop__lt=F("last")), "missed": missed | undone, "open": undone}[outcome]


def _counted(question: Question, name: str) -> tuple[int, int, int, int]:
    counts = {outcome: Count("pk", filter=_outcome(outcome)) for outcome in OUTCOMES}
    found = ran_out(question, name).aggregate(**counts)
    return found["due"], found["met"], found["missed"], found["open"]


def _row(question: Question, name: str, due: int, met: int, missed: int, undone: int) -> Row:
    rule = clocks()[name].rule
    numbers = zip(OUTCOMES, (due, met, missed, undone), strict=True)
    cells = [Figure(number, _selection(question, name, outcome) if number else None) for outcome, number in numbers]
    share = (Decimal(met) / due).quantize(Decimal("0.0001"))
    return [
        Figure(rule.action),
        Figure(f"{rule.days} days after {rule.event}, {rule.citation}"),
        *cells,
        Figure(share),
    ]


def _selection(question: Question, name: str, outcome: str) -> Selection:
    return Selection(DEADLINE, question.known_on, question.book, (name, outcome, str(question.in_year)))


def _column(name: str) -> Callable[[datetime], Expression]:
    """What stops a clock, where the claim itself has the moment."""
    return lambda until: Case(When(**{f"{name}__lt": until}, then=F(name)), default=None, output_field=WHEN)


def _first_start(until: datetime) -> Subquery:
    steps = ClaimTransition.objects.filter(claim=OuterRef("pk"), command="start", at__lt=until).order_by().values("claim")
    return Subquery(steps.values(first=Min("at")), output_field=WHEN)


def _approved(until: datetime) -> Q:
    return Q(status=Status.APPROVED, approved_amount__gt=0, processed_date__lt=until)


def _last_payment(until: datetime) -> Case:
    """A claim that is paid in parts is paid with the last one."""
    payments = ClaimPayment.objects.filter(claim=OuterRef("pk"), paid_at__lt=until).order_by().values("claim")
    last = Subquery(payments.values(last=Max("paid_at")), output_field=WHEN)
    return Case(When(paid_amount__gte=F("approved_amount"), then=last), default=None, output_field=WHEN)


def _notes() -> list[str]:
    return [
        "Acknowledged is when work began. Of a claim that was reopened the last decision counts, and the clock that the reopening started.",
        "Days are calendar days and the rules those of today.",
    ]


def claims_in(selection: Selection) -> QuerySet[Claim]:
    """The claims behind a figure. Raises ValueError."""
    name, outcome, year = selection.parts
    bounds(year)
    if name not in clocks() or outcome not in OUTCOMES or len(year) != 4:
        raise ValueError("There is no such deadline.")
    end_of(selection.known_on)
    return ran_out(Question(selection.known_on, selection.book, year=int(year)), name).filter(_outcome(outcome))


def words_of(selection: Selection) -> str:
    name, outcome, year = selection.parts
    if name not in clocks() or outcome not in OUTCOMES:
        raise ValueError("There is no such deadline.")
    return f"{clocks()[name].rule.action.lower()}: {OUTCOMES[outcome]}, ran out in {year}"
