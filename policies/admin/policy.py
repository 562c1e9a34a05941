"""The list of policies and the policy page."""

from collections.abc import Callable
from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils import timezone

from customers.admin.filters import CustomerIs
from policies import reading
from policies.admin import history, pages
from policies.admin.commands import ApproveEndorsement, Cancel, Correct, DeclineEndorsement, Endorse, Reinstate, Remove, Renew
from policies.admin.commands.endorsing import waiting
from policies.admin.commands.renewing import renewal_of
from policies.admin.editing import Booking
from policies.admin.forms import POLICY_TYPES
from policies.models import Policy, PolicyQuerySet
from vanguard.accounts.zones import zone_of
from vanguard.workbench.commands import Command, Offer
from vanguard.workbench.conflicts import shown
from vanguard.workbench.dates import long_day
from vanguard.workbench.filters import DateRange, FixedFilter, ViewTabs
from vanguard.workbench.model_admin import WorkbenchModelAdmin, actor_of

LABELS = {
    "all": "All",
    "force": "In force",
    "starting": "Starting in 30 days",
    "ending": "To renew in 30 days",
    "grace": "In grace",
    "waiting": "For a second person",
    "cancelled": "Cancelled",
}
# By what comes first; other views show what was booked last.
ORDERS = {"starting": ("start_date", "id"), "ending": ("end_date", "id"), "grace": ("lapses_at", "id")}


class View(ViewTabs):
    options: ClassVar = tuple(LABELS.items())

    def value(self) -> str:
        return super().value() or "all"

    def narrow(self, request: HttpRequest, queryset: QuerySet[Policy], value: str) -> QuerySet[Policy]:
        return queryset.filter(reading.in_view(value, timezone.now()))


class StatusIs(FixedFilter):
    title = parameter_name = field = "status"
    options: ClassVar = tuple((value, label) for value, label in Policy.Status.choices)

    def narrow(self, request: HttpRequest, queryset: QuerySet[Policy], value: str) -> QuerySet[Policy]:
        """By the status as it is now and as the rows show it, not as it was last written down."""
        return cast("PolicyQuerySet", queryset).with_status(value, timezone.now())


class TypeIs(FixedFilter):
    title, parameter_name, field = "type", "policy_type", "policy_type"
    options: ClassVar = tuple((name, name.replace("_", " ").capitalize()) for name in POLICY_TYPES)


class Starts(DateRange):
    title, field = "start", "start_date"


class Ends(DateRange):
    title, field = "end", "end_date"


class OfCustomer(CustomerIs):
    field = "customer"


def _term(policy: Policy, held: reading.AsOf) -> dict[str, Any]:
    """Its end, and its days as the policy's own clock counts them: an hour less in summer is no day less."""
    zone, begins, ends = zone_of(policy), held.segments[0].starts_at, held.segments[-1].ends_at
    return {"zone": zone, "ends_at": ends, "days": (ends.astimezone(zone).date() - begins.astimezone(zone).date()).days}


