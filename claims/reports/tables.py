"""What every report is made of: tables of figures, charts, and sentences. Pages, files and the API each show the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from claims.reports.selection import Selection

type Number = Decimal | int | float


class Unit(StrEnum):
    """How a figure is written. A ratio of 1 is 100 %; days may have a part."""

    TEXT = "text"
    COUNT = "count"
    MONEY = "money"
    RATIO = "ratio"
    FACTOR = "factor"
    DAYS = "days"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is for programs, `label` for people."""

    name: str
    label: str
    unit: Unit = Unit.COUNT


@dataclass(frozen=True, slots=True)
class Figure:
    """One cell. `rows` are the claims behind it, `made_of` the entries that add up to it, where they are not just these claims; `mark`
    is how it looks (see the styles), `note` says the same in words."""

    value: Number | str | None
    rows: Selection | None = None
    mark: str = ""
    note: str = ""
    made_of: Selection | None = None

    @property
    def entries(self) -> Selection | None:
        """The entries behind it: of a number of claims these claims."""
        return self.made_of or self.rows


type Row = Sequence[Figure]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; the first column names the row. `foot` is the last line, set apart, and `words` say what is looked at.

    A `heat` table is a triangle: its figures are short, and marked by their growth. `empty` is what stands there without rows.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    foot: Row = ()
    words: str = ""
    heat: bool = False
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each label of the chart."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars, the series of one label on top of each other. A bar leads where its figure in the table does: to the entries that it is
    `made_of`, or else to the claims behind it, its `rows`."""

    title: str
    unit: Unit
    labels: Sequence[str]
    series: Sequence[Series]
    rows: Sequence[Selection | None] = ()
    made_of: Sequence[Selection | None] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """`known_on` is the day at whose end (UTC) things stood so."""

    name: str
    title: str
    known_on: date
    tables: Sequence[Table]
    charts: Sequence[Chart] = ()
    notes: Sequence[str] = field(default_factory=tuple)
