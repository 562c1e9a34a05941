"""The bordereau of a month: what was open at its start, what moved, what is open at its end. Opening + movements = closing.

The month is its own as-of date: each end is seen as it was known then, so that one month's closing is the next one's opening.
"""

from collections import defaultdict
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import BooleanField, Case, F, Q, QuerySet, Sum, Value, When

from claims.models import Claim, ClaimPayment, LedgerEntry
from claims.reports.incurred import incurred_at, moved_parts, net_paid_at
from claims.reports.inventory import OPEN, OUTSTANDING
from claims.reports.known import closed_by, of_book, reported_by, taken_up_again
from claims.reports.making import Booked, Made
from claims.reports.periods import bounds, end_of
from claims.reports.question import Question
from claims.reports.selection import Selection
from claims.reports.sources import Source
from claims.reports.tables import Chart, Column, Figure, Report, Row, Series, Table, Unit
from vanguard.money import ZERO, to_cents
from vanguard.workbench.templatetags.workbench import dollars

REPORTED, REOPENED, CLOSED, PAID, MOVED = "month_reported", "month_reopened", "month_closed", "month_paid", "month_incurred"
WORDS = {MOVED: "incurred changed", REPORTED: "new", REOPENED: "reopened", CLOSED: "closed", PAID: "paid or recovered"}
COLUMNS = (
    Column("product", "Product", Unit.TEXT),
    Column("opening", "Open at start"),
    Column("reported", "New"),
    Column("reopened", "Reopened"),
    Column("closed", "Closed"),
    Column("closing", "Open at end"),
    Column("opening_outstanding", "Outstanding at start", Unit.MONEY),
    Column("incurred", "Incurred", Unit.MONEY),
    Column("paid", "Paid less recovered", Unit.MONEY),
    Column("closing_outstanding", "Outstanding at end", Unit.MONEY),
)
# The first figures of a line count claims.
MOVES = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One product's month: claims, then money. Each figure is counted by itself."""

    opening: int = 0
    reported: int = 0
    reopened: int = 0
    closed: int = 0
    closing: int = 0
    opening_outstanding: Decimal = ZERO
    incurred: Decimal = ZERO
    paid: Decimal = ZERO
    closing_outstanding: Decimal = ZERO

    def __add__(self, other: "Line") -> "Line":
        return Line(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def off(self) -> tuple[int, Decimal]:
        """By how much opening and movements miss the closing: claims, and money. Nought in books that are in order."""
        claims = self.opening + self.reported + self.reopened - self.closed - self.closing
        return claims, self.opening_outstanding + self.incurred - self.paid - self.closing_outstanding


@dataclass(frozen=True, slots=True)
class Seen:
    """A claim at both ends of the month: known, closed, incurred, paid."""

    known_before: bool
    known: bool
    closed_before: bool
    closed: bool
    was: Decimal
    now: Decimal
    paid_before: Decimal
    paid: Decimal

    @property
    def line(self) -> Line:
        """What it adds to its product's."""
        opening, closing = self.known_before and not self.closed_before, self.known and not self.closed
        return Line(
            opening=int(opening),
            reported=int(self.known and not self.known_before),
            reopened=int(self.known_before and self.closed_before and not self.closed),
            closed=int(self.known and self.closed and not (self.known_before and self.closed_before)),
            closing=int(closing),
            opening_outstanding=to_cents(self.was - self.paid_before) if opening else ZERO,
            incurred=to_cents((self.now if self.known else ZERO) - (self.was if self.known_before else ZERO)),
            closing_outstanding=to_cents(self.now - self.paid) if closing else ZERO,
        )


def bordereau(question: Question) -> Report:
    """The report. Raises ValueError for what is no month. Three queries."""
    since, before = bounds(question.month)
    lines = lines_of(since, before, question.book)
    whole = sum(lines.values(), Line())
    rows = [_row(question, book.replace("_", " ").capitalize(), line, book) for book, line in lines.items()]
    foot = _row(question, "All", whole, question.book) if rows else ()
    known_on = (before - timedelta(days=1)).date()
    table = Table(
        "bordereau", f"Bordereau of {question.month}", COLUMNS, rows, foot, "Open at start + new + reopened − closed = open at end.",
        empty="No claim was open, and none moved.",
    )  # fmt: skip
    counts = [float(getattr(whole, each.name)) for each in fields(whole)[:MOVES]]
    labels = [column.label for column in COLUMNS[1 : MOVES + 1]]
    rows_of = _selections(question, whole, question.book)[:MOVES]
    chart = Chart("Open claims and their movements", Unit.COUNT, labels, [Series("Claims", counts)], rows_of)
    return Report("bordereau", "Bordereau", known_on, [table], [chart], _notes(whole))


def lines_of(since: datetime, before: datetime, policy_type: str = "") -> dict[str, Line]:
    """By policy type, of those in which something was open or moved. Claims that can matter are looked at one by one: few are open."""
    lines: dict[str, Line] = defaultdict(Line)
    seen = {
        "known_before": _told(reported_by(since)),
        "known": _told(reported_by(before)),
        "closed_before": _told(closed_by(since)),
        "closed": _told(closed_by(before)),
        "was": incurred_at(since),
        "now": incurred_at(before),
        "paid_before": net_paid_at(since),
        "paid": net_paid_at(before),
    }
    for book, *found in _moving(since, before, policy_type).annotate(**seen).values_list("policy__policy_type", *seen):
        lines[book] += Seen(*found).line
    paid = _payments(since, before, policy_type).order_by().values_list("claim__policy__policy_type").annotate(Sum("amount"))
    for book, amount in paid:
        lines[book] += Line(paid=to_cents(amount))
    back = _recoveries(since, before, policy_type).order_by().values_list("claim__policy__policy_type").annotate(Sum("recovered"))
    for book, amount in back:
        lines[book] += Line(paid=-to_cents(amount))
    return {book: line for book, line in sorted(lines.items()) if line != Line()}


def _told(condition: Q) -> Case:
    return Case(When(condition, then=Value(value=True)), default=Value(value=False), output_field=BooleanField())


def _moving(since: datetime, before: datetime, policy_type: str) -> QuerySet[Claim]:
    """Those that can matter: known at the end, and not closed all the time, or closed and money came back."""
    came_back = LedgerEntry.objects.filter(Q(paid__lt=0) | ~Q(recovered=0), effective_at__gte=since, effective_at__lt=before).order_by()
    lately = Q(closed_at=None) | Q(closed_at__gte=since) | Q(pk__in=taken_up_again(since).values("claim"))
    lately |= Q(pk__in=came_back.values("claim"))
    return Claim.objects.order_by().filter(of_book(policy_type), lately, reported_date__lt=before)


def _payments(since: datetime, before: datetime, policy_type: str) -> QuerySet[ClaimPayment]:
    return ClaimPayment.objects.filter(of_book(policy_type, "claim__"), paid_at__gte=since, paid_at__lt=before)


def _recoveries(since: datetime, before: datetime, policy_type: str) -> QuerySet[LedgerEntry]:
    moved = LedgerEntry.objects.exclude(recovered=0)
    return moved.filter(of_book(policy_type, "claim__"), effective_at__gte=since, effective_at__lt=before)


def _reported(since: datetime, before: datetime) -> Q:
    return reported_by(before) & ~reported_by(since)


def _closed(since: datetime, before: datetime) -> Q:
    """Open at the start, or new; and closed at the end."""
    return reported_by(before) & closed_by(before) & ~(reported_by(since) & closed_by(since))


def _reopened(since: datetime, before: datetime) -> Q:
    return reported_by(since) & closed_by(since) & ~closed_by(before)


def _row(question: Question, name: str, line: Line, book: str) -> Row:
    selections = _selections(question, line, book)
    values = [getattr(line, each.name) for each in fields(line)]
    made_of = [None] * MOVES + [_of_money(rows) for rows in selections[MOVES:]]
    return [Figure(name), *(Figure(value, rows, made_of=of) for value, rows, of in zip(values, selections, made_of, strict=True))]


def _of_money(rows: Selection | None) -> Selection | None:
    """The entries behind a sum of money: of what is outstanding those of the claims that were open."""
    return replace(rows, what=OUTSTANDING) if rows and rows.what == OPEN else rows


def _selections(question: Question, line: Line, book: str) -> list[Selection | None]:
    since, before = bounds(question.month)
    start, end = (since - timedelta(days=1)).date(), (before - timedelta(days=1)).date()
    opening, closing = Selection(OPEN, start, book, ("", "")), Selection(OPEN, end, book, ("", ""))
    moved = [Selection(what, end, book, (question.month,)) for what in (REPORTED, REOPENED, CLOSED, PAID, MOVED)]
    return [
        opening if line.opening else None,
        moved[0] if line.reported else None,
        moved[1] if line.reopened else None,
        moved[2] if line.closed else None,
        closing if line.closing else None,
        opening if line.opening else None,
        moved[4] if line.incurred else None,
        moved[3] if line.paid else None,
        closing if line.closing else None,
    ]


def _notes(whole: Line) -> list[str]:
    claims, money = whole.off
    identity = "Outstanding at start + incurred − paid less recovered = outstanding at end."
    if not claims and not money:
        return [f"{identity} Both sums meet."]
    return [f"{identity} Opening and movements miss the closing by {claims} claims and {dollars(money)}: tell whoever keeps the books."]


def claims_in(selection: Selection) -> QuerySet[Claim]:
    """The claims that moved in a month. Raises ValueError."""
    since, before = bounds(selection.parts[0])
    end_of(selection.known_on)
    if selection.what == PAID:
        paid, back = _payments(since, before, selection.book), _recoveries(since, before, selection.book)
        return Claim.objects.filter(Q(pk__in=paid.values("claim")) | Q(pk__in=back.values("claim")))
    if selection.what == MOVED:
        seen = _moving(since, before, selection.book).annotate(was=incurred_at(since), now=incurred_at(before))
        return seen.filter(reported_by(before), ~Q(was=F("now")) | ~reported_by(since) & Q(now__gt=0))
    moved = {REPORTED: _reported, REOPENED: _reopened, CLOSED: _closed}[selection.what](since, before)
    return _moving(since, before, selection.book).filter(moved)


def made_of(selection: Selection) -> Made:
    """What was paid and came back in a month, or by how much incurred moved. Raises ValueError."""
    since, before = bounds(selection.parts[0])
    end_of(selection.known_on)
    if selection.what == MOVED:
        return Made(moved_parts(since, before, selection.book, claims_in(selection)), rows=selection)
    paid = Source(_payments(since, before, selection.book), "claim__", "paid_at", Sum("amount"))
    back = Source(_recoveries(since, before, selection.book), "claim__", "effective_at", Sum("recovered"))
    return Made([Booked("paid", "Paid", [paid]), Booked("recovered", "Recovered", [back], sign=-1)], rows=selection)


def words_of(selection: Selection) -> str:
    return f"{WORDS[selection.what]} in {selection.parts[0]}"
