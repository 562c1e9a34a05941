"""Reports as the API takes their questions and gives their figures."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from claims.reports.periods import Period
from claims.reports.question import Question, check_known_on, today
from claims.reports.tables import Report, Row, Table, Unit
from claims.reports.triangle import Cell, Value
from vanguard.http.fields import CalendarDate, Text
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
    """Rows by column name; what holds nothing is left out. `total` is the last line: a sum, or the factors of a triangle."""

    name: str
    title: str
    columns: list[ColumnOut]
    rows: list[dict[str, Amount | str]]
    total: dict[str, Amount | str]


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
    }


def _row(names: list[str], row: Row) -> dict[str, Any]:
    return {name: figure.value for name, figure in zip(names, row, strict=bool(row)) if figure.value is not None}
