"""What must hold of the triangles: cell by cell, by the month of the loss and the month of the movement, they are what the ledger has.

Two grand totals agree also where money stands in the wrong month, or in the wrong claim. So payments are held against the ledger by claim
and month, in the database; and what the reports add up, by cell. Only the claims of a cell that differs are then looked at one by one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from claims.books.shared import CLAIM
from claims.models import Claim, CostType, EntryKind, LedgerEntry
from claims.reports.incurred import MOVED
from claims.reports.periods import Period, bounds, label_of
from claims.reports.sources import Source
from claims.reports.triangle import ALWAYS, Value, held_in, sources
from vanguard.books import Invariant, Looking, Offender, keep, key_of, search
from vanguard.money import dollars, to_cents

ROOM = "Claims: money"
# Months that a sentence about one claim names.
MONTHS = 3
# Both databases keep moments in UTC, and write them with year and month first.
MONTH = "SUBSTR(CAST({} AS varchar(40)), 1, 7)"
# Each claim's months in which payments and ledger differ.
PAID_ELSEWHERE = f"""
    SELECT c.id, c.claim_number, d.month, d.told, d.booked
    FROM (
        SELECT claim_id, month, SUM(told) AS told, SUM(booked) AS booked
        FROM (
            SELECT claim_id, {MONTH.format("paid_at")} AS month, amount AS told, 0 AS booked
            FROM claims_claimpayment WHERE paid_at IS NOT NULL
            UNION ALL
            SELECT claim_id, {MONTH.format("effective_at")}, 0, paid FROM claims_ledgerentry WHERE paid <> 0
        ) moved
        GROUP BY claim_id, month HAVING ABS(SUM(told) - SUM(booked)) >= 0.005
    ) d
    JOIN claims_claim c ON c.id = d.claim_id
    ORDER BY c.claim_number, c.id, d.month
"""  # noqa: S608  # texts of ours

type Cell = tuple[str, str]


def _paid(_looking: Looking) -> Iterator[Offender]:
    """The claims whose payments stand in other months than in the ledger; where there are none, what the report itself adds up wrongly."""
    with connection.cursor() as cursor:
        cursor.execute(PAID_ELSEWHERE)
        rows = cursor.fetchall()
    for (key, number), months in groupby(rows, itemgetter(0, 1)):
        yield Offender(CLAIM, key_of(key), number, _differ((f"in {month}", told, booked) for _, _, month, told, booked in months))
    if not rows:
        entries = LedgerEntry.objects.order_by()
        yield from _apart(sources(Value.PAID, ALWAYS), [Source(entries, "claim__", "effective_at", Sum("paid"))])


def _incurred(_looking: Looking) -> Iterator[Offender]:
    """Claims that their ledger tells of, by cell; of the others those that are closed, by the month of the loss.

    What an open claim without a reserve will cost is an estimate by its terms, which no ledger has. That of a closed one is what was paid
    of the loss itself.
    """
    payments = (EntryKind.PAYMENT, EntryKind.PAYMENT_REVERSAL)
    reserved = LedgerEntry.objects.exclude(kind__in=payments).order_by().values("claim")
    told = sources(Value.INCURRED, ALWAYS)
    entries = LedgerEntry.objects.order_by().filter(claim__in=reserved)
    yield from _apart(_among(told, reserved), [Source(entries, "claim__", "effective_at", MOVED)])

    closed = Claim.objects.order_by().filter(closed_at__isnull=False).exclude(pk__in=reserved).values("pk")
    of_the_loss = LedgerEntry.objects.order_by().filter(claim__in=closed, cost_type=CostType.INDEMNITY)
    yield from _apart(_among(told, closed), [Source(of_the_loss, "claim__", "effective_at", MOVED)], by_row=True)


def _among(told: Iterable[Source], claims: QuerySet[Any, Any]) -> list[Source]:
    return [replace(source, rows=source.rows.filter(**{f"{source.key}__in": claims})) for source in told]


def _apart(told: list[Source], booked: list[Source], *, by_row: bool = False) -> Iterator[Offender]:
    """The claims in whose cells (with `by_row`, in whose month of the loss) the two do not come to the same.

    A cell that differs and none of whose claims does is named itself.
    """
    cells, others = _cells(told, by_row=by_row), _cells(booked, by_row=by_row)
    differing = sorted(cell for cell in cells.keys() | others.keys() if cells[cell] != others[cell])
    found: dict[tuple[Any, str], list[tuple[str, Decimal, Decimal]]] = defaultdict(list)
    for cell in differing:
        claims, ledgers = _by_claim(told, cell), _by_claim(booked, cell)
        apart = [claim for claim in claims.keys() | ledgers.keys() if claims[claim] != ledgers[claim]]
        for claim in apart:
            found[claim].append((f"in {cell[1]}" if cell[1] else "in all", claims[claim], ledgers[claim]))
        if not apart:
            name = f"Lost in {cell[0]}" + (f", moved in {cell[1]}" if cell[1] else "")
            yield Offender("", "", name, _differ([("in all", cells[cell], others[cell])]))
    for (key, number), months in sorted(found.items(), key=lambda each: each[0][1]):
        yield Offender(CLAIM, str(key), number, _differ(months))


def _cells(added: list[Source], *, by_row: bool) -> Mapping[Cell, Decimal]:
    """What stands in each cell; the second month is empty where rows are asked for."""
    cells: dict[Cell, Decimal] = defaultdict(Decimal)
    for (origin, development), amount in held_in(added, Period.MONTH, Period.MONTH, ALWAYS).items():
        cells[label_of(origin, Period.MONTH), "" if by_row else label_of(development, Period.MONTH)] += to_cents(amount)
    return cells


def _by_claim(added: list[Source], cell: Cell) -> Mapping[tuple[Any, str], Decimal]:
    """What each claim (key, number) brings into the cell."""
    found: dict[tuple[Any, str], Decimal] = defaultdict(Decimal)
    for source in added:
        rows = source.rows.filter(_within(f"{source.claim}incident_date", cell[0]))
        if cell[1]:
            rows = rows.filter(_within(source.moment, cell[1]))
        # By month as the triangle has it: added up as a whole, rows that are themselves annotated would be grouped otherwise.
        month = TruncMonth(source.moment, tzinfo=UTC)
        names = (source.key, f"{source.claim}claim_number")
        for key, number, _, amount in rows.order_by().annotate(month=month).values_list(*names, "month").annotate(held=source.held):
            found[key, number] += to_cents(amount)
    return found


def _within(path: str, month: str) -> Q:
    start, end = bounds(month)
    return Q(**{f"{path}__gte": start, f"{path}__lt": end})


def _differ(months: Iterable[tuple[str, Any, Any]]) -> str:
    """A sentence a month, of the first few."""
    named = list(months)
    says = [f"The triangle has {_sum(told)} {when}, the ledger {_sum(booked)}." for when, told, booked in named[:MONTHS]]
    more = [f"So do {len(named) - MONTHS} months more."] if len(named) > MONTHS else []
    return " ".join(chain(says, more))


def _sum(amount: Any) -> str:
    return dollars(Decimal(str(amount)))


keep(
    Invariant("claim_triangle", ROOM, "The triangle of what was paid is, cell by cell, what the ledger has as paid.", search(_paid)),
    Invariant(
        "claim_incurred_triangle",
        ROOM,
        "The incurred triangle is what the ledger has, of all claims but the open ones that nobody has set anything aside for.",
        search(_incurred),
    ),
)
