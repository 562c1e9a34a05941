"""The list of quotes and the quote page."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from customers.admin.filters import CustomerIs
from customers.models import Customer
from policies.products.models import Coverage
from policies.products.rules import Cover, anniversary
from policies.quotes import reading, services
from policies.quotes.admin import commands
from policies.quotes.admin.figures import figures
from policies.quotes.admin.forms import DEDUCTIBLE, INPUT, LIMIT, RequestForm, answer_in_words
from policies.quotes.models import Pricing, Quote, QuoteQuerySet, Status
from vanguard.accounts.models import User
from vanguard.workbench.conflicts import shown
from vanguard.workbench.editing import Creation
from vanguard.workbench.filters import DateRange, FixedFilter, ViewTabs
from vanguard.workbench.forms import WorkbenchForm
from vanguard.workbench.model_admin import WorkbenchModelAdmin, actor_of

LABELS = {"open": "Open", "referred": "Referred", "expiring": "Expiring in 7 days", "bound": "Bound", "all": "All"}


class Requesting(Creation[Quote]):
    permission, label, submit = "quotes.add_quote", "New quote", "Go on to the questions"
    form_class = RequestForm

    def form(self, request: HttpRequest, *, bound: bool) -> WorkbenchForm:
        form = super().form(request, bound=bound)
        if isinstance(form, RequestForm):
            form.offer()
        return form

    def initial(self, request: HttpRequest) -> dict[str, Any]:
        """From a customer's page the customer is known: by the key, so that no address holds an e-mail."""
        start = timezone.localtime().replace(hour=0, minute=1, second=0, microsecond=0) + timedelta(days=1)
        return {"start_date": start} | _known_customer(request)

    def create(self, actor: User, form: WorkbenchForm) -> Quote:
        sent = form.cleaned_data
        end = sent["end_date"] or anniversary(sent["start_date"])
        return services.create_quote(
            actor, customer_id=sent["customer"].pk, product_id=sent["product"].pk, start_date=sent["start_date"], end_date=end
        )

    def done(self, record: Quote) -> str:
        return f"{record} is requested. Price it: answer the questions and choose the cover."


def _known_customer(request: HttpRequest) -> dict[str, str]:
    try:
        found = Customer.objects.visible_to(actor_of(request)).filter(pk=UUID(request.GET.get("customer", "")))
    except ValueError:
        return {}
    email = found.values_list("email", flat=True).first()
    return {"customer": email} if email else {}


class View(ViewTabs):
    options: ClassVar = tuple(LABELS.items())

    def value(self) -> str:
        return super().value() or "open"

    def narrow(self, request: HttpRequest, queryset: QuerySet[Quote], value: str) -> QuerySet[Quote]:
        return queryset.filter(reading.in_view(value, actor_of(request), timezone.now()))


class StatusIs(FixedFilter):
    title = parameter_name = field = "status"
    options: ClassVar = tuple((value, label) for value, label in Status.choices)

    def narrow(self, request: HttpRequest, queryset: QuerySet[Quote], value: str) -> QuerySet[Quote]:
        """By the status as it is now and as the rows show it."""
        return cast("QuoteQuerySet", queryset).with_status(value, timezone.now())


class OfCustomer(CustomerIs):
    field = "customer"


class Expires(DateRange):
    title, field = "price valid until", "expires_at"


@dataclass(frozen=True, slots=True)
class ChosenCover:
    """A line of the cover table."""

    coverage: Coverage
    chosen: Cover | None


