"""Pages and answers of the claims admin that are not a form on a claim."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from claims import services, worklist
from claims.admin.timeline import Entry
from claims.intake.models import Queue
from claims.models import Claim, ClaimDocument
from policies.models import Policy
from vanguard.errors import DomainError
from vanguard.plans import unit
from vanguard.workbench import clicks, handing_out
from vanguard.workbench.contributions import Tool
from vanguard.workbench.dates import long_day
from vanguard.workbench.model_admin import actor_of

if TYPE_CHECKING:
    from claims.admin.claim import ClaimAdmin

OFFERED = 12
KINDS = (("all", "All"), ("note", "Notes"), ("money", "Money"), ("document", "Documents"), ("diary", "Diary"))


def tools(request: HttpRequest) -> list[Tool]:
    """The two ways to more work."""
    user = actor_of(request)
    found = []
    if user.has_perm("claims.add_claim"):
        found.append(Tool("Note a call", reverse("admin:intake_noticedraft_add")))
        found.append(Tool("Take first notice", reverse("admin:claims_claim_add")))
    if user.has_perm("claims.start_claim"):
        found.append(Tool("Take next claim", reverse("admin:claims_claim_next"), primary=True, key="t", post=True))
    return found


def take_next(model_admin: "ClaimAdmin", request: HttpRequest) -> HttpResponse:
    """The unowned claim with the nearest deadline, for who asks: one for each page that the button was on."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    try:
        with unit():
            claim = services.take_next_claim(actor_of(request))
            if claim is not None:
                done = clicks.Done(f"{claim} is yours now.", model_admin.record_url(claim))
                done.keep(clicks.opened(request))
    except DomainError as refused:
        raise PermissionDenied(refused.message) from refused
    if claim is None:
        where = "in your queues" if Queue.objects.filter(members=actor_of(request)).exists() else "for an owner"
        messages.info(request, f"No claim waits {where}.")
        return HttpResponseRedirect(model_admin.url("changelist"))
    return done.answer(request)


def policies(request: HttpRequest) -> JsonResponse:
    """Policies to choose from while a first notice is typed."""
    if not actor_of(request).has_perm("claims.add_claim"):
        raise PermissionDenied
    term = request.GET.get("q", "").strip()
    found = worklist.policies_to_pick(term, OFFERED) if len(term) > 1 else []
    offers = [{"value": policy.policy_number, "label": _in_words(policy)} for policy in found]
    return JsonResponse({"offers": offers}, headers={"Cache-Control": "private, no-store"})


def _in_words(policy: Policy) -> str:
    term = f"{long_day(policy.start_date)} to {long_day(policy.end_date)}"
    return f"{policy.customer.full_name}, {policy.policy_type.replace('_', ' ')}, {term}"


def hand_out(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """A document of a claim that this person may see, to be saved."""
    user = actor_of(request)
    if not user.has_perm("claims.view_claimdocument"):
        raise PermissionDenied
    document = ClaimDocument.objects.filter(pk=document_id, claim__in=Claim.objects.visible_to(user)).first()
    if document is None:
        raise Http404("There is no such document.")
    return handing_out.hand_out(request, document, reverse("admin:claims_claim_change", args=[document.claim_id]))


def kinds(entries: list[Entry]) -> list[dict[str, Any]]:
    """The timeline's filter: only what there is something of."""
    present = {"all", *(entry.kind for entry in entries)}
    return [{"value": value, "label": label} for value, label in KINDS if value in present]


def empty(view: str, found: dict[str, Any], *, narrowed: bool) -> dict[str, str]:
    """Why a view is empty, and what to do. `narrowed`: a filter or a search may have left out what the view holds."""
    if narrowed:
        return {"empty_title": "No claim fits", "empty_words": "The filters or the search leave nothing. Take one out."}
    number = found["unassigned"]
    waiting = f"{number or 'No'} claim{'' if number < 2 else 's'} wait{'s' if number < 2 else ''} for an owner."
    return {
        "mine": {"empty_title": "You have no open claims", "empty_words": waiting},
        "approve": {
            "empty_title": "Nothing waits for a second person",
            "empty_words": "What others ask of you comes here, and appeals.",
        },
        "proposed": {
            "empty_title": "You wait for nobody",
            "empty_words": "What you ask a second person to approve stands here until they decide.",
        },
        "unassigned": {"empty_title": "Every open claim has an owner", "empty_words": "New first notices come here."},
        "late": {"empty_title": "Nothing is late", "empty_words": _in_time(found["team"])},
        "team": {"empty_title": "No claim is open", "empty_words": "New first notices come here."},
        "all": {"empty_title": "There is no claim yet", "empty_words": "The first notice of a loss makes the first one."},
        "unpaid": {"empty_title": "Nothing is to be paid", "empty_words": "Approved claims come here until they are paid."},
    }.get(view, {"empty_title": "No claim fits"})


def _in_time(number: Any) -> str:
    return f"All {number} open claims are inside their clocks." if number else "No claim is open."
