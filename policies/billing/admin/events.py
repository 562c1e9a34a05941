"""What payment providers told us, and the money of it that waits for an account."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from policies.billing import services
from policies.billing.admin.forms import AllocateForm
from policies.billing.models import ProviderEvent
from vanguard.accounts.models import User
from vanguard.workbench.commands import Command
from vanguard.workbench.filters import ViewTabs
from vanguard.workbench.forms import RecordForm
from vanguard.workbench.model_admin import WorkbenchModelAdmin

Outcome = ProviderEvent.Outcome
LABELS = {"unallocated": "Not allocated", "booked": "Booked", "ignored": "Of no concern"}


class Allocate(Command[ProviderEvent]):
    """Money that came with a number that we do not know."""

    name, permission, form_class = "allocate", "billing.receive_payment", AllocateForm

    def offered(self, actor: User, record: ProviderEvent) -> bool:
        return record.outcome == Outcome.UNALLOCATED

    def label(self, actor: User, record: ProviderEvent) -> str:
        return "Allocate to a policy…"

    def title(self, actor: User, record: ProviderEvent) -> str:
        return "Allocate this money to a policy"

    def run(self, actor: User, record: ProviderEvent, form: RecordForm) -> ProviderEvent:
        sent = form.cleaned_data
        return services.allocate_event(actor, record.pk, policy_number=sent["policy_number"], version=sent["version"])

    def done(self, actor: User, record: ProviderEvent, fresh: ProviderEvent | None) -> str:
        return f"{record} is booked to the policy’s account."


class View(ViewTabs):
    options: ClassVar = tuple(LABELS.items())

    def value(self) -> str:
        return super().value() or "unallocated"

    def narrow(self, request: HttpRequest, queryset: QuerySet[ProviderEvent], value: str) -> QuerySet[ProviderEvent]:
        return queryset.filter(outcome=value)


@admin.register(ProviderEvent)
class ProviderEventAdmin(WorkbenchModelAdmin[ProviderEvent]):
    """Deliveries, each with what became of it."""

    list_title = "Provider events"
    list_display = ("event", "kind", "outcome", "amount", "said_at")
    list_filter = (View,)
    row_template = "billing/event_row.html"
    record_template = "billing/event.html"
    state_template = "billing/event_state.html"
    commands = (Allocate(),)

    @admin.display(description="Event")
    def event(self, record: ProviderEvent) -> str:
        return str(record)

    def record_or_404(self, request: HttpRequest, object_id: UUID | str) -> ProviderEvent:
        """Who may see no event at all is refused, whichever it is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().record_or_404(request, object_id)

    def list_page(self, request: HttpRequest, cl: ChangeList) -> dict[str, Any]:
        view = next(spec for spec in cl.filter_specs if isinstance(spec, View)).value()
        tabs = [{"value": name, "label": label, "here": name == view, "count": None} for name, label in LABELS.items()]
        return {"tab_list": tabs, "amounts": ("Amount",), "empty_title": "Nothing waits for an account"}

    def record_page(self, request: HttpRequest, record: ProviderEvent) -> dict[str, Any]:
        payment = record.payment
        return {"title": str(record), "account_id": payment.account_id if payment else None}
