"""Reports as the API takes their questions and gives their figures."""

from typing import Annotated, Literal

from pydantic import BaseModel

from claims.reports.triangle import Cell, Period, Value
from vanguard.http.fields import Text
from vanguard.http.schema import Amount, Out


class TriangleParams(BaseModel):
    value: Value
    origin: Period = Period.YEAR
    development: Period = Period.YEAR
    policy_type: Annotated[str, Text(50)] | None = None


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
