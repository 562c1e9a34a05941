"""The list of products, a product's page with its versions, and two of them side by side."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone

from policies.products import services
from policies.products.admin.forms import ProductForm
from policies.products.admin.parts import MAY_EDIT
from policies.products.definition import compare
from policies.products.models import Product, ProductVersion
from vanguard.accounts.models import User
from vanguard.workbench.commands import Command
from vanguard.workbench.editing import Creation
from vanguard.workbench.forms import RecordForm, WorkbenchForm
from vanguard.workbench.model_admin import WorkbenchModelAdmin


class Creating(Creation[Product]):
    permission, label, submit = MAY_EDIT, "New product", "Make the product"
    form_class = ProductForm
    intro = "Its first version is a draft. Nobody can buy it before that has its coverages and is published."

    def create(self, actor: User, form: WorkbenchForm) -> Product:
        sent = form.cleaned_data
        names = ("code", "name", "policy_type", "base_rate")
        return services.create_product(actor, **{name: sent[name] for name in names})

    def done(self, record: Product) -> str:
        return f"{record} is there, with version 1 as a draft: give it coverages and rating factors."


class DraftVersion(Command[Product]):
    name, permission, direct = "draft", MAY_EDIT, True

    def offered(self, actor: User, record: Product) -> bool:
        return not any(version.is_draft for version in record.versions.all())

    def label(self, actor: User, record: Product) -> str:
        return "Draft a new version"

    def run(self, actor: User, record: Product, form: RecordForm) -> Product:
        return services.draft_version(actor, record.pk).product

    def done(self, actor: User, record: Product, fresh: Product | None) -> str:
        return "The next version is a draft: a copy of the latest, to be edited."


class Withdraw(Command[Product]):
    name, permission, lead, tone = "withdraw", "products.publish_productversion", False, "danger"

    def offered(self, actor: User, record: Product) -> bool:
        return record.is_active

    def label(self, actor: User, record: Product) -> str:
        return "Withdraw from sale…"

    def title(self, actor: User, record: Product) -> str:
        return f"Withdraw {record} from sale"

    def page(self, actor: User, record: Product) -> dict[str, Any]:
        return {"intro": "Nothing new is quoted from now on. Prices that were given are honoured, and policies stay as they are."}

    def run(self, actor: User, record: Product, form: RecordForm) -> Product:
        return services.set_on_sale(actor, record.pk, on_sale=False, version=form.cleaned_data["version"])

    def done(self, actor: User, record: Product, fresh: Product | None) -> str:
        return f"{record} is withdrawn from sale."


class Resume(Command[Product]):
    name, permission = "resume", "products.publish_productversion"

    def offered(self, actor: User, record: Product) -> bool:
        return not record.is_active

    def label(self, actor: User, record: Product) -> str:
        return "Put on sale again…"

    def title(self, actor: User, record: Product) -> str:
        return f"Put {record} on sale again"

    def run(self, actor: User, record: Product, form: RecordForm) -> Product:
        return services.set_on_sale(actor, record.pk, on_sale=True, version=form.cleaned_data["version"])

    def done(self, actor: User, record: Product, fresh: Product | None) -> str:
        return f"{record} is on sale again."


@admin.register(Product)
class ProductAdmin(WorkbenchModelAdmin[Product]):
    """What can be bought, and on which terms."""

    list_title = "Products"
    list_display = ("title", "kind", "state", "latest")
    search_fields = ("name",)
    search_hint = "Name"
    row_template = "products/row.html"
    record_template = "products/product.html"
    state_template = "products/state.html"
    commands = (DraftVersion(), Resume(), Withdraw())
    creation = Creating()
    seen_labels: ClassVar = {"state": "State"}

    @admin.display(description="Product", ordering="name")
    def title(self, product: Product) -> str:
        return product.name

    @admin.display(description="Policies of type", ordering="policy_type")
    def kind(self, product: Product) -> str:
        return product.policy_type

    @admin.display(description="State", ordering="is_active")
    def state(self, product: Product) -> str:
        return str(product.is_active)

    @admin.display(description="Version")
    def latest(self, product: Product) -> str:
        return ""

    def get_urls(self) -> list[URLPattern]:
        return [self._path("<uuid:object_id>/compare/", "compare", self.compare_view), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return Product.objects.with_current(timezone.now())

    def record_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return Product.objects.prefetch_related("versions__published_by")

    def record_page(self, request: HttpRequest, record: Product) -> dict[str, Any]:
        versions: list[ProductVersion] = list(record.versions.all())
        return {"title": record.name, "versions": versions}

    def seen(self, record: Product) -> dict[str, str]:
        return {"state": "On sale" if record.is_active else "Withdrawn"}

    def compare_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Two versions of a product, line by line; without a choice the latest and the one before."""
        product = self.record_or_404(request, object_id)
        if not self.has_view_permission(request, product):
            raise PermissionDenied
        versions = {version.number: version for version in ProductVersion.objects.whole().filter(product=product)}
        numbers = sorted(versions)
        before, after = (_chosen(request, name, versions) for name in ("before", "after"))
        before, after = before or versions[numbers[max(len(numbers) - 2, 0)]], after or versions[numbers[-1]]
        page = self.page(request, product, f"{product}: {before.number} beside {after.number}") | {
            "versions": [versions[number] for number in numbers],
            "before": before,
            "after": after,
            "lines": compare(before, after),
        }
        return TemplateResponse(request, "products/compare.html", page)


def _chosen(request: HttpRequest, name: str, versions: dict[int, ProductVersion]) -> ProductVersion | None:
    """The version that the address names. Raises Http404 for one that is not there."""
    asked = request.GET.get(name, "")
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit()) or int(asked) not in versions:
        raise Http404
    return versions[int(asked)]
