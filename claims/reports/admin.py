"""The reports' pages: an index, and a page for each with what it asks, its chart and its tables."""

from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from claims.reports.addresses import entries_url, rows_url
from claims.reports.asking import QuestionForm
from claims.reports.catalogue import CATALOGUE, make_report
from claims.reports.entries import Listed, listed
from claims.reports.files import as_csv, as_workbook
from claims.reports.making import Line, Made, Part, plain
from claims.reports.selection import Selection
from claims.reports.tables import Chart, Column, Figure, Report, Table, Unit
from claims.reports.writing import short, written
from vanguard.errors import Conflict
from vanguard.replica import read_aside
from vanguard.workbench.charts import Drawing, stacked
from vanguard.workbench.contributions import Key, NavItem, Page, Tool
from vanguard.workbench.model_admin import actor_of
from vanguard.workbench.rates import costly
from vanguard.workbench.site import workbench

PERMISSION = "claims.view_reports"
FILES = {"csv": as_csv, "xlsx": as_workbook}
# What a page has room for; files and the API have all of it.
MOST_ROWS, MOST_COLUMNS = 60, 36
INVALID = 422
LONGEST_NUMBER = 8
# Entries that have a place of their own on the claim's page.
ON_THE_CLAIM = frozenset({"payment", "ledger"})
LARGE = Decimal(10_000_000)


def index(request: HttpRequest) -> HttpResponse:
    """Which reports there are."""
    _allowed(request)
    page = {"title": "Reports", "reports": CATALOGUE.values()}
    return TemplateResponse(request, "claims/reports/index.html", workbench().each_context(request) | page)


def report(request: HttpRequest, name: str) -> HttpResponse:
    """One report; with `as=csv` or `as=xlsx` in the address, as a file."""
    actor = _allowed(request)
    entry = CATALOGUE.get(name)
    if entry is None:
        raise Http404("There is no such report.")
    costly(request)
    form = QuestionForm(entry.asks, request.GET)
    made: Report | None = None
    if form.is_valid():
        try:
            made = read_aside(partial(make_report, name, form.question(), user=actor))
        except ValueError as refused:
            form.add_error(None, str(refused))
    as_file = FILES.get(request.GET.get("as", ""))
    if made and as_file:
        return as_file(made)
    page = {"title": entry.title, "entry": entry, "form": form, "tools": _tools(request) if made else []}
    page |= _shown(made) if made else {}
    return TemplateResponse(
        request, "claims/reports/report.html", workbench().each_context(request) | page, status=200 if made else INVALID
    )


def entries(request: HttpRequest) -> HttpResponse:
    """What a figure is made of: its parts, and of one of them a page of the entries that add up to it."""
    actor = _allowed(request)
    costly(request)
    try:
        selection = Selection.read(request.GET.get("of", ""))
        shown = read_aside(partial(listed, selection, request.GET.get("part", ""), _number(request.GET.get("page", "1")), user=actor))
    except ValueError:
        raise Http404("There is no such figure.") from None
    except Conflict as refused:
        messages.error(request, refused.message)
        return HttpResponseRedirect(reverse("admin:reports"))
    page = {"title": "Entries behind a figure"} | _listed(shown)
    return TemplateResponse(request, "claims/reports/entries.html", workbench().each_context(request) | page)


def _listed(shown: Listed) -> dict[str, Any]:
    made, turned = shown.made, partial(entries_url, shown.selection, part=shown.part.name)
    many = len(made.all) > 1
    return {
        "of": shown,
        "rows_url": rows_url(made.rows),
        "parts": [_part(shown, number, part, many) for number, part in enumerate(made.all)],
        "value": written(made.value, made.unit) if many else "",
        "lines": [_line(line, shown.part.unit) for line in shown.read.lines],
        "booked": any(line.policy and not line.claim for line in shown.read.lines),
        "number": f"{shown.read.number:,}",
        "total": written(plain(shown.read.total, shown.part.unit), shown.part.unit),
        "before_url": turned(page=shown.page - 1) if shown.page > 1 else "",
        "after_url": turned(page=shown.page + 1) if shown.page < shown.pages else "",
    }


def _sign(made: Made, number: int) -> str:
    """What stands before a part, so that the line reads as it is reckoned: (paid + outstanding − recovered) ÷ earned premium."""
    parts, part = len(made.parts), made.all[number]
    if number >= parts:
        return "+" if number > parts else ") ÷" if parts > 1 else "÷"
    if number == 0:
        return "(" if made.over and parts > 1 else ""
    return "−" if part.sign < 0 else "+"


def _part(shown: Listed, number: int, part: Part, many: bool) -> dict[str, Any]:
    return {
        "sign": _sign(shown.made, number),
        "label": part.label,
        "total": written(plain(part.total, part.unit), part.unit),
        "url": entries_url(shown.selection, part=part.name) if many else "",
        "shown": part is shown.part,
    }


