"""The list of accounts and the account page: the whole ledger."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from policies.billing import reading
from policies.billing.admin.commands import ChangePlan, ChargeFee, RecordPayment, Refund, Reverse, WriteOff
from policies.billing.models import BillingAccount, Plan
from vanguard.money import dollars
from vanguard.workbench.filters import DateRange, FixedFilter, ViewTabs
from vanguard.workbench.model_admin import WorkbenchModelAdmin, actor_of

LABELS = {"overdue": "Overdue", "today": "Due today", "grace": "In grace", "credit": "Credits", "all": "All"}

DUE_FIRST = ("next_due_at", "id")
ORDERS = {"overdue": DUE_FIRST, "today": DUE_FIRST, "grace": ("policy__lapses_at", "id")}


class View(ViewTabs):
    options: ClassVar = tuple(LABELS.items())

    def value(self) -> str:
        return super().value() or "all"

    def narrow(self, request: HttpRequest, queryset: QuerySet[BillingAccount], value: str) -> QuerySet[BillingAccount]:
        return queryset.filter(reading.in_view(value, reading.today(timezone.now())))


class PlanIs(FixedFilter):
    title = parameter_name = field = "plan"
    options: ClassVar = tuple(Plan.choices)


class DueOn(DateRange):
    title, field = "next due", "next_due_at"


@admin.register(BillingAccount)
class BillingAccountAdmin(WorkbenchModelAdmin[BillingAccount]):
    """What each policy owes."""

    list_title = "Billing"
    list_display = ("policy_number", "customer_name", "plan_name", "next_due", "in_grace", "due", "still_open", "held")
    list_filter = (View, PlanIs, DueOn)
    search_fields = ("policy__policy_number",)
    search_hint = "Policy, invoice, or the insured’s name"
    row_template = "billing/row.html"

    record_template = "billing/account.html"
    state_template = "billing/state.html"
    commands = (RecordPayment(), Refund(), Reverse(), WriteOff(), ChargeFee(), ChangePlan())
    seen_labels: ClassVar = {"plan": "Plan", "credit": "Credit", "balance": "Balance"}

    @admin.display(description="Policy")
    def policy_number(self, account: BillingAccount) -> str:
        return account.policy.policy_number

    @admin.display(description="Insured")
    def customer_name(self, account: BillingAccount) -> str:
        return account.policy.customer.full_name

    @admin.display(description="Plan", ordering="plan")
    def plan_name(self, account: BillingAccount) -> str:
        return account.get_plan_display()

    @admin.display(description="Next due", ordering="next_due_at")
    def next_due(self, account: BillingAccount) -> str:
        return account.next_due_at.isoformat() if account.next_due_at else ""

    @admin.display(description="Grace until", ordering="policy__lapses_at")
    def in_grace(self, account: BillingAccount) -> str:
        return account.last_of_grace.isoformat() if account.last_of_grace else ""

    @admin.display(description="Due now")
    def due(self, account: BillingAccount) -> str:
        return str(account.due_amount)

    @admin.display(description="Open")
    def still_open(self, account: BillingAccount) -> str:
        return str(account.open_amount)

    @admin.display(description="Credit", ordering="credit")
    def held(self, account: BillingAccount) -> str:
        return str(account.credit)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BillingAccount]:
        return reading.for_lists(BillingAccount.objects.visible_to(actor_of(request)))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ORDERS.get(request.GET.get("view", ""), ("-created_at", "-id"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[BillingAccount], search_term: str
    ) -> tuple[QuerySet[BillingAccount], bool]:
        return reading.found(queryset, search_term), False

    def list_page(self, request: HttpRequest, cl: ChangeList) -> dict[str, Any]:
        view, found = (
            next(spec for spec in cl.filter_specs if isinstance(spec, View)).value(),
            reading.counts(reading.today(timezone.now())),
        )
        tabs = [
            {"value": name, "label": label, "here": name == view, "count": found.get(name), "late": name == "overdue"}
            for name, label in LABELS.items()
        ]
        return {"tab_list": tabs, "amounts": ("Due now", "Open", "Credit"), "empty_title": "No account here"}

    def record_page(self, request: HttpRequest, record: BillingAccount) -> dict[str, Any]:
        entries = reading.entries_of(record)
        return {
            "title": str(record),
            "entries": entries,
            "identity": reading.identity(entries),
            "invoices": list(record.invoices.order_by("due_at", "invoice_number")),
            "notice": record.notices.filter(paid_at=None, lapsed_at=None).select_related("invoice").first(),
        }

    def seen(self, record: BillingAccount) -> dict[str, str]:
        return {"plan": record.get_plan_display(), "credit": dollars(record.credit), "balance": dollars(record.balance)}
