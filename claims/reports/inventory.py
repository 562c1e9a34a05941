"""Open inventory: the claims whose file is open, by age since the report and by owner."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, Count, ExpressionWrapper, IntegerField, Q, QuerySet, Sum, Value, When

from claims.models import Claim
from claims.reports.incurred import incurred_at, net_paid_at
from claims.reports.known import of_book, open_at
from claims.reports.periods import end_of
from claims.reports.question import Question, today
from claims.reports.selection import Selection
from claims.reports.tables import Chart, Column, Figure, Report, Row, Series, Table, Unit
from claims.reports.terms import MONEY
from claims.reports.turns import claimed_at
from claims.worklist import AGES
from vanguard.accounts.models import User
from vanguard.money import ZERO, to_cents

OPEN = "open"
NOBODY = "nobody"
BY_AGE = (
    Column("age", "Days since the report", Unit.TEXT),
    Column("claims", "Claims"),
    Column("claimed", "Claimed", Unit.MONEY),
    Column("outstanding", "Outstanding", Unit.MONEY),
)
type Held = dict[tuple[int, UUID | None], tuple[int, Decimal, Decimal]]


def inventory(question: Question) -> Report:
    """The report. Two queries: the claims, and the names of their owners."""
    held = _held(question)
    ages = [_sum(held, age=age) for age in range(len(AGES))]
    rows = [_by_age(question, age, *figures) for age, figures in enumerate(ages)] if held else []
    foot = [Figure("All"), *_figures(_selection(question), *_sum(held))] if held else ()
    table = Table("inventory", "Open claims by age", BY_AGE, rows, foot, f"As known on {question.day_words}.", empty="No claim was open.")
    chart = Chart(
        "Open claims by days since the report", Unit.COUNT, [label for label, _, _ in AGES],
        [Series("Claims", [number for number, _, _ in ages])], [_selection(question, age) for age in range(len(AGES))],
    )  # fmt: skip
    tables = [table, _by_owner(question, held)] if question.known_on >= today() else [table]
    return Report("inventory", "Open inventory", question.known_on, tables, chart, _notes(question))


def _held(question: Question) -> Held:
    """By (age, owner): how many claims, what was claimed, what is outstanding."""
    until = question.until
    rows = open_claims(question.known_on, question.book).annotate(
        age=_age(question),
        then_claimed=claimed_at(until),
        left=ExpressionWrapper(incurred_at(until) - net_paid_at(until), output_field=MONEY),
    )
    sums = {"number": Count("pk"), "claimed": Sum("then_claimed", output_field=MONEY), "outstanding": Sum("left", output_field=MONEY)}
    found = rows.values_list("age", "assignee").annotate(**sums)
    return {(age, owner): (number, to_cents(claimed), to_cents(left)) for age, owner, number, claimed, left in found}


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


def _sum(held: Held, *, age: int | None = None, owner: UUID | str | None = "") -> tuple[int, Decimal, Decimal]:
    fitting = [figures for (at, by), figures in held.items() if age in (None, at) and owner in ("", by)]
    return (
        sum(number for number, _, _ in fitting),
        sum((claimed for _, claimed, _ in fitting), ZERO),
        sum((left for _, _, left in fitting), ZERO),
    )


def _by_age(question: Question, age: int, number: int, claimed: Decimal, left: Decimal) -> Row:
    return [Figure(AGES[age][0]), *_figures(_selection(question, age) if number else None, number, claimed, left)]


def _figures(rows: Selection | None, number: int, claimed: Decimal, left: Decimal) -> Iterable[Figure]:
    return Figure(number, rows), Figure(claimed, rows), Figure(left, rows)


def _by_owner(question: Question, held: Held) -> Table:
    owners = User.objects.in_bulk({owner for _, owner in held if owner})
    names = sorted(((str(user), user.pk) for user in owners.values()), key=lambda pair: pair[0])
    by: list[tuple[str, UUID | None]] = [*names, *([("Nobody", None)] if any(owner is None for _, owner in held) else [])]
    columns = [
        Column("owner", "Owner", Unit.TEXT),
        *(Column(f"age_{low}", label) for label, low, _ in AGES),
        Column("claims", "Claims"),
        Column("outstanding", "Outstanding", Unit.MONEY),
    ]
    rows = [_owner_row(question, held, name, owner) for name, owner in by]
    return Table("owners", "Open claims by owner and age", columns, rows, (), "Days since the report.", empty="No claim was open.")


def _owner_row(question: Question, held: Held, name: str, owner: UUID | None) -> Row:
    numbers = [held.get((age, owner), (0, ZERO, ZERO))[0] for age in range(len(AGES))]
    cells = [Figure(number, _selection(question, age, owner) if number else None) for age, number in enumerate(numbers)]
    number, _, left = _sum(held, owner=owner)
    whole = _selection(question, None, owner)
    return [Figure(name), *cells, Figure(number, whole), Figure(left, whole)]


def _selection(question: Question, age: int | None = None, owner: UUID | str | None = "") -> Selection:
    return Selection(
        OPEN, question.known_on, question.book, ("" if age is None else str(AGES[age][1]), NOBODY if owner is None else str(owner))
    )


def _notes(question: Question) -> list[str]:
    notes = [
        "Outstanding is what is set aside; where nobody has set anything aside, what was claimed under the policy’s limit and deductible."
    ]
    if question.known_on < today():
        notes.append("Who owned a claim on an earlier day is not among its steps, so owners are shown as of today only.")
    return notes


def claims_in(selection: Selection) -> QuerySet[Claim]:
    """The open claims of an age and an owner; "" is any. Raises ValueError."""
    low, owner = selection.parts
    question = Question(selection.known_on, selection.book)
    rows = open_claims(selection.known_on, selection.book)
    if low:
        rows = rows.filter(_aged(question, [str(start) for _, start, _ in AGES].index(low)))
    if owner == NOBODY:
        return rows.filter(assignee=None)
    return rows.filter(assignee=UUID(owner)) if owner else rows


def words_of(selection: Selection) -> str:
    low, owner = selection.parts
    ages = {str(start): label for label, start, _ in AGES}
    if low and low not in ages:
        raise ValueError("There is no such age.")
    aged = f", reported {ages[low]} days before" if low else ""
    return f"open{aged}" + (", of nobody" if owner == NOBODY else ", of one owner" if owner else "")
