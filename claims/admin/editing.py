"""A first notice, and corrections to the facts until the decision."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from claims import services
from claims.admin.claimant_forms import NamesClaimant, offer_customers
from claims.admin.forms import FactsForm, FirstNoticeForm, suggestions
from claims.models import Claim
from policies.models import Policy
from vanguard.accounts.models import User
from vanguard.workbench.dates import day
from vanguard.workbench.editing import Creation, Editing
from vanguard.workbench.forms import RecordForm, WorkbenchForm, same_minute


class FirstNotice(Creation[Claim]):
    permission, label, submit = "claims.add_claim", "Take first notice", "File the claim"
    form_class = FirstNoticeForm

    def form(self, request: HttpRequest, *, bound: bool) -> WorkbenchForm:
        form = super().form(request, bound=bound)
        form.lists = {"claim-types": suggestions(), "policies": []}
        form.fields["policy"].widget.attrs["data-url"] = reverse("admin:claims_claim_policies")
        offer_customers(form, "claimant_customer")
        return form

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """From a policy's page the policy is known."""
        number = request.GET.get("policy", "")[:50]
        return {"policy": number} if number else {}

    def create(self, actor: User, form: WorkbenchForm) -> Claim:
        sent = form.cleaned_data
        policy: Policy = sent["policy"]
        return services.submit_claim(
            actor,
            policy_id=policy.pk,
            claim_type=sent["claim_type"],
            claim_amount=sent["claim_amount"],
            incident_date=sent["incident_date"],
            reported_date=sent["reported_date"],
            jurisdiction=sent["jurisdiction"],
            description=sent["description"],
            not_duplicate_of=sent["not_duplicate_of"],
            not_duplicate_reason=sent["not_duplicate_reason"],
            claimant=form.claimant() if isinstance(form, NamesClaimant) else None,
        )

    def done(self, record: Claim) -> str:
        by = f" Acknowledge it by {day(record.due_at)}." if record.due_at else ""
        return f"{record} is filed.{by}"


class FactsEditing(Editing[Claim]):
    permission, label, submit = "claims.change_claim", "Edit", "Save the facts"
    form_class = FactsForm
    intro = "What is corrected here is kept in the history. An approval that waits for a second person becomes void."

    def form(self, request: HttpRequest, record: Claim, seen: str, *, bound: bool) -> RecordForm:
        form = super().form(request, record, seen, bound=bound)
        form.lists = {"claim-types": suggestions()}
        return form

    def initial(self, record: Claim) -> dict[str, Any]:
        return {
            "claim_type": record.claim_type,
            "claim_amount": record.claim_amount,
            "depreciation": record.depreciation,
            "incident_date": timezone.localtime(record.incident_date),
            "description": record.description,
        }

    def changes(self, record: Claim, form: RecordForm) -> dict[str, Any]:
        found = super().changes(record, form)
        # The field shows minutes: an hour that was not touched keeps the seconds that it has.
        if "incident_date" in found and same_minute(found["incident_date"], record.incident_date):
            del found["incident_date"]
        return found

    def save(self, actor: User, record: Claim, version: int, changes: dict[str, Any]) -> Claim:
        return services.update_claim(actor, record.pk, version=version, changes=changes)
