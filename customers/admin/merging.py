"""Look-alikes of a customer, and merging two records after they were held beside each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from customers import services
from customers.admin.forms import in_words
from customers.models import MASK, Customer, CustomerMerge
from vanguard.accounts.models import User
from vanguard.workbench.commands import Command
from vanguard.workbench.forms import RecordForm, story
from vanguard.workbench.model_admin import actor_of

if TYPE_CHECKING:
    from customers.admin.customer import CustomerAdmin

OFFERED = 12
LABELS = {
    "first_name": "First name",
    "last_name": "Last name",
    "email": "E-mail",
    "phone": "Phone",
    "date_of_birth": "Date of birth",
    "ssn": "SSN",
    "address": "Address",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One field of both records, as it may be shown; `radio` is the choice between them, where they differ."""

    label: str
    kept: str
    other: str
    radio: forms.BoundField | None


class MergeForm(RecordForm):
    """Two records side by side, and which of the two is right where they differ."""

    other = forms.UUIDField(widget=forms.HiddenInput)
    other_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = story("Reason", 2, required=False, max_length=2000, help_text="How you know that it is one person. It is kept with the merge.")

    other_record: Customer | None = None

    @property
    def has_all(self) -> bool:
        return self.other_record is not None

    def compare(self, kept: Customer, other: Customer) -> None:
        """Ask for each field in which they differ; what only the other one has is taken unless it is said otherwise."""
        self.other_record, self.kept_record = other, kept
        self.initial.update({"other": other.pk, "other_version": other.version})
        for name, label in LABELS.items():
            mine, theirs = getattr(kept, name), getattr(other, name)
            if theirs and mine != theirs:
                choices = [("kept", "This"), ("other", "Other")]
                self.fields[f"take_{name}"] = forms.ChoiceField(
                    label=label, choices=choices, initial="kept" if mine else "other", widget=forms.RadioSelect, required=False
                )

    def compared(self) -> list[Compared]:
        """The rows of the comparison. Personal data is masked: whether it is equal is said, not what it is."""
        if self.other_record is None:
            return []
        pair = (self.kept_record, self.other_record)
        rows = []
        for name, label in LABELS.items():
            mine, theirs = (_shown(each, name) for each in pair)
            name = f"take_{name}"
            differ = name in self.fields
            rows.append(Compared(label, mine, theirs if differ or mine != theirs else "the same", self[name] if differ else None))
        return rows

    def taken(self) -> list[str]:
        """The fields in which the other record is right."""
        return [name for name in LABELS if self.cleaned_data.get(f"take_{name}") == "other"]


def _shown(record: Customer, name: str) -> str:
    stored = {"phone": record.masked_phone, "date_of_birth": record.masked_date_of_birth, "address": record.masked_address}
    if name == "ssn":
        return MASK if record.ssn_hash else "–"
    return (stored[name] if name in stored else str(getattr(record, name))) or "–"


class Merge(Command[Customer]):
    """Reached from the page of look-alikes, which says with whom."""

    name, permission, placed, tone = "merge", "customers.merge_customer", True, "danger"
    form_class = MergeForm
    template = "customers/merge_fields.html"

    def label(self, actor: User, record: Customer) -> str:
        return "Merge…"

    def title(self, actor: User, record: Customer) -> str:
        return f"Merge another record into {record}"

    def submit(self, actor: User, record: Customer) -> str:
        return "Merge the two"

    def form(self, request: HttpRequest, record: Customer, actor: User, seen: str, *, bound: bool) -> RecordForm:
        form = super().form(request, record, actor, seen, bound=bound)
        other = _named(request.POST if bound else request.GET, record)
        if isinstance(form, MergeForm) and other is not None:
            form.compare(record, other)
        return form

    def run(self, actor: User, record: Customer, form: RecordForm) -> Customer:
        if not isinstance(form, MergeForm):
            raise TypeError(form)
        sent = form.cleaned_data
        return services.merge_customers(
            actor,
            record.pk,
            sent["other"],
            take=form.taken(),
            reason=sent["reason"],
            kept_version=sent["version"],
            merged_version=sent["other_version"],
        )

    def done(self, actor: User, record: Customer, fresh: Customer | None) -> str:
        return f"The two records are one now: {fresh or record}. This can be undone below."


def _named(sent: Mapping[str, str], record: Customer) -> Customer | None:
    """The other record that the form or the address names."""
    try:
        return Customer.objects.current().exclude(pk=record.pk).filter(pk=UUID(sent.get("other", ""))).first()
    except ValueError:
        return None


class Unmerge(Command[Customer]):
    """Offered on the page of the record that was kept, done to the one that was merged."""

    name, permission, placed = "unmerge", "customers.merge_customer", True

    def offered(self, actor: User, record: Customer) -> bool:
        return record.merged_into_id is not None

    def label(self, actor: User, record: Customer) -> str:
        return "Undo the merge"

    def page(self, actor: User, record: Customer) -> dict[str, str]:
        kept = record.surviving()
        return {
            "intro": f"{record} ({record.email}) becomes a record of its own again. The policies, claims and contacts that it "
            f"brought along go back to it; what came since stays with {kept}."
        }

    def run(self, actor: User, record: Customer, form: RecordForm) -> Customer:
        return services.unmerge_customers(actor, record.pk, version=form.cleaned_data["version"])

    def done(self, actor: User, record: Customer, fresh: Customer | None) -> str:
        return f"{record} is a record of its own again."


def duplicates(model_admin: "CustomerAdmin", request: HttpRequest, record: Customer) -> HttpResponse:
    """Who is likely the same person, and a search for others; each leads to the comparison. A name that is typed is in no address."""
    actor = actor_of(request)
    if not actor.has_perm(Merge.permission):
        raise PermissionDenied
    found = services.duplicates_of(actor, record.pk)
    term = request.POST.get("term", "").strip()
    rows: list[Customer] = []
    if len(term) > 1:
        others = Customer.objects.current().exclude(pk=record.pk).matching(term).defer(*Customer.PERSONAL)
        rows = list(others.order_by("last_name", "first_name")[:OFFERED])
    page = model_admin.page(request, record, "Look-alikes") | {
        "found": [(each.customer, in_words(each.reasons)) for each in found],
        "searched": term,
        "rows": rows,
        "merge_url": model_admin.url("merge", record.pk),
    }
    return TemplateResponse(request, "customers/duplicates.html", page)


def history(record: Customer) -> list[dict[str, Any]]:
    """The merges into this record, the latest first, undone ones too."""
    merges = CustomerMerge.objects.filter(kept=record).select_related("merged", "actor", "undone_by").defer("replaced")
    return [{"merge": each, "live": each.undone_at is None, "merged": each.merged} for each in merges]
