"""/api/reports: figures as JSON, and as CSV for those who ask for it by Accept."""

import csv
import io

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from claims.reports.schemas import TriangleOut, TriangleParams
from claims.reports.triangle import Cell, triangle
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, ok
from vanguard.http.threads import in_thread

router = Router(tags=["Reports"], by_alias=True)


@router.get("/triangle", response=ApiResponse[TriangleOut])
async def claims_triangle(request: AuthenticatedRequest, params: Query[TriangleParams]) -> HttpResponse:
    """What was paid, closed with a payment, or reported, by period of loss and period of the event; not cumulated."""

    def read() -> HttpResponse:
        cells = triangle(params.value, params.origin, params.development, params.policy_type, user=request.auth)
        return _as_csv(cells) if _wants_csv(request) else ok(TriangleOut.of_cells(cells).shown())

    response = await in_thread(read)
    response["Vary"] = "Accept"
    return response


def _wants_csv(request: HttpRequest) -> bool:
    return request.get_preferred_type(["application/json", "text/csv"]) == "text/csv"


def _as_csv(cells: list[Cell]) -> HttpResponse:
    """Every cell is a period or a number of ours, so none can be a spreadsheet's formula."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["origin", "development", "value"])
    writer.writerows([cell.origin, cell.development, cell.value] for cell in cells)
    headers = {"Content-Disposition": 'attachment; filename="triangle.csv"', "Cache-Control": "no-store"}
    return HttpResponse(lines.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)
