"""The list of customers and the customer page. Personal data is shown masked, and never travels with a form."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern

from customers import services
from customers.admin import contacts, merging, privacy
from customers.admin.forms import ContactForm, CreateForm, EditForm
from customers.models import MASK, Customer
from vanguard.accounts.models import User
from vanguard.workbench.commands import Command
from vanguard.workbench.editing import Creation, Editing
from vanguard.workbench.filters import DateRange
from vanguard.workbench.forms import RecordForm, WorkbenchForm
from vanguard.workbench.model_admin import WorkbenchModelAdmin, actor_of

KEEP = "Leave empty to keep"


class Create(Creation[Customer]):
    permission, label, submit = "customers.add_customer", "New customer", "Create the customer"
    form_class = CreateForm
    intro = "Personal data is encrypted, and shown masked from then on."

    def form(self, request: HttpRequest, *, bound: bool) -> WorkbenchForm:
        form = super().form(request, bound=bound)
        if isinstance(form, CreateForm):
            form.actor = actor_of(request)
        return form

    def create(self, actor: User, form: WorkbenchForm) -> Customer:
        sent = {name: value for name, value in form.cleaned_data.items() if name != "again"}
        return services.create_customer(actor, **sent)

    def done(self, record: Customer) -> str:
        return f"{record.full_name} is a customer now."


class Edit(Editing[Customer]):
    permission, label, submit = "customers.change_customer", "Edit", "Save the customer"
    form_class = EditForm

    def initial(self, record: Customer) -> dict[str, Any]:
        return {"email": record.email, "first_name": record.first_name, "last_name": record.last_name}

    def hints(self, record: Customer) -> Mapping[str, str]:
        stored = {
            "phone": record.masked_phone,
            "date_of_birth": record.masked_date_of_birth,
            "ssn": MASK if record.ssn_hash else "",
            "address": record.masked_address,
        }
        return {name: f"{KEEP} {mask}" if mask else "Nothing is stored" for name, mask in stored.items()}

    def changes(self, record: Customer, form: RecordForm) -> dict[str, Any]:
        return form.changes() if isinstance(form, EditForm) else {}

    def save(self, actor: User, record: Customer, version: int, changes: dict[str, Any]) -> Customer:
        return services.update_customer(actor, record.pk, version=version, changes=changes)


class Remove(Command[Customer]):
    """Only somebody without policies."""

    name, permission, lead, tone = "remove", "customers.delete_customer", False, "danger"

    def label(self, actor: User, record: Customer) -> str:
        return "Delete…"

    def title(self, actor: User, record: Customer) -> str:
        return f"Delete {record}"

    def page(self, actor: User, record: Customer) -> dict[str, str]:
        return {"intro": "For a customer without policies. The personal data goes with the record, and this cannot be undone."}

    def run(self, actor: User, record: Customer, form: RecordForm) -> None:
        services.delete_customer(actor, record.pk, version=form.cleaned_data["version"])

    def done(self, actor: User, record: Customer, fresh: Customer | None) -> str:
        return f"{record} is deleted."


class RecordContact(Command[Customer]):
    name, permission = "contact", "customers.add_contactentry"
    form_class = ContactForm

    def label(self, actor: User, record: Customer) -> str:
        return "Record a contact…"

    def submit(self, actor: User, record: Customer) -> str:
        return "Write it down"

    def run(self, actor: User, record: Customer, form: RecordForm) -> Customer:
        sent = {name: form.cleaned_data[name] for name in ("channel", "direction", "happened_at", "text")}
        services.record_contact(actor, record.pk, **sent)
        return record

    def done(self, actor: User, record: Customer, fresh: Customer | None) -> str:
        return "The contact is in the history."


class Since(DateRange):
    title, field = "customer since", "created_at"


@admin.register(Customer)
class CustomerAdmin(WorkbenchModelAdmin[Customer]):
    """People: who they are, what they hold, what happened to them."""

    list_title = "Customers"
    list_display = ("name", "email", "since")
    list_filter = (Since,)
    search_fields = ("email",)
    search_hint = "Name or e-mail"
    row_template = "customers/row.html"

    record_template = "customers/customer.html"
    state_template = "customers/state.html"
    commands = (RecordContact(), *privacy.COMMANDS, Remove(), merging.Merge(), merging.Unmerge())
    creation = Create()
    editing = Edit()
    seen_labels: ClassVar = {"first_name": "First name", "last_name": "Last name", "email": "E-mail"}

    @admin.display(description="Name", ordering="last_name")
    def name(self, customer: Customer) -> str:
        return customer.full_name

    @admin.display(description="E-mail", ordering="email")
    def email(self, customer: Customer) -> str:
        return customer.email

    @admin.display(description="Customer since", ordering="created_at")
    def since(self, customer: Customer) -> str:
        return customer.created_at.isoformat()

    def get_urls(self) -> list[URLPattern]:
        own = [
            self._path("<uuid:object_id>/duplicates/", "duplicates", self.duplicates_view),
            self._path("<uuid:object_id>/export/", "export", self.export_view),
        ]
        return own + super().get_urls()

    def export_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """All that is held on the customer, as a file."""
        return privacy.export(self, request, object_id)

    def duplicates_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Who is likely the same person."""
        return merging.duplicates(self, request, self.record_or_404(request, object_id))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A merged record leads to the one that it is part of."""
        record = self.record_or_404(request, object_id)
        if record.merged_into_id is None:
            return super().change_view(request, object_id, form_url, extra_context)
        messages.info(request, f"{record} ({record.email}) was merged into this record.")
        return HttpResponseRedirect(self.record_url(record.surviving()))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        return Customer.objects.visible_to(actor_of(request)).current().defer(*Customer.PERSONAL)

    def record_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        return Customer.objects.visible_to(actor_of(request)).defer("ssn")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("last_name", "first_name", "id")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str) -> tuple[QuerySet[Customer], bool]:
        return queryset.all().found(search_term), False  # type: ignore[attr-defined]  # it is a CustomerQuerySet

    def list_page(self, request: HttpRequest, cl: ChangeList) -> dict[str, Any]:
        return {"empty_title": "No customer fits"}

    def record_page(self, request: HttpRequest, record: Customer) -> dict[str, Any]:
        user = actor_of(request)
        return (
            {
                "title": record.full_name,
                "may_book": user.has_perm("policies.add_policy"),
                "may_merge": user.has_perm(merging.Merge.permission),
                "has_ssn": bool(record.ssn_hash),
                "merges": merging.history(record),
            }
            | contacts.shown(request, record)
            | privacy.shown(request, record)
        )

    def seen(self, record: Customer) -> dict[str, str]:
        return {name: str(getattr(record, name)) for name in self.seen_labels}
