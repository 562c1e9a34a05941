"""A version's page: coverages, factors and rates; a draft can be edited, published or thrown away there."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from policies.products import services
from policies.products.admin.clauses import RemoveClause, WriteClause
from policies.products.admin.forms import NewCoverageForm, NewFactorForm, VersionForm
from policies.products.admin.parts import MAY_EDIT
from policies.products.models import ProductVersion
from policies.products.services import COVERAGE_FIELDS, VERSION_FIELDS
from vanguard.accounts.models import User
from vanguard.workbench.commands import Command
from vanguard.workbench.conflicts import shown
from vanguard.workbench.dates import full_instant
from vanguard.workbench.editing import Editing
from vanguard.workbench.forms import RecordForm, same_minute
from vanguard.workbench.model_admin import WorkbenchModelAdmin


class Publish(Command[ProductVersion]):
    name, permission = "publish", "products.publish_productversion"

    def offered(self, actor: User, record: ProductVersion) -> bool:
        return record.is_draft

    def why_not(self, actor: User, record: ProductVersion) -> str:
        return "" if record.valid_from else "Say from when it is valid first: edit the version."

    def label(self, actor: User, record: ProductVersion) -> str:
        return "Publish…"

    def title(self, actor: User, record: ProductVersion) -> str:
        return f"Publish {record}"

    def page(self, actor: User, record: ProductVersion) -> dict[str, Any]:
        from_when = full_instant(record.valid_from) if record.valid_from else ""
        return {
            "intro": f"What begins from {from_when} on is rated by it, and the version before ends there. Once published it never changes."
        }

    def run(self, actor: User, record: ProductVersion, form: RecordForm) -> ProductVersion:
        return services.publish_version(actor, record.pk, version=form.cleaned_data["version"])

    def done(self, actor: User, record: ProductVersion, fresh: ProductVersion | None) -> str:
        return f"{record} is published."


class Discard(Command[ProductVersion]):
    """Only a draft."""

    name, permission, lead, tone = "remove", MAY_EDIT, False, "danger"

    def offered(self, actor: User, record: ProductVersion) -> bool:
        return record.is_draft

    def label(self, actor: User, record: ProductVersion) -> str:
        return "Throw the draft away…"

    def title(self, actor: User, record: ProductVersion) -> str:
        return f"Throw {record} away"

    def page(self, actor: User, record: ProductVersion) -> dict[str, Any]:
        return {"intro": "What was edited in it is gone. The published versions stay."}

    def run(self, actor: User, record: ProductVersion, form: RecordForm) -> None:
        services.discard_version(actor, record.pk, version=form.cleaned_data["version"])

    def done(self, actor: User, record: ProductVersion, fresh: ProductVersion | None) -> str:
        return f"The draft {record} is thrown away."


class AddCoverage(Command[ProductVersion]):
    """To a draft."""

    name, permission, form_class = "addcoverage", MAY_EDIT, NewCoverageForm

    def offered(self, actor: User, record: ProductVersion) -> bool:
        return record.is_draft

    def label(self, actor: User, record: ProductVersion) -> str:
        return "Add a coverage…"

    def page(self, actor: User, record: ProductVersion) -> dict[str, Any]:
        return {"intro": "The first coverage of a version is the principal one: its limit and deductible become the policy’s."}

    def run(self, actor: User, record: ProductVersion, form: RecordForm) -> ProductVersion:
        sent = form.cleaned_data
        values = {name: sent[name] for name in COVERAGE_FIELDS}
        services.add_coverage(actor, record.pk, code=sent["code"], version=sent["version"], **values)
        return record

    def done(self, actor: User, record: ProductVersion, fresh: ProductVersion | None) -> str:
        return "The coverage is added."


class AddFactor(Command[ProductVersion]):
    """To a draft."""

    name, permission, form_class = "addfactor", MAY_EDIT, NewFactorForm

    def offered(self, actor: User, record: ProductVersion) -> bool:
        return record.is_draft

    def label(self, actor: User, record: ProductVersion) -> str:
        return "Add a factor…"

    def page(self, actor: User, record: ProductVersion) -> dict[str, Any]:
        return {"intro": "The premium is multiplied by the rate that its table has for the answer, or for the cover that is chosen."}

    def prepare(self, actor: User, record: ProductVersion, form: RecordForm) -> None:
        if isinstance(form, NewFactorForm):
            form.offer(record.coverages.all())

    def run(self, actor: User, record: ProductVersion, form: RecordForm) -> ProductVersion:
        sent = form.cleaned_data
        names = ("code", "name", "looks_at", "rates", "question", "coverage_code", "most", "whole", "version")
        services.add_factor(actor, record.pk, **{name: sent[name] for name in names})
        return record

    def done(self, actor: User, record: ProductVersion, fresh: ProductVersion | None) -> str:
        return "The factor is added."


class VersionEditing(Editing[ProductVersion]):
    permission, label, submit = MAY_EDIT, "Edit", "Save the version"
    form_class = VersionForm

    def initial(self, record: ProductVersion) -> dict[str, Any]:
        values = {name: getattr(record, name) for name in VERSION_FIELDS}
        return values | {"valid_from": timezone.localtime(record.valid_from) if record.valid_from else None}

    def changes(self, record: ProductVersion, form: RecordForm) -> dict[str, Any]:
        found = super().changes(record, form)
        typed = found.get("valid_from")
        if typed and record.valid_from and same_minute(typed, record.valid_from):
            del found["valid_from"]
        return found

    def save(self, actor: User, record: ProductVersion, version: int, changes: dict[str, Any]) -> ProductVersion:
        return services.update_version(actor, record.pk, version=version, changes=changes)


@admin.register(ProductVersion)
class ProductVersionAdmin(WorkbenchModelAdmin[ProductVersion]):
    """Its list is the product's page."""

    list_title = "Products"
    record_template = "products/version.html"
    state_template = "products/version_state.html"
    commands = (Publish(), AddCoverage(), AddFactor(), WriteClause(), RemoveClause(), Discard())
    editing = VersionEditing()
    seen_labels: ClassVar = {
        "status": "Status",
        "base_rate": "Base rate a year",
        "short_rate_share": "Short-rate penalty",
        "quote_days": "Days a quote is valid",
        "valid_from": "Valid from",
    }

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def record_queryset(self, request: HttpRequest) -> QuerySet[ProductVersion]:
        return ProductVersion.objects.whole()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:products_product_changelist"))

    def record_page(self, request: HttpRequest, record: ProductVersion) -> dict[str, Any]:
        return {"title": str(record), "may_edit": bool(self.edit_url(request, record))}

    def edit_url(self, request: HttpRequest, record: ProductVersion) -> str:
        return super().edit_url(request, record) if record.is_draft else ""

    def seen(self, record: ProductVersion) -> dict[str, str]:
        return {"status": record.get_status_display()} | {name: shown(getattr(record, name)) for name in VERSION_FIELDS}