@admin.register(Policy)
class PolicyAdmin(WorkbenchModelAdmin[Policy]):
    """What is covered, for whom, until when."""

    list_title = "Policies"
    list_display = ("number", "customer_name", "kind", "state", "starts", "ends", "limit", "premium")
    list_filter = (View, StatusIs, TypeIs, OfCustomer, Starts, Ends)
    search_fields = ("policy_number",)
    search_hint = "Number, or the insured’s name"
    row_template = "policies/row.html"

    record_template = "policies/policy.html"
    state_template = "policies/state.html"
    commands = (ApproveEndorsement(), Endorse(), Reinstate(), Renew(), Correct(), Cancel(), DeclineEndorsement(), Remove())
    creation = Booking()
    seen_labels: ClassVar = {
        "status": "Status",
        "booked_versions": "Version",
        "policy_type": "Type",
        "premium_amount": "Premium",
        "coverage_amount": "Limit",
        "deductible_amount": "Deductible",
        "start_date": "Covers from",
        "end_date": "Covers until",
    }

    @admin.display(description="Policy", ordering="policy_number")
    def number(self, policy: Policy) -> str:
        return policy.policy_number

    @admin.display(description="Insured")
    def customer_name(self, policy: Policy) -> str:
        return policy.customer.full_name

    @admin.display(description="Type", ordering="policy_type")
    def kind(self, policy: Policy) -> str:
        return policy.policy_type

    @admin.display(description="Status", ordering="status")
    def state(self, policy: Policy) -> str:
        return policy.current_status

    @admin.display(description="From", ordering="start_date")
    def starts(self, policy: Policy) -> str:
        return policy.start_date.isoformat()

    @admin.display(description="Until", ordering="end_date")
    def ends(self, policy: Policy) -> str:
        return policy.end_date.isoformat()

    @admin.display(description="Limit", ordering="coverage_amount")
    def limit(self, policy: Policy) -> str:
        return str(policy.coverage_amount)

    @admin.display(description="Premium", ordering="premium_amount")
    def premium(self, policy: Policy) -> str:
        return str(policy.premium_amount)

    def get_urls(self) -> list[URLPattern]:
        return [self._path("customers/", "customers", self.customers_view), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        return reading.for_lists(Policy.objects.visible_to(actor_of(request)))

    def record_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        return super().record_queryset(request).select_related("renewal").prefetch_related("endorsement_requests__requested_by")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ORDERS.get(request.GET.get("view", ""), ("-created_at", "-id"))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Policy], search_term: str) -> tuple[QuerySet[Policy], bool]:
        return reading.found(queryset, search_term), False

    def list_page(self, request: HttpRequest, cl: ChangeList) -> dict[str, Any]:
        view, found = next(spec for spec in cl.filter_specs if isinstance(spec, View)).value(), pages.figures(request)
        tabs = [{"value": name, "label": label, "here": name == view, "count": found.get(name)} for name, label in LABELS.items()]
        return {"tab_list": tabs, "amounts": ("Limit", "Premium"), "empty_title": "No policy here"}

    def record_page(self, request: HttpRequest, record: Policy) -> dict[str, Any]:
        machine = history.time_machine(request, record)
        held, today = machine.held, long_day(machine.held.effective_at) if machine.past else "Today"
        return {
            "title": record.policy_number,
            "steps": list(record.transitions.select_related("actor").order_by("-at", "-id")),
            "machine": machine,
            "held": held,
            "covers": history.covers_of(record, held.segment),
            "lapse": history.lapse_of(record),
            "then": history.standing(held) if machine.past else None,
            "bars": history.bars(held),
            "later_bars": history.later_bars(held, machine.later),
            "cursor": history.moment_in(held, today),
            "ledger": history.ledger(machine.versions),
            "differences": history.differences(record, held) if machine.later else [],
            "waiting": waiting(record),
            **_term(record, held),
            "may_file": actor_of(request).has_perm("claims.add_claim"),
            "renewal": renewal_of(record),
            "older_terms": pages.older_terms(record, renewal_of(record)),
        }

    def offers(self, request: HttpRequest, record: Policy) -> list[Offer]:
        """What is done is done now: a page of the past offers nothing."""
        return [] if history.is_of_the_past(request) else super().offers(request, record)

    def _command_page(self, command: Command[Policy]) -> Callable[..., HttpResponse]:
        """A command that comes from a page of the past is refused."""
        page = super()._command_page(command)

        def now_only(request: HttpRequest, object_id: UUID) -> HttpResponse:
            if not history.is_of_the_past(request):
                return page(request, object_id)
            messages.error(request, "You are looking at the past, where nothing can be changed. Go to now first.")
            return HttpResponseRedirect(f"{self.url('change', object_id)}?{request.GET.urlencode()}")

        return now_only

    def seen(self, record: Policy) -> dict[str, str]:
        values = {name: shown(getattr(record, name)) for name in self.seen_labels if name != "status"}
        return {"status": record.current_status.capitalize()} | values

    def customers_view(self, request: HttpRequest) -> HttpResponse:
        return pages.customers(request)
