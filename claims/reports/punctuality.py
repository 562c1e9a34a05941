"""Deadlines kept and missed: of each kind of clock, the claims on which one ran out in a year.

A claim's own clocks tell. A claim that came without them, as those of a book taken over do, is held against the rules of its jurisdiction
by its own moments. Days are those of UTC; what is past its deadline and not done yet is missed too.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Case, Count, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from claims.clocks.models import Clock, ClockRule, Event, Kind
from claims.models import Claim
from claims.past import nothing_since
from claims.reports.known import known_claims
from claims.reports.moments import BY_MOMENTS, counting, of_moments, words
from claims.reports.periods import bounds, end_of
from claims.reports.question import Question
from claims.reports.selection import Selection
from claims.reports.tables import Chart, Column, Figure, Report, Row, Series, Table, Unit
from claims.reports.triangle import ALWAYS

DEADLINE = "deadline"
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
MOST_CITED = 3


@dataclass(frozen=True, slots=True)
class Counts:
    """How many claims: on which a clock ran out, those with one kept, with one missed, and with one still to be done."""

    due: int
    met: int
    missed: int
    open: int

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.due + other.due, self.met + other.met, self.missed + other.missed, self.open + other.open)

    def __bool__(self) -> bool:
        return self.due > 0


NONE = Counts(0, 0, 0, 0)


def punctuality(question: Question) -> Report:
    """The report. Four queries, and where there are claims without clocks a few for each kind that they are held against."""
    own, by_rule = _counted_own(question), _rules_that_ran(question)
    for kind in BY_MOMENTS if without_clocks(question).exists() else ():
        counts, rules = _counted_by_moments(question, kind)
        own[kind] += counts
        by_rule[kind] |= rules
    found = {kind: own[kind] for kind in Kind.values if own[kind]}
    rows = [_row(question, kind, counts, by_rule[kind]) for kind, counts in found.items()]
    table = Table(
        "deadlines", f"Deadlines that ran out in {question.in_year}", COLUMNS, rows, (),
        f"As known on {question.day_words}. Missed includes what is still to be done.",
        empty=f"No deadline of this book ran out in {question.in_year}.",
    )  # fmt: skip
    chart = Chart(
        f"Deadlines kept and missed, {question.in_year}", Unit.COUNT, [action_of(name) for name in found],
        [Series("Kept", [each.met for each in found.values()]), Series("Missed", [each.missed for each in found.values()])],
        [_selection(question, name, "missed") for name in found],
    )  # fmt: skip
    return Report("deadlines", "Deadlines missed", question.known_on, [table], [chart], _notes())


def action_of(kind: str) -> str:
    """What must be done, as the company's own rule says it."""
    return BY_MOMENTS[kind].action if kind in BY_MOMENTS else Kind(kind).label


def own_clocks(question: Question) -> QuerySet[Clock]:
    """The stored clocks that ran out in the year; `stop` is when one ended, as was known then.

    What ended without being met before it was due ran out for nobody.
    """
    since, before = bounds(str(question.in_year))
    until = question.until
    rows = Clock.objects.filter(due_at__gte=since, due_at__lt=before, started_at__lt=until).order_by()
    rows = rows.filter(claim__in=known_claims(until, question.book).values("pk"))
    rows = rows if nothing_since(until) else rows.exclude(_counted_anew(until))
    stop = Case(When(ended_at__lt=until, then=F("ended_at")), default=None, output_field=DateTimeField(null=True))
    rows = rows.annotate(stop=stop, last=F("due_at"))
    return rows.exclude(met=False, ended_at__lt=until, ended_at__lte=F("due_at")).filter(Q(stop__isnull=False) | Q(due_at__lt=until))


def _counted_anew(until: datetime) -> Q:
    """Clocks that a later correction of the jurisdiction counted anew, from the same start: until then only the first one was there.

    Nothing else changes a clock backwards: one that is put off was not over by then.
    """
    # They are few, and found by their index (clock_counted_anew), whatever else has happened since.
    ended = Clock.objects.filter(ended_by=Event.CORRECTION, ended_at__gte=until).order_by()
    first = ended.filter(claim=OuterRef("claim"), kind=OuterRef("kind"), started_at=OuterRef("started_at"))
    first = first.filter(ended_at__lt=Coalesce(OuterRef("ended_at"), Value(ALWAYS)))
    return Q(Exists(first), claim__in=ended.values("claim"))


def without_clocks(question: Question) -> QuerySet[Claim]:
    """The claims without clocks of their own, as those of a book taken over are."""
    return known_claims(question.until, question.book).filter(~Exists(Clock.objects.filter(claim=OuterRef("pk"))))


