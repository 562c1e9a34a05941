"""Loss development: a triangle by age, cumulated, and where the chain ladder sees it end."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate

from django.db.models import Q, QuerySet

from claims.models import Claim
from claims.reports.incurred import WOULD_COST, lost_in, parts
from claims.reports.known import of_book
from claims.reports.ladder import Ladder, chain_ladder
from claims.reports.making import Booked, Made
from claims.reports.periods import MONTHS, Period, bounds, end_of, index_named, index_of, label_of, start_of
from claims.reports.question import Question
from claims.reports.selection import Selection
from claims.reports.sources import Source
from claims.reports.tables import Chart, Column, Figure, Report, Row, Series, Table, Unit
from claims.reports.triangle import MONEY, Cell, Value, once, sources, triangle

NAMES = {
    Value.PAID: "Paid losses",
    Value.INCURRED: "Incurred losses",
    Value.REPORTED: "Claims reported",
    Value.CLOSED: "Claims closed",
    Value.CLOSED_PAID: "Claims closed with a payment",
}
# Growth against its column, in parts of one, from which a cell is marked: once, twice, three times.
MARKED = (0.015, 0.04, 0.09)


@dataclass(frozen=True, slots=True)
class Developed:
    """`rows` are cumulative by age in development periods, up to the end of the last whole one; `names` the periods that the ages are."""

    origins: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[Decimal | int, ...], ...]
    valued_at: str
    ladder: Ladder

    @property
    def ages(self) -> int:
        return len(self.rows[0]) if self.rows else 0


def develop(cells: Sequence[Cell], origin: Period, development: Period, question: Question) -> Developed:
    """From incremental cells. A development period that is not over is left out: it would look like slow growth.

    Raises ValueError where a development period is wider than an origin period.
    """
    if MONTHS[development] > MONTHS[origin]:
        raise ValueError(
            f"Ages in {development}s are wider than losses by {origin}. Choose {origin}s for the ages, or losses by {development}."
        )
    last = index_of(question.until, development) - 1
    held: dict[int, dict[int, Decimal | int]] = defaultdict(lambda: defaultdict(int))
    for cell in cells:
        at = index_named(cell.development)[0]
        if at <= last:
            held[index_named(cell.origin)[0]][at] += cell.value
    filled = range(min(held), max(held) + 1) if held else range(0)
    # Beyond the age at which anything moved for the last time every factor is 1, and nothing is uncertain.
    moved = max((max(ages) - _first_age(index, origin, development) + 1 for index, ages in held.items() if ages), default=0)
    names = [_ages(index, origin, development, last)[:moved] for index in filled]
    rows = tuple(tuple(accumulate(held[index][at] for at in ages)) for index, ages in zip(filled, names, strict=True))
    return Developed(
        origins=tuple(label_of(index, origin) for index in filled),
        names=tuple(tuple(label_of(at, development) for at in ages) for ages in names),
        rows=rows,
        valued_at=f"{start_of(last + 1, development) - timedelta(days=1):%Y-%m-%d}",
        ladder=chain_ladder([[float(value) for value in row] for row in rows]),
    )


def _ages(index: int, origin: Period, development: Period, last: int) -> range:
    """The development periods that an origin period has been through."""
    return range(_first_age(index, origin, development), last + 1)


def _first_age(index: int, origin: Period, development: Period) -> int:
    return index_of(start_of(index, origin), development)


def development(question: Question) -> Report:
    """The report. Raises ValueError as `develop` does."""
    cells = triangle(question.value, question.origin, question.development, question.book, question.known_on, user=None)
    found = develop(cells, question.origin, question.development, question)
    unit = Unit.MONEY if question.value in MONEY else Unit.COUNT
    name = f"{NAMES[question.value]} by {question.origin} of loss and age in {question.development}s"
    table = Table(
        name="triangle",
        title=name,
        columns=[Column("origin", question.origin.capitalize(), Unit.TEXT), *_columns(found.ages, unit)],
        rows=[_row(question, found, index) for index in range(len(found.rows))],
        foot=_foot(found) if found.rows else (),
        words=f"Cumulative, valued at {found.valued_at}. Outlined: the latest. Grey italics: projected.",
        heat=True,
    )
    return Report("development", "Loss development", question.known_on, [table], [_chart(question, found, unit)], _notes(question, found))


def _columns(ages: int, unit: Unit) -> list[Column]:
    by_age = [Column(f"age_{age}", f"Age {age}", unit) for age in range(1, ages + 1)]
    ends = [Column("ultimate", "Ultimate", unit), Column("reserve", "Reserve", unit), Column("error", "Std. error", unit)]
    return by_age + ends


def _row(question: Question, found: Developed, index: int) -> Row:
    origin, known = found.ladder.origins[index], found.rows[index]
    seen = [_seen(question, found, index, age) for age in range(len(known))]
    projected = [Figure(_rounded(value), mark="proj") for value in origin.values[len(known) :]]
    ends = [Figure(_rounded(value), mark="edge") for value in (origin.ultimate, origin.reserve, origin.error)]
    return [Figure(found.origins[index]), *seen, *projected, *ends]


def _seen(question: Question, found: Developed, index: int, age: int) -> Figure:
    row = found.rows[index]
    cell = (found.origins[index], found.names[index][age])
    behind = Selection(question.value, question.known_on, question.book, cell) if row[age] else None
    mark, note = _growth(row, age, found.ladder.factors)
    latest = "diag" if age == len(row) - 1 and age < found.ages - 1 else ""
    return Figure(row[age], behind, f"{mark} {latest}".strip(), note, behind if question.value in MONEY else None)


def _growth(row: Sequence[Decimal | int], age: int, factors: Sequence[float | None]) -> tuple[str, str]:
    """How a cell grew against its column, as a mark and in words."""
    factor = factors[age - 1] if age else None
    if not age or not row[age - 1] or not factor:
        return "", ""
    own = float(row[age]) / float(row[age - 1])
    off = own / factor - 1
    steps = sum(abs(off) >= step for step in MARKED)
    return f"{'a' if off > 0 else 'b'}{steps}" if steps else "", f"factor {own:.3f}, column {factor:.3f}"


def _foot(found: Developed) -> Row:
    factors = [Figure(None, mark="void"), *(Figure(_factor(factor), mark="edge factor") for factor in found.ladder.factors)]
    known = [origin.ultimate for origin in found.ladder.origins]
    ultimate = None if None in known else sum(value or 0.0 for value in known)
    ends = [Figure(_rounded(value), mark="edge") for value in (ultimate, found.ladder.reserve, found.ladder.error)]
    return [Figure("Factor"), *factors, *ends]


def _factor(factor: float | None) -> Decimal | None:
    return None if factor is None else Decimal(f"{factor:.4f}")


def _rounded(value: float | None) -> Decimal | None:
    """A projection is an estimate: cents would feign exactness, but sums of cells keep theirs."""
    return None if value is None else Decimal(f"{value:.0f}") + Decimal(0)


def _chart(question: Question, found: Developed, unit: Unit) -> Chart:
    latest = [float(row[-1]) for row in found.rows]
    to_come = [max(origin.reserve or 0.0, 0.0) for origin in found.ladder.origins]
    whole = [
        Selection(question.value, question.known_on, question.book, (label, names[-1])) if row[-1] else None
        for label, names, row in zip(found.origins, found.names, found.rows, strict=True)
    ]
    return Chart(
        f"{NAMES[question.value]} and what the chain ladder expects", unit, found.origins,
        [Series("Until now", latest), Series("Reserve to ultimate", to_come)], whole,
        whole if question.value in MONEY else (),
    )  # fmt: skip


def _notes(question: Question, found: Developed) -> list[str]:
    notes = ["Volume-weighted chain ladder; standard error by Mack (1993), last variance by Mack (1994)."]
    if found.rows and found.ladder.reserve is None:
        notes.append("A factor cannot be estimated: something came from nothing. What hangs on it is left empty.")
    if question.value == Value.INCURRED:
        notes.append(
            "Incurred is paid plus outstanding; what came back is taken off. Outstanding is what is set aside. Where nobody has set "
            f"anything aside it is, until the decision, {WOULD_COST}; then what was approved and is unpaid."
        )
    return notes


def claims_in(selection: Selection) -> QuerySet[Claim]:
    """The claims behind a cell: loss in the origin period, and the event up to the end of the development period. Raises ValueError."""
    wanted, until = _wanted(selection)
    found = Q()
    for source in map(wanted, sources(Value(selection.what), until, selection.book)):
        found |= Q(pk__in=source.rows.values(source.key))
    return Claim.objects.filter(found, of_book(selection.book))


def made_of(selection: Selection) -> Made:
    """The entries behind it: payments; what incurred is made of; or the event by which a claim counts. Raises ValueError."""
    value = Value(selection.what)
    wanted, until = _wanted(selection)
    if value == Value.INCURRED:
        return Made(parts(until, selection.book, wanted), rows=selection)
    unit = Unit.MONEY if value in MONEY else Unit.COUNT
    found = [once(source) for source in sources(value, until, selection.book)]
    return Made([Booked(value, NAMES[value], map(wanted, found), unit)], unit, rows=selection)


def _wanted(selection: Selection) -> tuple[Callable[[Source], Source], datetime]:
    """Narrows a source to loss in the origin period, and to what happened up to the end of the development period."""
    origin, through = selection.parts
    (since, end), until = bounds(origin), end_of(selection.known_on)
    return lost_in(since, end, until, before=min(bounds(through)[1], until)), until


def words_of(selection: Selection) -> str:
    """Such as: paid up to 2009Q1, loss in 2008."""
    origin, through = selection.parts
    return f"{NAMES[Value(selection.what)].lower()} up to {through}, loss in {origin}"
