"""Open inventory: the claims whose file is open, by age since the report and by owner."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, Count, ExpressionWrapper, IntegerField, Q, QuerySet, Sum, Value, When

from claims.models import Claim
from claims.past import NOTHING as OF_NOBODY
from claims.past import nothing_since, owner_at
from claims.reports.incurred import WOULD_COST, incurred_at, net_paid_at, of_claims, parts
from claims.reports.known import of_book, open_at
from claims.reports.making import Booked, Made
from claims.reports.periods import end_of
from claims.reports.question import Question
from claims.reports.selection import Selection
from claims.reports.sources import Source
from claims.reports.tables import Chart, Column, Figure, Report, Row, Series, Table, Unit
from claims.reports.terms import MONEY
from claims.reports.turns import claimed_at
from claims.worklist import AGES
from vanguard.accounts.models import User
from vanguard.money import ZERO, to_cents

OPEN = "open"
NOBODY = "nobody"
CLAIMED, OUTSTANDING = "open_claimed", "open_outstanding"
WORDS = {CLAIMED: "claimed on what is ", OUTSTANDING: "outstanding on what is "}
BY_AGE = (
    Column("age", "Days since the report", Unit.TEXT),
    Column("claims", "Claims"),
    Column("claimed", "Claimed", Unit.MONEY),
    Column("outstanding", "Outstanding", Unit.MONEY),
)
# So many owners a chart has room for by their names.
IN_CHART = 8
# The series of that chart: the ages before each of these are one.
SPANS = (("Up to 30 days", 0, 3), ("31 to 90 days", 3, 5), ("Over 90 days", 5, 6))


@dataclass(frozen=True, slots=True)
class Held:
    """So many claims, what was claimed on them, what is outstanding."""

    number: int
    claimed: Decimal
    outstanding: Decimal

    def __add__(self, other: "Held") -> "Held":
        return Held(self.number + other.number, self.claimed + other.claimed, self.outstanding + other.outstanding)


NONE = Held(0, ZERO, ZERO)
type Holdings = Mapping[tuple[int, UUID | None], Held]
type Owners = Sequence[tuple[str, UUID | None]]


def inventory(question: Question) -> Report:
    """The report. Two queries: the claims, and the names of their owners."""
    held = _held(question)
    ages = [_sum(held, age=age) for age in range(len(AGES))]
    rows = [_by_age(question, age, figures) for age, figures in enumerate(ages)] if held else []
    foot = [Figure("All"), *_figures(_selection(question), _sum(held))] if held else ()
    table = Table("inventory", "Open claims by age", BY_AGE, rows, foot, f"As known on {question.day_words}.", empty="No claim was open.")
    chart = Chart(
        "Open claims by days since the report", Unit.COUNT, [label for label, _, _ in AGES],
        [Series("Claims", [each.number for each in ages])], [_selection(question, age) for age in range(len(AGES))],
    )  # fmt: skip
    owners = _owners(held)
    tables, charts = [table, _by_owner(question, held, owners)], [chart, _chart_of_owners(question, held, owners)]
    return Report("inventory", "Open inventory", question.known_on, tables, charts, _notes(question))


def _held(question: Question) -> Holdings:
    """By (age, owner of that day): how many claims, what was claimed, what is outstanding."""
    until, held = question.until, defaultdict[tuple[int, UUID | None], Held](lambda: NONE)
    rows = open_claims(question.known_on, question.book).annotate(
        age=_age(question),
        held_by=owner_at(until),
        then_claimed=claimed_at(until),
        left=ExpressionWrapper(incurred_at(until) - net_paid_at(until), output_field=MONEY),
    )
    sums = {"number": Count("pk"), "claimed": Sum("then_claimed", output_field=MONEY), "outstanding": Sum("left", output_field=MONEY)}
    for age, owner, number, claimed, left in rows.values_list("age", "held_by").annotate(**sums):
        # The trail and the column may write the same key differently.
        held[age, None if owner in OF_NOBODY else UUID(owner)] += Held(number, to_cents(claimed), to_cents(left))
    return held


def open_claims(known_on: date, book: str = "") -> QuerySet[Claim]:
    """The claims that were open at the end of a day."""
    return Claim.objects.order_by().filter(open_at(end_of(known_on)), of_book(book))


def _age(question: Question) -> Case:
    return Case(*(When(_aged(question, age), then=Value(age)) for age in range(len(AGES))), default=Value(0), output_field=IntegerField())


def _aged(question: Question, age: int) -> Q:
    """Reported so many days before the day that is looked at."""
    _, low, high = AGES[age]
    younger = Q(reported_date__lt=question.until - timedelta(days=low))
    return younger if high is None else younger & Q(reported_date__gte=question.until - timedelta(days=high))


def _sum(held: Holdings, *, age: int | None = None, owner: UUID | str | None = "") -> Held:
    return sum((each for (at, by), each in held.items() if age in (None, at) and owner in ("", by)), NONE)


def _by_age(question: Question, age: int, held: Held) -> Row:
    return [Figure(AGES[age][0]), *_figures(_selection(question, age) if held.number else None, held)]


def _figures(rows: Selection | None, held: Held) -> Iterable[Figure]:
    claimed, outstanding = ((replace(rows, what=what) if rows else None) for what in (CLAIMED, OUTSTANDING))
    return Figure(held.number, rows), Figure(held.claimed, rows, made_of=claimed), Figure(held.outstanding, rows, made_of=outstanding)


def _owners(held: Holdings) -> Owners:
    """By name; nobody comes last. One query."""
    keys = {owner for _, owner in held}
    known = User.objects.in_bulk(keys - {None})
    names = sorted((str(known.get(key, "A log-in that is gone")), str(key), key) for key in keys if key)
    return [*((name, key) for name, _, key in names), *([("Nobody", None)] if None in keys else [])]


def _by_owner(question: Question, held: Holdings, owners: Owners) -> Table:
    columns = [
        Column("owner", "Owner", Unit.TEXT),
        *(Column(f"age_{low}", label) for label, low, _ in AGES),
        Column("claims", "Claims"),
        Column("claimed", "Claimed", Unit.MONEY),
        Column("outstanding", "Outstanding", Unit.MONEY),
    ]
    rows = [_owner_row(question, held, name, owner) for name, owner in owners]
    foot = _owner_row(question, held, "All", "") if rows else ()
    words = f"Days since the report. Owners of {question.day_words}."
    return Table("owners", "Open claims by owner and age", columns, rows, foot, words, empty="No claim was open.")


def _owner_row(question: Question, held: Holdings, name: str, owner: UUID | str | None) -> Row:
    numbers = [_sum(held, age=age, owner=owner).number for age in range(len(AGES))]
    cells = [Figure(number, _selection(question, age, owner) if number else None) for age, number in enumerate(numbers)]
    return [Figure(name), *cells, *_figures(_selection(question, None, owner), _sum(held, owner=owner))]


def _chart_of_owners(question: Question, held: Holdings, owners: Owners) -> Chart:
    """Those who had most, nobody among them, in the order of the table."""
    most = {owner for _, owner in sorted(owners, key=lambda pair: -_sum(held, owner=pair[1]).number)[:IN_CHART]}
    shown = [(name, owner) for name, owner in owners if owner in most]
    series = [
        Series(span, [sum(_sum(held, age=age, owner=owner).number for age in range(first, end)) for _, owner in shown])
        for span, first, end in SPANS
    ]
    title = "Open claims by owner" + (f", the {IN_CHART} with most" if len(owners) > IN_CHART else "")
    rows = [_selection(question, None, owner) for _, owner in shown]
    return Chart(title, Unit.COUNT, [name for name, _ in shown], series, rows)


def _selection(question: Question, age: int | None = None, owner: UUID | str | None = "") -> Selection:
    return Selection(
        OPEN, question.known_on, question.book, ("" if age is None else str(AGES[age][1]), NOBODY if owner is None else str(owner))
    )


def _notes(question: Question) -> list[str]:
    notes = [
        f"Outstanding is what is set aside. Where nobody has set anything aside it is, until the decision, {WOULD_COST}; then what was "
        "approved and is unpaid."
    ]
    if not nothing_since(question.until):
        notes.append(
            "Who owned a claim at the end of an earlier day is read from the log of its changes: the first change of owner after that day "
            "says who had it before. Before a claim was given to somebody or started, nobody did."
        )
    return notes


def claims_in(selection: Selection) -> QuerySet[Claim]:
    """The open claims of an age and an owner; "" is any. Raises ValueError."""
    low, owner = selection.parts
    question = Question(selection.known_on, selection.book)
    rows = open_claims(selection.known_on, selection.book)
    if low:
        rows = rows.filter(_aged(question, [str(start) for _, start, _ in AGES].index(low)))
    if not owner:
        return rows
    key = None if owner == NOBODY else UUID(owner)
    if nothing_since(question.until):
        # The column itself, for which there is an index.
        return rows.filter(assignee=key)
    return rows.alias(held_by=owner_at(question.until)).filter(held_by__in=[str(key), key.hex] if key else OF_NOBODY)


def made_of(selection: Selection) -> Made:
    """What was claimed on them, or what is outstanding. Raises ValueError."""
    rows, until = claims_in(selection), end_of(selection.known_on)
    behind = replace(selection, what=OPEN)
    if selection.what == CLAIMED:
        return Made([Booked("claimed", "Claimed", [Source(rows.order_by(), "", "reported_date", Sum(claimed_at(until)))])], rows=behind)
    found = parts(until, selection.book, of_claims(rows))
    return Made([part for part in found if part.name == "outstanding"], rows=behind)


def words_of(selection: Selection) -> str:
    low, owner = selection.parts
    ages = {str(start): label for label, start, _ in AGES}
    if low and low not in ages:
        raise ValueError("There is no such age.")
    aged = f", reported {ages[low]} days before" if low else ""
    return f"{WORDS.get(selection.what, '')}open{aged}" + (", of nobody" if owner == NOBODY else ", of one owner" if owner else "")
