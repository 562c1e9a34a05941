"""The claim page of another day: what was known at its end, under an amber notice, with nothing to do on it."""

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from claims.admin.claimants import claimants_then
from claims.admin.pages import kinds
from claims.admin.proof import balance_of, running
from claims.admin.timeline import timeline
from claims.models import Claim
from claims.past import PastClaim, claim_known_at, notes_for, payments_at, to_pay_at
from claims.templatetags.claim_words import stage
from policies.reading import Cover, cover_at, coverages_of, promise_for
from vanguard.errors import NotFound
from vanguard.money import ZERO
from vanguard.workbench.conflicts import shown
from vanguard.workbench.dates import day_named, end_of, long_day
from vanguard.workbench.model_admin import actor_of

if TYPE_CHECKING:
    from claims.admin.claim import ClaimAdmin

KNOWN = "known"
SHOWN = 100
PAST = "You are looking at the past, where nothing can be changed. Go to now first."
COMPARED = {
    "claim_type": "Type of loss",
    "claim_amount": "Claimed",
    "depreciation": "Depreciation",
    "jurisdiction": "Jurisdiction",
    "incident_date": "Loss",
    "description": "What happened",
    "assignee": "Owner",
    "approved_amount": "Approved",
    "paid_amount": "Paid",
}


def is_of_the_past(request: HttpRequest) -> bool:
    """Whether the address asks for another day than today."""
    return day_named(request.GET.get(KNOWN, "")) is not None


def page_of(model_admin: "ClaimAdmin", request: HttpRequest, object_id: str) -> HttpResponse | None:
    """The page as of the day in the address; None where it names none, or one on which the claim was not known."""
    day = day_named(request.GET.get(KNOWN, ""))
    if day is None or request.method not in ("GET", "HEAD"):
        return None
    record = model_admin.record_or_404(request, object_id)
    past = claim_known_at(record, end_of(day))
    if past is None:
        messages.warning(request, f"{record} was not known on {long_day(day)} yet. This is how it stands now.")
        return HttpResponseRedirect(model_admin.record_url(record))
    page = model_admin.page(request, past.claim, record.claim_number) | _shown(request, record, past)
    return TemplateResponse(request, "claims/past.html", page | {"edit_url": "", "known": day.isoformat(), "day": day})


def now_only(model_admin: "ClaimAdmin", view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A command that comes from a page of the past is refused."""

    def page(request: HttpRequest, object_id: UUID) -> HttpResponse:
        if not is_of_the_past(request):
            return view(request, object_id)
        messages.error(request, PAST)
        return HttpResponseRedirect(f"{model_admin.url('change', object_id)}?{request.GET.urlencode()}")

    return page


def _shown(request: HttpRequest, record: Claim, past: PastClaim) -> dict[str, Any]:
    claim, moment = past.claim, past.moment
    lines = running(list(past.entries.select_related("actor", "payment")), coverages_of(claim.policy))
    readable = set(notes_for(record, actor_of(request), moment).values_list("pk", flat=True))
    entries = [each for each in timeline(record) if each.at <= moment and (each.kind != "note" or each.key in readable)]
    return claimants_then(actor_of(request), record, moment) | {
        "past": past,
        "entries": entries,
        "kinds": kinds(entries),
        "documents": [entry.document for entry in entries if entry.document],
        "cover": _cover(claim, moment),
        "deadline": past.clock,
        "balance": balance_of(lines),
        "ledger": lines[-SHOWN:][::-1],
        "payments": payments_at(record, moment)[:SHOWN],
        "proof": record.proofs.filter(made_at__lte=moment).order_by("made_at").last(),
        "approved": claim.approved_amount or ZERO,
        "to_pay": to_pay_at(claim),
        "differences": _differences(claim, record),
    }


def _cover(claim: Claim, moment: datetime.datetime) -> Cover | None:
    """The cover at the loss as it was known, by the figures of the coverage that answers it; None where no policy was booked by then."""
    try:
        return cover_at(claim.policy, claim.incident_date, moment).answering(promise_for(claim.policy, claim.claim_type).code)
    except NotFound:
        return None


def _state(claim: Claim) -> str:
    return f"{claim.get_status_display()}, {stage(claim).lower()}".removesuffix(", ")


def _differences(then: Claim, now: Claim) -> list[tuple[str, str, str]]:
    """What is different now: field, then, now."""
    states = [("Status", _state(then), _state(now))]
    fields = [(label, shown(getattr(then, name)), shown(getattr(now, name))) for name, label in COMPARED.items()]
    return [row for row in (*states, *fields) if row[1] != row[2]]
