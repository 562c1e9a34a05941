"""Policies with an account, and what their books must say after anything."""

import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from policies.billing.models import BillingAccount, InvoiceLine, Kind, ProviderEvent
from policies.billing.providers import PAYMENT_RECEIVED, Told
from policies.billing.services import change_plan, take_delivery
from policies.events import PremiumBooked
from policies.models import Policy
from tests.factories import PolicyFactory
from vanguard.events import consult
from vanguard.ids import new_id
from vanguard.money import ZERO

START = datetime.datetime(2026, 1, 1, 0, 1, tzinfo=datetime.UTC)


def booked(amount: str = "1000.00", plan: str = "annual", **fields: Any) -> BillingAccount:
    """The account of a year's policy whose first premium is booked before it starts."""
    start = fields.pop("start_date", timezone.now() + datetime.timedelta(days=10))
    fields = {"premium_amount": Decimal(amount), "start_date": start, "end_date": start.replace(year=start.year + 1)} | fields
    policy = PolicyFactory.create(**fields)
    tell(policy, amount, kind="new_business", booked_at=min(timezone.now(), start))
    account = BillingAccount.objects.get(policy=policy)
    return account if plan == account.plan else change_plan(None, policy.pk, plan=plan, version=None)


def tell(
    policy: Policy,
    amount: str | Decimal,
    kind: str = "endorsement",
    effective_at: datetime.datetime | None = None,
    booked_at: datetime.datetime | None = None,
) -> None:
    """As the policy's services do inside their transaction."""
    now = booked_at or timezone.now()
    with transaction.atomic():
        consult(PremiumBooked(policy.pk, 1, kind, Decimal(amount), effective_at or policy.start_date, now, None))


def unallocated(amount: str = "75.00") -> ProviderEvent:
    """Money that a provider told us of, for a policy that we do not have."""
    now = timezone.now()
    told = Told(f"evt_{new_id()}", PAYMENT_RECEIVED, now, f"pi_{new_id()}", Decimal(amount), policy_number="POL-NOWHERE")
    return take_delivery("local", told, b"")


def fresh(account: BillingAccount) -> BillingAccount:
    return BillingAccount.objects.get(pk=account.pk)


def instalments(account: BillingAccount) -> list[str]:
    """The invoices with something on them, in the order of their due dates: how much is open of how much."""
    return [f"{each.open_amount}/{each.amount}" for each in account.invoices.order_by("due_at", "invoice_number") if each.amount]


def assert_books_agree(account: BillingAccount) -> None:
    """Every running total against the entries and lines that it sums up."""
    account = fresh(account)
    entries, invoices = list(account.entries.all()), list(account.invoices.order_by("due_at", "invoice_number"))
    balance = sum((entry.amount for entry in entries), ZERO)
    open_sum = sum((each.open_amount for each in invoices), ZERO)
    assert account.balance == balance == open_sum - account.credit
    assert account.credit == ZERO or open_sum == ZERO
    lines = list(InvoiceLine.objects.filter(invoice__account=account).select_related("entry"))
    assert all(line.entry.account_id == account.pk for line in lines)
    for each in invoices:
        assert each.amount == sum((line.amount for line in lines if line.invoice_id == each.pk), ZERO) >= ZERO
        assert ZERO <= each.paid_amount <= each.amount
    paid_states = [(each.paid_amount == each.amount, each.paid_amount > 0) for each in invoices if each.amount]
    assert paid_states == sorted(paid_states, reverse=True)  # the oldest due is paid first
    assert account.next_due_at == min((each.due_at for each in invoices if each.open_amount), default=None)
    reversed_ones = {entry.refers_to_id for entry in entries if entry.kind == Kind.REVERSAL}
    for payment in account.payments.select_related("entry"):
        refunds = [entry for entry in entries if entry.kind == Kind.REFUND and entry.refers_to_id == payment.entry_id]
        assert payment.refunded_amount == sum((entry.amount for entry in refunds if entry.pk not in reversed_ones), ZERO) <= payment.amount
        assert payment.entry.amount == -payment.amount
        assert bool(payment.reversed_at) == (payment.entry_id in reversed_ones)
