"""Loss ratio, frequency and severity by product and year of loss.

loss ratio = incurred / earned premium; frequency = claims reported for each 100 policy years; severity = incurred / claims that cost
something. Premium is earned in the calendar year, losses belong to the year in which they happened (the accident-year basis).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC
from decimal import Decimal
from functools import partial

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import ExtractYear

from claims.models import Claim
from claims.past import incident_at
from claims.reports.incurred import WOULD_COST, incurred_at, lost_in, parts, with_a_cost
from claims.reports.known import known_claims
from claims.reports.making import Line, Made, Part, Told, claims_part
from claims.reports.periods import Period, bounds, end_of, index_named
from claims.reports.question import Question
from claims.reports.selection import Selection
from claims.reports.tables import Chart, Column, Figure, Report, Row, Series, Table, Unit
from policies.reading import Earned, earned_by_year, earned_in, earned_lines
from vanguard.money import ZERO, to_cents

KNOWN, COST = "known", "cost"
# What else a figure of a year of loss is made of: entries, not claims.
INCURRED, RATIO, SEVERITY = "loss_incurred", "loss_ratio", "severity"
EARNED, YEARS, FREQUENCY = "earned_premium", "policy_years", "frequency"
WORDS = {
    INCURRED: "incurred", RATIO: "incurred for each dollar of earned premium", SEVERITY: "incurred for each claim with a cost",
    EARNED: "earned premium", YEARS: "policy years", FREQUENCY: "claims reported for each 100 policy years",
}  # fmt: skip
HUNDRED = 100
COLUMNS = (
    Column("product", "Product", Unit.TEXT),
    Column("year", "Year of loss", Unit.TEXT),
    Column("earned_premium", "Earned premium", Unit.MONEY),
    Column("incurred", "Incurred", Unit.MONEY),
    Column("loss_ratio", "Loss ratio", Unit.RATIO),
    Column("policy_years", "Policy years", Unit.YEARS),
    Column("claims", "Claims"),
    Column("frequency", "For 100 policy years", Unit.YEARS),
    Column("claims_with_a_cost", "With a cost"),
    Column("severity", "Severity", Unit.MONEY),
)
NOTHING_EARNED = Earned(ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Losses:
    """The claims of one product and year."""

    claims: int = 0
    costing: int = 0
    incurred: Decimal = ZERO

    def __add__(self, other: "Losses") -> "Losses":
        return Losses(self.claims + other.claims, self.costing + other.costing, self.incurred + other.incurred)


def loss_ratio(question: Question) -> Report:
    """The report. Two queries."""
    earned, losses = earned_by_year(question.until, question.book), losses_by_year(question)
    keys = sorted({*earned, *losses})
    rows = [_row(question, key, earned.get(key, NOTHING_EARNED), losses.get(key, Losses())) for key in keys]
    whole = Earned(sum((each.premium for each in earned.values()), ZERO), sum((each.policy_years for each in earned.values()), ZERO))
    foot = _figures("All", whole, sum(losses.values(), Losses()), "", *_behind(question, question.book, "")) if rows else ()
    table = Table("lossRatio", "Loss ratio by product and year of loss", COLUMNS, rows, foot, f"As known on {question.day_words}.")
    return Report("loss-ratio", "Loss ratio", question.known_on, [table], [_chart(question, earned, losses)], _notes())


def losses_by_year(question: Question) -> dict[tuple[str, int], Losses]:
    """By (policy type, year of loss)."""
    known = known_claims(question.until, question.book).annotate(
        cost=incurred_at(question.until), year=ExtractYear(incident_at(question.until), tzinfo=UTC)
    )
    sums = {"claims": Count("pk"), "costing": Count("pk", filter=Q(cost__gt=0)), "incurred": Sum("cost")}
    rows = known.values_list("policy__policy_type", "year").annotate(**sums)
    return {(type_, year): Losses(claims, costing, to_cents(incurred)) for type_, year, claims, costing, incurred in rows}


def _row(question: Question, key: tuple[str, int], earned: Earned, losses: Losses) -> Row:
    book, year = key
    return _figures(book.replace("_", " ").capitalize(), earned, losses, str(year), *_behind(question, book, str(year)))


def _behind(question: Question, book: str, year: str) -> tuple[Selection, Selection]:
    """The claims of a year of loss, or of all: those known, and those with a cost."""
    return Selection(KNOWN, question.known_on, book, (year,)), Selection(COST, question.known_on, book, (year,))


def _figures(name: str, earned: Earned, losses: Losses, year: str, reported: Selection, costing: Selection) -> Row:
    behind = costing if losses.costing else None
    ratio, frequency = _ratio(losses.incurred, earned.premium), _ratio(losses.claims * HUNDRED, earned.policy_years)
    of = partial(replace, reported)
    return [
        Figure(name),
        Figure(year),
        Figure(earned.premium, made_of=of(what=EARNED) if earned.premium else None),
        Figure(losses.incurred, behind, made_of=of(what=INCURRED) if losses.claims else None),
        Figure(ratio, made_of=of(what=RATIO) if ratio is not None else None),
        Figure(earned.policy_years, made_of=of(what=YEARS) if earned.policy_years else None),
        Figure(losses.claims, reported if losses.claims else None),
        Figure(frequency, made_of=of(what=FREQUENCY) if frequency is not None else None),
        Figure(losses.costing, behind),
        Figure(to_cents(losses.incurred / losses.costing) if losses.costing else None, made_of=of(what=SEVERITY) if behind else None),
    ]


def _ratio(part: Decimal | int, whole: Decimal) -> Decimal | None:
    return (Decimal(part) / whole).quantize(Decimal("0.0001")) if whole else None


def _chart(question: Question, earned: dict[tuple[str, int], Earned], losses: dict[tuple[str, int], Losses]) -> Chart:
    """The whole book, year by year."""
    premium: dict[int, Decimal] = defaultdict(lambda: ZERO)
    incurred: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for (_, year), each in earned.items():
        premium[year] += each.premium
    for (_, year), lost in losses.items():
        incurred[year] += lost.incurred
    years = [year for year in sorted(premium) if premium[year]]
    ratios = [float(incurred[year] / premium[year]) for year in years]
    whole = [Selection(RATIO, question.known_on, question.book, (str(year),)) for year in years]
    return Chart(
        "Loss ratio by year of loss", Unit.RATIO, [str(year) for year in years], [Series("Loss ratio", ratios)], made_of=whole
    )  # fmt: skip


def _notes() -> list[str]:
    return [
        f"Incurred is paid plus outstanding; what came back is taken off. Outstanding is what is set aside. Where nobody has set anything "
        f"aside it is, until the decision, {WOULD_COST}; then what was approved and is unpaid.",
        "Frequency is claims reported for each 100 policy years. Severity is incurred for each claim that cost something.",
    ]


def made_of(selection: Selection) -> Made:
    """What a figure of a year of loss ("" is any) is made of. Raises ValueError."""
    [year], until, what = selection.parts, end_of(selection.known_on), selection.what
    since, end = bounds(year) if year else (None, None)
    premium = _earned(EARNED, "Earned premium", Unit.MONEY, selection)
    if what == EARNED:
        return Made([premium])
    years = _earned(YEARS, "Policy years", Unit.YEARS, selection)
    if what == YEARS:
        return Made([years], Unit.YEARS)
    known, costing = replace(selection, what=KNOWN), replace(selection, what=COST)
    if what == FREQUENCY:
        return Made([claims_part(claims_in(known), "Claims reported")], Unit.YEARS, [years], HUNDRED, rows=known)
    incurred = parts(until, selection.book, lost_in(since, end, until))
    if what == SEVERITY:
        return Made(incurred, Unit.MONEY, [claims_part(claims_in(costing), "Claims with a cost")], rows=costing)
    return Made(incurred, Unit.RATIO, [premium], rows=costing) if what == RATIO else Made(incurred, rows=costing)


def _earned(name: str, label: str, unit: Unit, selection: Selection) -> Part:
    """The bookings of policies that were earned in the year."""
    [year], until = selection.parts, end_of(selection.known_on)
    if year and index_named(year)[1] != Period.YEAR:
        raise ValueError("Premium is earned by the year.")

    asked = (until, selection.book, int(year) if year else None)

    def amount(earned: Earned) -> Decimal:
        return earned.premium if unit == Unit.MONEY else earned.policy_years

    def lines() -> Iterator[Line]:
        for each in earned_lines(*asked):
            key = ("booking", each.booking, None, amount(each.earned))
            yield Line(each.starts_at, each.version, *key, "", each.policy, each.policy_number)

    def whole() -> tuple[Decimal, int]:
        earned, number = earned_in(*asked)
        return amount(earned), number

    return Told(name, label, lines, unit, whole=whole)


def claims_in(selection: Selection) -> QuerySet[Claim]:
    """The claims of a year of loss ("" is any) that are known, or that cost something. Raises ValueError."""
    until = end_of(selection.known_on)
    rows = (known_claims if selection.what == KNOWN else with_a_cost)(until, selection.book)
    if not selection.parts[0]:
        return rows
    since, end = bounds(selection.parts[0])
    return rows.alias(lost=incident_at(until)).filter(lost__gte=since, lost__lt=end)


def words_of(selection: Selection) -> str:
    [year] = selection.parts
    if selection.what in WORDS:
        return WORDS[selection.what] + (f", {'year' if selection.what in (EARNED, YEARS) else 'loss in'} {year}" if year else "")
    return ("reported" if selection.what == KNOWN else "with a cost") + (f", loss in {year}" if year else "")
