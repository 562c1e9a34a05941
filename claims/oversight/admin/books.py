"""The books page: the last look at every invariant, and from a red row the way to the records."""

from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from claims.models import Claim
from claims.oversight.admin.asking import allowed, page, record_url
from claims.oversight.models import BooksResult, BooksRun
from claims.oversight.services import ask_for_books
from vanguard.audit import record_export
from vanguard.books import NAMED, Invariant, invariants
from vanguard.errors import DomainError
from vanguard.workbench.contributions import Board, Panel, Tool
from vanguard.workbench.export import csv_response
from vanguard.workbench.rates import costly

VIEW, RUN = "oversight.view_booksrun", "oversight.run_books"
EARLIER = 12


@dataclass(frozen=True, slots=True)
class Row:
    """An invariant, and what it came to; None where it was not asked."""

    invariant: Invariant
    result: BooksResult | None


def latest(request: HttpRequest) -> HttpResponse:
    """The last look at all of them that came to an end; nothing is worked out here."""
    allowed(request, VIEW)
    return _shown(request, _last())


def on_home(request: HttpRequest) -> Board | None:
    """A warning on the home page of who watches the books, while the last look at them is red. One query."""
    if not request.user.has_perm(VIEW):
        return None
    last = _last()
    return Board(panels=[Panel("oversight/home.html", {"run": last}, order=0)]) if last and last.red else None


def of_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """An earlier look."""
    allowed(request, VIEW)
    return _shown(request, _run_or_404(run_id))


def run_now(request: HttpRequest) -> HttpResponse:
    """Has the books verified in the background."""
    actor = allowed(request, RUN)
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    costly(request)
    try:
        ask_for_books(actor)
    except DomainError as refused:
        messages.warning(request, refused.message)
    else:
        messages.success(request, "The books are being verified. Their state stands here when that is done.")
    return HttpResponseRedirect(reverse("admin:books"))


def offenders(request: HttpRequest, run_id: UUID, name: str) -> HttpResponse:
    """The records for which an invariant did not hold; with `as=csv` in the address, as a file."""
    actor = allowed(request, VIEW)
    result = BooksResult.objects.filter(run=run_id, name=name).select_related("run").first()
    if result is None:
        raise Http404("There is no such result.")
    found = list(result.findings.all())
    if request.GET.get("as") == "csv":
        costly(request)
        record_export(actor, Claim, rows=len(found), asked=f"books, {name}")
        return csv_response(f"books-{name}", ("record", "name", "says"), [(each.record, each.name, each.says) for each in found])
    rows = [{"finding": each, "url": record_url(each.record, each.key)} for each in found]
    words = {each.name: each for each in invariants()}
    says, room = (words[name].says, words[name].room) if name in words else (name, "")
    tools = [Tool("Export as CSV", "?as=csv")] if rows else []
    return page(
        request, "oversight/offenders.html", title=says, result=result, room=room, rows=rows, tools=tools, most=NAMED,
        left_out=result.offenders - len(rows),
    )  # fmt: skip


def _last() -> BooksRun | None:
    return BooksRun.objects.filter(state=BooksRun.State.DONE, only=[]).select_related("asked_by").first()


def _run_or_404(run_id: UUID) -> BooksRun:
    run = BooksRun.objects.filter(pk=run_id).select_related("asked_by").first()
    if run is None:
        raise Http404("There is no such look at the books.")
    return run


def _shown(request: HttpRequest, run: BooksRun | None) -> HttpResponse:
    results = {result.name: result for result in run.results.all()} if run else {}
    rows = [Row(each, results.get(each.name)) for each in invariants()]
    under_way = BooksRun.objects.filter(state__in=("waiting", "running")).select_related("asked_by").order_by("asked_at").last()
    tools = [Tool("Verify the books now", reverse("admin:books_run"), primary=True, post=True)]
    return page(
        request, "oversight/books.html", title="Books", run=run, under_way=under_way, of=len(rows),
        rooms=[(room, list(group)) for room, group in groupby(rows, lambda row: row.invariant.room)],
        red=[row for row in rows if row.result and not row.result.is_green],
        earlier=list(BooksRun.objects.select_related("asked_by")[:EARLIER]),
        tools=tools if request.user.has_perm(RUN) and not under_way else [],
    )  # fmt: skip
