"""/api/reports: figures as JSON, and as CSV or a workbook for those who ask for it by Accept."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from claims.reports.catalogue import make_report
from claims.reports.entries import listed
from claims.reports.files import as_csv, as_workbook
from claims.reports.question import Question
from claims.reports.schemas import (
    DevelopmentParams,
    EntriesParams,
    FigureEntriesOut,
    KnownParams,
    MonthParams,
    ReportOut,
    TriangleOut,
    TriangleParams,
    YearParams,
    entries_shown,
    shown,
)
from claims.reports.selection import Selection
from claims.reports.triangle import Cell, triangle
from vanguard.errors import Invalid
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, ok
from vanguard.http.parsing import Asked
from vanguard.http.rates import costly
from vanguard.http.threads import in_thread
from vanguard.replica import read_aside
from vanguard.workbench.export import csv_response
from vanguard.workbench.workbooks import TYPE as XLSX

router = Router(tags=["Reports"], by_alias=True)
JSON, CSV = "application/json", "text/csv"


@router.get("/triangle", response=ApiResponse[TriangleOut])
async def claims_triangle(request: AuthenticatedRequest, params: Asked[TriangleParams]) -> HttpResponse:
    """What was paid, incurred, reported or closed, by period of loss and period of the event; not cumulated."""
    await costly()

    def read() -> HttpResponse:
        asked = (params.value, params.origin, params.development, params.policy_type, params.known_on)
        cells = read_aside(lambda: triangle(*asked, user=request.auth))
        return _cells_as_csv(cells) if _wanted(request, JSON, CSV) == CSV else ok(TriangleOut.of_cells(cells).shown())

    return _varying(await in_thread(read))


@router.get("/development", response=ApiResponse[ReportOut])
async def loss_development(request: AuthenticatedRequest, params: Asked[DevelopmentParams]) -> HttpResponse:
    """A cumulative triangle by age, with the chain ladder's factors, ultimates, reserves and Mack's standard errors."""
    return await _report(request, "development", params.question())


@router.get("/loss-ratio", response=ApiResponse[ReportOut])
async def loss_ratio(request: AuthenticatedRequest, params: Asked[KnownParams]) -> HttpResponse:
    """Incurred against earned premium, with frequency and severity, by product and year of loss."""
    return await _report(request, "loss-ratio", params.question())


@router.get("/inventory", response=ApiResponse[ReportOut])
async def open_inventory(request: AuthenticatedRequest, params: Asked[KnownParams]) -> HttpResponse:
    """Open claims by days since the report and by owner."""
    return await _report(request, "inventory", params.question())


@router.get("/cycle-time", response=ApiResponse[ReportOut])
async def cycle_time(request: AuthenticatedRequest, params: Asked[YearParams]) -> HttpResponse:
    """Days from report to decision and closing, median and quartiles, by year and, of one year, by type of loss."""
    return await _report(request, "cycle-time", params.question())


@router.get("/deadlines", response=ApiResponse[ReportOut])
async def deadlines_missed(request: AuthenticatedRequest, params: Asked[YearParams]) -> HttpResponse:
    """The clocks that ran out in a year: kept, missed, and missed and still to be done."""
    return await _report(request, "deadlines", params.question())


@router.get("/bordereau", response=ApiResponse[ReportOut])
async def bordereau(request: AuthenticatedRequest, params: Asked[MonthParams]) -> HttpResponse:
    """A month's claims and money: opening + movements = closing."""
    return await _report(request, "bordereau", params.question())


@router.get("/entries", response=ApiResponse[FigureEntriesOut])
async def entries(request: AuthenticatedRequest, params: Asked[EntriesParams]) -> HttpResponse:
    """What a figure is made of, as the links of the reports name it: payments, reserves, recoveries, premium, or claims; page by page."""
    await costly()

    def read() -> HttpResponse:
        try:
            selection = Selection.read(params.of)
            found = read_aside(lambda: listed(selection, params.part or "", params.page, params.page_size, user=request.auth))
            return ok(entries_shown(found))
        except ValueError:  # whose words may be Python's, with a piece of what was asked
            raise Invalid("There is no such figure, or no such part or page of it.", code="invalid", field="of") from None

    return await in_thread(read)


async def _report(request: AuthenticatedRequest, name: str, question: Question) -> HttpResponse:
    await costly()

    def read() -> HttpResponse:
        try:
            report = read_aside(lambda: make_report(name, question, user=request.auth))
        except ValueError as refused:
            raise Invalid(str(refused), code="invalid", field="development") from None
        match _wanted(request, JSON, CSV, XLSX):
            case "text/csv":
                return as_csv(report, mark="")
            case str(kind) if kind == XLSX:
                return as_workbook(report)
            case _:
                return ok(shown(report))

    return _varying(await in_thread(read))


def _varying(response: HttpResponse) -> HttpResponse:
    response["Vary"] = "Accept"
    return response


def _wanted(request: HttpRequest, *types: str) -> str | None:
    return request.get_preferred_type(list(types))


def _cells_as_csv(cells: list[Cell]) -> HttpResponse:
    return csv_response(
        "triangle", ("origin", "development", "value"), [(cell.origin, cell.development, cell.value) for cell in cells], mark=""
    )
