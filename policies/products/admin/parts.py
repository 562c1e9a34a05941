"""Coverages and factors: shown on their version's page, edited on one of their own while it is a draft."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from policies.products import services
from policies.products.admin.forms import CoverageForm, FactorForm, as_lines, joined
from policies.products.models import Coverage, RatingFactor
from policies.products.services import COVERAGE_FIELDS, FACTOR_FIELDS
from vanguard.accounts.models import User
from vanguard.workbench.commands import Command
from vanguard.workbench.conflicts import shown
from vanguard.workbench.editing import Editing
from vanguard.workbench.forms import RecordForm
from vanguard.workbench.model_admin import WorkbenchModelAdmin

MAY_EDIT = "products.change_productversion"


class CoverageEditing(Editing[Coverage]):
    permission, label, submit = MAY_EDIT, "Edit", "Save the coverage"
    form_class = CoverageForm
    intro = "What can be chosen from the day on which this version is valid."

    def initial(self, record: Coverage) -> dict[str, Any]:
        return {name: getattr(record, name) for name in COVERAGE_FIELDS} | {"claim_types": joined(record.claim_types)}

    def save(self, actor: User, record: Coverage, version: int, changes: dict[str, Any]) -> Coverage:
        return services.update_coverage(actor, record.pk, version=version, changes=changes)


class FactorEditing(Editing[RatingFactor]):
    permission, label, submit = MAY_EDIT, "Edit", "Save the factor"
    form_class = FactorForm

    def initial(self, record: RatingFactor) -> dict[str, Any]:
        return {name: getattr(record, name) for name in FACTOR_FIELDS} | {"rates": as_lines(record)}

    def hints(self, record: RatingFactor) -> dict[str, str]:
        banded = "A line a band, from which number on: 25,000 = 1.08."
        return {"rates": banded if record.is_banded else "A line an answer: masonry = 0.91 Masonry."}

    def save(self, actor: User, record: RatingFactor, version: int, changes: dict[str, Any]) -> RatingFactor:
        rates = changes.pop("rates", None)
        return services.update_factor(actor, record.pk, version=version, changes=changes, rates=rates)


class Remove[M: Coverage | RatingFactor](Command[M]):
    """Out of a draft. A subclass names its service."""

    name, permission, tone = "remove", MAY_EDIT, "danger"

    def why_not(self, actor: User, record: M) -> str:
        version = record.product_version
        return "" if version.is_draft else f"{version} is published and never changes."

    def label(self, actor: User, record: M) -> str:
        return f"Take {record} out…"

    def page(self, actor: User, record: M) -> dict[str, Any]:
        return {"intro": f"{record.product_version} goes without it. The published versions stay as they are."}

    def done(self, actor: User, record: M, fresh: M | None) -> str:
        return f"{record} is taken out of the draft."


class RemoveCoverage(Remove[Coverage]):
    def run(self, actor: User, record: Coverage, form: RecordForm) -> Coverage:
        return services.remove_coverage(actor, record.pk, version=form.cleaned_data["version"])


class RemoveFactor(Remove[RatingFactor]):
    def run(self, actor: User, record: RatingFactor, form: RecordForm) -> RatingFactor:
        return services.remove_factor(actor, record.pk, version=form.cleaned_data["version"])


class PartAdmin[M: Coverage | RatingFactor](WorkbenchModelAdmin[M]):
    """It has no list and no page of its own: both are the version's."""

    state_template = "products/part_state.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def record_queryset(self, request: HttpRequest) -> QuerySet[M]:
        rows: QuerySet[M] = self.get_queryset(request).select_related("product_version__product")
        return rows

    def record_url(self, record: M) -> str:
        return reverse("admin:products_productversion_change", args=[record.product_version_id])

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:products_product_changelist"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(self.record_url(self.record_or_404(request, object_id)))


@admin.register(Coverage)
class CoverageAdmin(PartAdmin[Coverage]):
    list_title = "Products"
    editing = CoverageEditing()
    commands = (RemoveCoverage(),)
    seen_labels: ClassVar = {name: name.replace("_", " ").capitalize() for name in COVERAGE_FIELDS}

    def seen(self, record: Coverage) -> dict[str, str]:
        values = {name: shown(getattr(record, name)) for name in COVERAGE_FIELDS}
        return values | {"claim_types": joined(record.claim_types)}


@admin.register(RatingFactor)
class RatingFactorAdmin(PartAdmin[RatingFactor]):
    list_title = "Products"
    editing = FactorEditing()
    commands = (RemoveFactor(),)
    seen_labels: ClassVar = {
        "name": "Name",
        "question": "Question",
        "most": "Largest number",
        "whole": "Whole numbers only",
        "rates": "Rates",
    }

    def seen(self, record: RatingFactor) -> dict[str, str]:
        return {name: shown(getattr(record, name)) for name in FACTOR_FIELDS} | {"rates": as_lines(record)}