def _line(line: Line, unit: Unit) -> dict[str, Any]:
    owner = reverse("admin:claims_claim_change", args=[line.claim]) if line.claim else _policy_url(line)
    return {
        "at": line.at.astimezone(UTC).date(),
        "words": line.words,
        "url": f"{owner}#{line.entry}-{line.key}" if line.entry in ON_THE_CLAIM else owner,
        "owner": line.claim_number or line.policy_number,
        "owner_url": owner,
        "amount": written(plain(line.amount, unit), unit),
    }


def _policy_url(line: Line) -> str:
    return reverse("admin:policies_policy_change", args=[line.policy])


def _number(text: str) -> int:
    """Of a page. Raises ValueError."""
    if not (text.isascii() and text.isdigit() and 0 < len(text) < LONGEST_NUMBER):
        raise ValueError("There is no such page.")
    return int(text)


def _allowed(request: HttpRequest) -> Any:
    actor = actor_of(request)
    if not actor.has_perm(PERMISSION):
        raise PermissionDenied
    return actor


def _tools(request: HttpRequest) -> list[Tool]:
    """The same question, as a file."""
    asked = {name: value for name, value in request.GET.items() if name != "as"}
    return [Tool(f"Export as {name.upper()}", "?" + urlencode(asked | {"as": name})) for name in FILES]


def _shown(made: Report) -> dict[str, Any]:
    return {
        "report": made,
        "charts": [(f"chart-{number}", chart.title, _drawn(chart)) for number, chart in enumerate(_told(made.charts), start=1)],
        "tables": [_table(table) for table in made.tables],
    }


def _told(charts: Sequence[Chart]) -> list[Chart]:
    """Those that have anything to draw."""
    return [chart for chart in charts if any(any(each.values) for each in chart.series)]


def _drawn(chart: Chart) -> Drawing:
    urls = [entries_url(of) if of else "" for of in chart.made_of] or [rows_url(selection) for selection in chart.rows]
    return stacked(chart.labels, [(each.name, each.values) for each in chart.series], urls, partial(short, unit=chart.unit))


def _table(table: Table) -> dict[str, Any]:
    """As the template takes it: figures written, cut to what a page has room for."""
    columns, thousands = _fitting(table.columns, table.heat), _in_thousands(table)
    rows = table.rows[-MOST_ROWS:]
    left_out = len(rows) < len(table.rows) or len(columns) < len(table.columns)
    return {
        "name": table.name,
        "title": f"{table.title}, thousands of dollars" if thousands else table.title,
        "words": table.words,
        "empty": table.empty,
        "heat": table.heat,
        "head": [{"label": column.label, "number": column.unit != Unit.TEXT} for column in columns],
        "rows": [_row(table, row, thousands) for row in rows],
        "foot": _row(table, table.foot, thousands) if table.foot else [],
        "left_out": f"The page shows the last {MOST_ROWS} rows and the first {MOST_COLUMNS} ages; a file has them all." if left_out else "",
    }


def _fitting(columns: Sequence[Any], heat: bool) -> Sequence[Any]:
    """Of a triangle the name, the first ages, and the three columns at the end."""
    if not heat or len(columns) <= MOST_COLUMNS + 4:
        return columns
    return [*columns[: MOST_COLUMNS + 1], *columns[-3:]]


def _in_thousands(table: Table) -> bool:
    """A triangle of large sums fits on a page in thousands; what a link opens, files and the API have the cents."""
    figures = (figure.value for row in table.rows for figure in row)
    return table.heat and table.columns[-1].unit == Unit.MONEY and any(isinstance(each, Decimal) and each >= LARGE for each in figures)


def _row(table: Table, row: Sequence[Figure], thousands: bool) -> list[dict[str, Any]]:
    cells = zip(_fitting(table.columns, table.heat), _fitting(row, table.heat), strict=True)
    return [_cell(column, figure, table.heat, thousands) for column, figure in cells]


def _cell(column: Column, figure: Figure, heat: bool, thousands: bool) -> dict[str, Any]:
    unit = Unit.FACTOR if "factor" in figure.mark else column.unit
    shortened = thousands and unit == Unit.MONEY and isinstance(figure.value, Decimal)
    return {
        "text": written(figure.value / 1000 if shortened else figure.value, unit, whole=heat),  # type: ignore[operator]  # it is a Decimal
        "url": _leads_to(figure),
        "classes": " ".join(f"wb-{mark}" for mark in figure.mark.split() if mark != "factor"),
        "note": figure.note,
        "number": column.unit != Unit.TEXT,
    }


def _leads_to(figure: Figure) -> str:
    """To the entries of money that it is made of, or to the claims that it counts."""
    return entries_url(figure.made_of) if figure.made_of else rows_url(figure.rows)


def register() -> None:
    """Hangs the pages into the workbench, for who may view reports."""
    pages = Page("reports/", "reports", index), Page("reports/entries/", "report_entries", entries)
    workbench().add_pages(*pages, Page("reports/<slug:name>/", "report", report))
    workbench().add_navigation(NavItem("Reports", "admin:reports", "chart", order=70, go="r", permission=PERMISSION))
    workbench().add_keys(Key("Go to the reports", ("G", "R")))
