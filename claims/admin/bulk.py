"""What can be done to many claims at once: give them away, and take them along. Never approve, deny or pay."""

from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from claims import services, worklist
from claims.admin.owners import loads
from claims.models import Claim
from claims.templatetags.claim_words import next_step
from vanguard.audit import record_export
from vanguard.errors import DomainError
from vanguard.replica import read_aside
from vanguard.workbench.export import csv_response
from vanguard.workbench.forms import WorkbenchForm
from vanguard.workbench.model_admin import actor_of
from vanguard.workbench.rates import costly
from vanguard.workbench.views import one_change

if TYPE_CHECKING:
    from claims.admin.claim import ClaimAdmin

AT_ONCE = 200
HEADER = (
    "Claim", "Policy", "Insured", "Type of loss", "Loss", "Reported", "Claimed", "Status", "Stage",
    "Owner", "Due", "Next action", "Why", "Approved", "Paid", "Decided", "Closed",
)  # fmt: skip


class GiveForm(WorkbenchForm):
    """To whom."""

    assignee = forms.ChoiceField(label="New owner")


@admin.action(description="Reassign…", permissions=["reassign"])
def reassign(model_admin: "ClaimAdmin", request: HttpRequest, queryset: QuerySet[Claim]) -> HttpResponse:
    """Asks who shall have them."""
    return _ask(model_admin, request, [str(key) for key in queryset.values_list("pk", flat=True)[: AT_ONCE + 1]])


def reassign_page(model_admin: "ClaimAdmin", request: HttpRequest) -> HttpResponse:
    """Gives each of the claims to the person chosen; what was refused is named, one by one."""
    if not model_admin.has_reassign_permission(request):
        raise PermissionDenied
    keys = request.POST.getlist("claim")
    if request.method != "POST" or not keys:
        return HttpResponseRedirect(model_admin.url("changelist"))
    form = _form(request)
    if not form.is_valid() or len(keys) > AT_ONCE:
        return _ask(model_admin, request, keys, form)
    actor, owner, given = actor_of(request), UUID(form.cleaned_data["assignee"]), 0
    for claim in _claims(request, keys):
        try:
            with one_change():
                services.assign_claim(actor, claim.pk, assignee_id=owner)
            given += 1
        except DomainError as refused:
            messages.warning(request, f"{claim}: {refused.message}")
    if given:
        name = dict(_choices())[str(owner)].split(",")[0]
        messages.success(request, f"{given} claim{'' if given == 1 else 's'} given to {name}.")
    return HttpResponseRedirect(f"{model_admin.url('changelist')}?view=team")


@admin.action(description="Export as CSV")
def export(model_admin: "ClaimAdmin", request: HttpRequest, queryset: QuerySet[Claim]) -> HttpResponse:
    """The selected rows, or all of the view, as a file for a spreadsheet. Who took how much is in the audit trail."""
    costly(request)
    rows = read_aside(lambda: [_cells(claim) for claim in queryset.iterator(chunk_size=1000)])
    record_export(actor_of(request), Claim, rows=len(rows), asked=model_admin.asked_for(request))
    return csv_response("claims", HEADER, rows)


def _cells(claim: Claim) -> tuple[object, ...]:
    step = next_step(claim)
    return (
        claim.claim_number, claim.policy.policy_number, claim.policy.customer.full_name, claim.claim_type,
        claim.incident_date, claim.reported_date, claim.claim_amount, claim.status, claim.stage,
        claim.assignee or "", claim.due_at, step.action, f"{step.reason}. {step.citation}".strip(". "),
        claim.approved_amount, claim.paid_amount, claim.processed_date, claim.closed_at,
    )  # fmt: skip


def _ask(model_admin: "ClaimAdmin", request: HttpRequest, keys: list[str], form: WorkbenchForm | None = None) -> HttpResponse:
    claims = _claims(request, keys)
    page = model_admin.page(request, None, "Reassign claims") | {
        "form": form or GiveForm(auto_id="give_%s"),
        "claims": claims,
        "too_many": len(keys) > AT_ONCE,
        "at_once": AT_ONCE,
        "post_to": model_admin.url("reassign"),
    }
    if form is None:
        page["form"].fields["assignee"].choices = _choices()
    return TemplateResponse(request, "claims/reassign.html", page, status=422 if form else 200)


def _form(request: HttpRequest) -> GiveForm:
    form = GiveForm(request.POST, auto_id="give_%s")
    form.fields["assignee"].choices = _choices()  # type: ignore[attr-defined]  # it is a ChoiceField
    return form


def _choices() -> list[tuple[str, str]]:
    return [("", "Choose a person"), *((str(load.user.pk), load.words) for load in loads())]


def _claims(request: HttpRequest, keys: list[str]) -> list[Claim]:
    known = [key for key in keys[:AT_ONCE] if _is_key(key)]
    return list(worklist.for_lists(Claim.objects.visible_to(actor_of(request)).filter(pk__in=known)).order_by("due_at", "id"))


def _is_key(key: str) -> bool:
    try:
        UUID(key)
    except ValueError:
        return False
    return True