@admin.register(Quote)
class QuoteAdmin(WorkbenchModelAdmin[Quote]):
    """From the application to the policy."""

    list_title = "Quotes"
    list_display = ("number", "customer_name", "product_name", "state", "starts", "expires", "premium")
    list_filter = (View, StatusIs, OfCustomer, Expires)
    search_fields = ("quote_number",)
    search_hint = "Number, or the customer’s name"
    row_template = "quotes/row.html"
    record_template = "quotes/quote.html"
    state_template = "quotes/state.html"
    commands = (commands.Bind(), commands.Approve(), commands.Price(), commands.Decline())
    creation = Requesting()
    seen_labels: ClassVar = {
        "status": "Status",
        "premium_amount": "Premium",
        "expires_at": "Valid until",
        "start_date": "Covers from",
        "end_date": "Covers until",
    }

    @admin.display(description="Quote", ordering="quote_number")
    def number(self, quote: Quote) -> str:
        return quote.quote_number

    @admin.display(description="Customer")
    def customer_name(self, quote: Quote) -> str:
        return quote.customer.full_name

    @admin.display(description="Product")
    def product_name(self, quote: Quote) -> str:
        return quote.product.name

    @admin.display(description="Status", ordering="status")
    def state(self, quote: Quote) -> str:
        return quote.current_status

    @admin.display(description="From", ordering="start_date")
    def starts(self, quote: Quote) -> str:
        return quote.start_date.isoformat()

    @admin.display(description="Valid until", ordering="expires_at")
    def expires(self, quote: Quote) -> str:
        return quote.expires_at.isoformat() if quote.expires_at else ""

    @admin.display(description="Premium", ordering="premium_amount")
    def premium(self, quote: Quote) -> str:
        return str(quote.premium_amount)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quote]:
        return reading.for_lists(Quote.objects.visible_to(actor_of(request)))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("expires_at", "id") if request.GET.get("view") in ("referred", "expiring") else ("-created_at", "-id")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Quote], search_term: str) -> tuple[QuerySet[Quote], bool]:
        return reading.found(queryset, search_term), False

    def list_page(self, request: HttpRequest, cl: ChangeList) -> dict[str, Any]:
        view, found = next(spec for spec in cl.filter_specs if isinstance(spec, View)).value(), figures(request)
        tabs = [{"value": name, "label": label, "here": name == view, "count": found.get(name)} for name, label in LABELS.items()]
        return {"tab_list": tabs, "amounts": ("Premium",), "empty_title": "No quote here"}

    def record_queryset(self, request: HttpRequest) -> QuerySet[Quote]:
        rows = Quote.objects.visible_to(actor_of(request)).select_related("customer", "product_version__product", "policy", "maker")
        parts = ("product_version__coverages", "product_version__factors__values", "product_version__factors__coverage")
        return rows.select_related("product").prefetch_related(*parts, "pricings__actor", "pricings__product_version")

    def record_page(self, request: HttpRequest, record: Quote) -> dict[str, Any]:
        chosen, version = record.chosen, record.product_version
        pricings: list[Pricing] = list(record.pricings.all())
        return {
            "title": record.quote_number,
            "status": record.current_status,
            "pricing": pricings[0] if pricings else None,
            "steps": [step | {"amount": Decimal(step["amount"])} for step in pricings[0].steps] if pricings else [],
            "earlier": pricings[1:],
            "cover": [ChosenCover(coverage, chosen.get(coverage.code)) for coverage in version.coverages.all()],
            "answers": _answers(record),
            "history": list(record.transitions.select_related("actor").order_by("-at", "-id")),
            "days": (record.end_date - record.start_date).days,
        }

    def seen(self, record: Quote) -> dict[str, str]:
        values = {name: shown(getattr(record, name)) for name in self.seen_labels if name != "status"}
        return {"status": record.current_status.capitalize()} | values | {name: words for name, _, words in _chosen(record)}

    def labels_seen(self, record: Quote) -> dict[str, str]:
        """Each limit, deductible and answer too, as the form that prices asks for them."""
        return self.seen_labels | {name: label for name, label, _ in _chosen(record)}


def _chosen(quote: Quote) -> list[tuple[str, str, str]]:
    """The cover and the answers: field of the form, label, words."""
    chosen, found = quote.chosen, []
    for each in quote.product_version.coverages.all():
        cover = chosen.get(each.code)
        found.append((LIMIT.format(each.code), f"{each.name}: limit", shown(cover.limit if cover else None)))
        if each.most_deductible:
            found.append((DEDUCTIBLE.format(each.code), f"{each.name}: deductible", shown(cover.deductible if cover else None)))
    for factor in quote.product_version.factors.all():
        if factor.is_asked:
            found.append((INPUT.format(factor.code), factor.name, answer_in_words(factor, quote.inputs.get(factor.code, ""))))
    return found


def _answers(quote: Quote) -> list[tuple[str, str]]:
    """Each question with its answer in words; a dash where it is still open."""
    asked = []
    for factor in quote.product_version.factors.all():
        if factor.is_asked:
            asked.append((factor.name, answer_in_words(factor, quote.inputs.get(factor.code, ""))))
    return asked
