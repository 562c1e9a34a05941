"""Reports as the API takes their questions and gives their figures."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from claims.reports.addresses import entries_path
from claims.reports.entries import Listed
from claims.reports.making import Line, Part, plain
from claims.reports.periods import Period
from claims.reports.question import Question, check_known_on, today
from claims.reports.tables import Report, Row, Table, Unit
from claims.reports.triangle import Cell, Value
from vanguard.http.fields import CalendarDate, Text
from vanguard.http.paging import WholeNumber
from vanguard.http.schema import Amount, Out, Params

Year = Annotated[int, Field(ge=1900, le=2200)]
Month = Annotated[str, Field(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$")]


def _known(day: date) -> date:
    if refused := check_known_on(day):
        raise PydanticCustomError("out_of_range", "{why}", {"why": refused})
    return day


KnownOn = Annotated[CalendarDate, AfterValidator(_known)]


class KnownParams(Params):
    """`known_on`: as it stood at the end of that day (UTC); today, unless given."""

    known_on: KnownOn | None = None
    policy_type: Annotated[str, Text(50)] | None = None

    def question(self) -> Question:
        """As the reports take it."""
        asked = self.model_dump(exclude={"known_on", "policy_type"}, exclude_none=True)
        return Question(self.known_on or today(), self.policy_type or "", **asked)


class YearParams(KnownParams):
    year: Year | None = None


class MonthParams(Params):
    month: Month
    policy_type: Annotated[str, Text(50)] | None = None

    def question(self) -> Question:
        return Question(today(), self.policy_type or "", month=self.month)


class DevelopmentParams(KnownParams):
    """A development period is not wider than an origin period."""

    value: Value = Value.PAID
    origin: Period = Period.YEAR
    development: Period = Period.YEAR


class TriangleParams(KnownParams):
    value: Value
    origin: Period = Period.YEAR
    development: Period = Period.YEAR


class CellOut(Out):
    origin: str
    development: str
    value: Amount


class TriangleOut(Out):
    cells: list[CellOut]
    cumulative: Literal[False] = False

    @classmethod
    def of_cells(cls, cells: list[Cell]) -> "TriangleOut":
        return cls(cells=[CellOut.of(cell) for cell in cells])


class ColumnOut(Out):
    """A `ratio` of 1 is 100 %."""

    name: str
    label: str
    unit: Unit


class TableOut(Out):
    """Rows by column name; what holds nothing is left out. `total` is the last line: a sum, or the factors of a triangle.

    `links` has for each row, and `totalLinks` for the last line, by column name where the entries are that a figure is made of.
    """

    name: str
    title: str
    columns: list[ColumnOut]
    rows: list[dict[str, Amount | str]]
    total: dict[str, Amount | str]
    links: list[dict[str, str]]
    total_links: dict[str, str]


class ReportOut(Out):
    name: str
    title: str
    known_on: CalendarDate
    tables: list[TableOut]
    notes: list[str]


def shown(report: Report) -> dict[str, Any]:
    """As ReportOut says. Put together by hand: a triangle of months has twenty thousand cells."""
    return {
        "name": report.name,
        "title": report.title,
        "knownOn": report.known_on,
        "tables": [_table(table) for table in report.tables],
        "notes": list(report.notes),
    }


def _table(table: Table) -> dict[str, Any]:
    names = [to_camel(column.name) for column in table.columns]
    return {
        "name": table.name,
        "title": table.title,
        "columns": [{"name": name, "label": each.label, "unit": each.unit} for name, each in zip(names, table.columns, strict=True)],
        "rows": [_row(names, row) for row in table.rows],
        "total": _row(names, table.foot),
        "links": [_links(names, row) for row in table.rows],
        "totalLinks": _links(names, table.foot),
    }


def _row(names: list[str], row: Row) -> dict[str, Any]:
    return {name: figure.value for name, figure in zip(names, row, strict=bool(row)) if figure.value is not None}


def _links(names: list[str], row: Row) -> dict[str, str]:
    return {name: entries_path(figure.entries) for name, figure in zip(names, row, strict=bool(row)) if figure.entries}


class EntriesParams(Params):
    """`of` is the name of a figure, as the links of a report have it; `part` one of its parts, the first that has entries unless given."""

    of: Annotated[str, Text(500)]
    part: Annotated[str, Text(50)] | None = None
    page: WholeNumber = Field(1, ge=1, le=10_000_000)
    page_size: WholeNumber = Field(50, ge=1, le=500)


class FigurePartOut(Out):
    """What the entries of a part come to. A figure is the sum of its parts, each times its `sign`, over those that it is `divided_by`."""

    name: str
    label: str
    unit: Unit
    sign: int
    total: Amount


class FigureEntryOut(Out):
    """`entry` says what `id` is of: a `payment` or an entry of the `ledger` of the claim, one of its `step`s, the `claim` itself, or a
    `booking` of the policy."""

    at: AwareDatetime
    entry: str
    id: UUID
    what: str
    claim_id: UUID | None
    claim_number: str
    policy_id: UUID
    policy_number: str
    amount: Amount


class FigureEntriesOut(Out):
    """A page of what a figure is made of. `value` is the figure, from all of its entries."""

    name: str
    words: str
    unit: Unit
    value: Amount | None
    parts: list[FigurePartOut]
    divided_by: list[FigurePartOut]
    part: str
    entries: list[FigureEntryOut]
    total: int
    page: int
    page_size: int
    total_pages: int


def entries_shown(found: Listed) -> dict[str, Any]:
    """As FigureEntriesOut says."""
    made = found.made
    return {
        "name": str(found.selection),
        "words": found.words,
        "unit": made.unit,
        "value": made.value if made.value is None else plain(made.value, made.unit),
        "parts": [_part(part) for part in made.parts],
        "dividedBy": [_part(part) for part in made.over],
        "part": found.part.name,
        "entries": [_entry(line, found.part.unit) for line in found.read.lines],
        "total": found.read.number,
        "page": found.page,
        "pageSize": found.size,
        "totalPages": found.pages,
    }


def _part(part: Part) -> dict[str, Any]:
    return {"name": part.name, "label": part.label, "unit": part.unit, "sign": part.sign, "total": plain(part.total, part.unit)}


def _entry(line: Line, unit: Unit) -> dict[str, Any]:
    return {
        "at": line.at,
        "entry": line.entry,
        "id": line.key,
        "what": line.words,
        "claimId": line.claim,
        "claimNumber": line.claim_number,
        "policyId": line.policy,
        "policyNumber": line.policy_number,
        "amount": plain(line.amount, unit),
    }