def by_moments(question: Question, kind: str) -> QuerySet[Claim]:
    """Those of them on which a clock of this kind would have run out in the year, with `stop` and `last`."""
    since, before = bounds(str(question.in_year))
    return of_moments(without_clocks(question), kind, since, before, question.until)


def _outcome(outcome: str) -> Q:
    missed, undone = Q(stop__gt=F("last")), Q(stop__isnull=True)
    return {"due": Q(), "met": Q(stop__lte=F("last")), "missed": missed | undone, "open": undone}[outcome]


def _counts(of: str, *, distinct: bool) -> dict[str, Count]:
    return {outcome: Count(of, filter=_outcome(outcome), distinct=distinct) for outcome in OUTCOMES}


def _counted_own(question: Question) -> defaultdict[str, Counts]:
    """By kind."""
    found = own_clocks(question).values_list("kind").annotate(**_counts("claim", distinct=True))
    return defaultdict(lambda: NONE, {kind: Counts(*numbers) for kind, *numbers in found})


def _counted_by_moments(question: Question, kind: str) -> tuple[Counts, set[ClockRule]]:
    """And the rules that they were held against."""
    by, counts, rules = counting(kind), NONE, set()
    for jurisdiction, *numbers in by_moments(question, kind).values_list("jurisdiction").annotate(**_counts("pk", distinct=False)):
        if (rule := by.rule_of(jurisdiction)) is not None:
            rules.add(rule)
        counts += Counts(*numbers)
    return counts, rules


def _row(question: Question, kind: str, counts: Counts, rules: set[ClockRule]) -> Row:
    numbers = {name: getattr(counts, name) for name in OUTCOMES}
    cells = [Figure(number, _selection(question, kind, outcome) if number else None) for outcome, number in numbers.items()]
    share = (Decimal(counts.met) / (counts.met + counts.missed)).quantize(Decimal("0.0001"))
    return [Figure(action_of(kind)), Figure(_cited(rules)), *cells, Figure(share, _selection(question, kind, "due"))]


def _rules_that_ran(question: Question) -> defaultdict[str, set[ClockRule]]:
    """By kind, the rules of the stored clocks."""
    ran = set(own_clocks(question).values_list("kind", "rule").distinct())
    rules = ClockRule.objects.in_bulk({rule for _, rule in ran})
    by_kind: defaultdict[str, set[ClockRule]] = defaultdict(set)
    for kind, rule in ran:
        by_kind[kind].add(rules[rule])
    return by_kind


def _cited(rules: set[ClockRule]) -> str:
    """The rules that ran, each with its days and citation; of many the first."""
    told = sorted({words(rule) for rule in rules}, key=lambda said: ("Company" not in said, said))
    more = f"; and {len(told) - MOST_CITED} more" if len(told) > MOST_CITED else ""
    return "; ".join(told[:MOST_CITED]) + more


def _selection(question: Question, kind: str, outcome: str) -> Selection:
    return Selection(DEADLINE, question.known_on, question.book, (kind, outcome, str(question.in_year)))


def _notes() -> list[str]:
    return [
        "A claim with several clocks of a kind counts once in each column that one of them belongs to. What was put off is held against "
        "its later day; what ended without being met before it was due is not counted.",
        "Claims of a book that was taken over have no clocks: they are held against the rules of today of their jurisdiction, "
        "acknowledged is when work began, and of a claim that was reopened the last decision counts.",
    ]


def claims_in(selection: Selection) -> QuerySet[Claim]:
    """The claims behind a figure. Raises ValueError."""
    name, outcome, year = selection.parts
    bounds(year)
    if name not in Kind.values or outcome not in OUTCOMES or len(year) != 4:
        raise ValueError("There is no such deadline.")
    end_of(selection.known_on)
    question = Question(selection.known_on, selection.book, year=int(year))
    behind = Q(pk__in=own_clocks(question).filter(kind=name).filter(_outcome(outcome)).values("claim"))
    if name in BY_MOMENTS:
        behind |= Q(pk__in=by_moments(question, name).filter(_outcome(outcome)).values("pk"))
    return Claim.objects.filter(behind)


def words_of(selection: Selection) -> str:
    name, outcome, year = selection.parts
    if name not in Kind.values or outcome not in OUTCOMES:
        raise ValueError("There is no such deadline.")
    return f"{action_of(name).lower()}: {OUTCOMES[outcome]}, ran out in {year}"
