"""Booking a policy."""

import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from policies import services
from policies.admin.forms import BookForm, suggestions
from policies.models import Policy
from vanguard.accounts.models import User
from vanguard.accounts.zones import own_zone
from vanguard.workbench.editing import Creation
from vanguard.workbench.forms import WorkbenchForm
from vanguard.workbench.model_admin import actor_of

TERMS = ("policy_type", "premium_amount", "coverage_amount", "deductible_amount", "start_date", "end_date")


class Booking(Creation[Policy]):
    permission, label, submit = "policies.add_policy", "Book a policy", "Book the policy"
    form_class = BookForm

    def form(self, request: HttpRequest, *, bound: bool) -> WorkbenchForm:
        form = super().form(request, bound=bound)
        form.lists = {"policy-types": suggestions(), "customers": []}
        form.fields["customer"].widget.attrs["data-url"] = reverse("admin:policies_policy_customers")
        return form

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """From a customer's page the customer is known: by the key, so that no address holds an e-mail."""
        email = _email_of(request, request.GET.get("customer", ""))
        start = timezone.localtime().replace(hour=0, minute=1, second=0, microsecond=0) + datetime.timedelta(days=1)
        return {"start_date": start} | ({"customer": email} if email else {})

    def create(self, actor: User, form: WorkbenchForm) -> Policy:
        sent = form.cleaned_data
        terms = {name: sent[name] for name in TERMS} | {"time_zone": own_zone(actor)}  # by whose clock the form was filled in
        return services.book_policy(
            actor, customer_id=sent["customer"].pk, policy_number=sent["policy_number"] or None, as_sold=True, **terms
        )

    def done(self, record: Policy) -> str:
        return f"{record} is booked."


def _email_of(request: HttpRequest, key: str) -> str:
    """The e-mail of the customer that the address names, if this person may know of them."""
    try:
        found = Customer.objects.visible_to(actor_of(request)).filter(pk=UUID(key))
    except ValueError:
        return ""
    return found.values_list("email", flat=True).first() or ""
