"""Reads behind the billing pages: saved views, the identity of a balance, Finance's day. Nothing here writes."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Sum

from customers.models import Customer
from policies.billing.due import LONGEST_DAY, Today
from policies.billing.models import BillingAccount, Invoice, Kind, LedgerEntry, Notice, Payment, ProviderEvent
from vanguard.money import ZERO, to_cents
from vanguard.text import search_words

CHARGED = (Kind.PREMIUM_CHARGE, Kind.ENDORSEMENT_CHARGE, Kind.FEE)
# When the oldest open invoice of an account is due, and by whose clock.
OF_ACCOUNT = ("next_due_at", "policy__time_zone")
CREDITED = (Kind.ENDORSEMENT_CREDIT, Kind.CANCELLATION_CREDIT, Kind.WRITE_OFF)


@dataclass(frozen=True, slots=True)
class Identity:
    """Charges − credits − payments = balance. Payments are net of refunds and reversals; a reversal counts where what it reverses does."""

    charges: Decimal
    credits: Decimal
    payments: Decimal

    @property
    def balance(self) -> Decimal:
        return self.charges - self.credits - self.payments


def identity(entries: Sequence[LedgerEntry]) -> Identity:
    """Of all entries of an account, each with `refers_to`."""
    sums = {"charges": ZERO, "credits": ZERO, "payments": ZERO}
    for entry in entries:
        kind = entry.refers_to.kind if entry.kind == Kind.REVERSAL and entry.refers_to else entry.kind
        sums["charges" if kind in CHARGED else "credits" if kind in CREDITED else "payments"] += entry.amount
    return Identity(sums["charges"], -sums["credits"], -sums["payments"])


def entries_of(account: BillingAccount) -> list[LedgerEntry]:
    """The whole ledger, newest first."""
    return list(account.entries.select_related("actor", "refers_to").order_by("-booked_at", "-id"))


def booked_before(account: BillingAccount, reference: str) -> Payment | None:
    """The payment that stands under this reference already, the last one of several. One that bounced may come again."""
    same = account.payments.filter(reference__iexact=reference, reversed_at=None).select_related("entry__actor")
    return same.order_by("-created_at", "-id").first() if reference else None


def today(now: datetime.datetime) -> Today:
    """Today where something open is due about now: a policy's day ends by its own clock."""
    near = Invoice.objects.open().filter(due_at__gt=now - LONGEST_DAY, due_at__lt=now + LONGEST_DAY).order_by()
    return Today(now, sorted(set(near.values_list("account__policy__time_zone", flat=True))))


def in_view(view: str, here: Today) -> Q:
    """Which accounts a saved view holds. "grace" has got a notice, and is covered until its instant unless it is paid before."""
    noticed = Notice.objects.filter(account=OuterRef("pk"), paid_at=None, lapsed_at=None)
    return {
        "grace": Q(Exists(noticed), policy__lapses_at__gt=here.now),
        "overdue": here.past_due(*OF_ACCOUNT),
        "today": here.due_today(*OF_ACCOUNT),
        "credit": Q(credit__gt=0),
        "all": Q(),
    }[view]


def counts(here: Today) -> dict[str, int]:
    """How many accounts each view holds; "all" is not counted."""
    views = ("overdue", "today", "grace", "credit")
    # Each over its own partial index: one aggregate over all accounts would read them all.
    return {view: BillingAccount.objects.filter(in_view(view, here)).count() for view in views}


def figures(here: Today) -> dict[str, Any]:
    """Finance's day: accounts by view, and the money behind them."""
    past_due = Invoice.objects.open().filter(here.past_due("due_at", "account__policy__time_zone"))
    owed = past_due.aggregate(amount=Sum("amount"), paid=Sum("paid_amount"))
    held = BillingAccount.objects.filter(credit__gt=0).aggregate(sum=Sum("credit"))["sum"]
    waiting = ProviderEvent.objects.filter(outcome=ProviderEvent.Outcome.UNALLOCATED).aggregate(number=Count("pk"), sum=Sum("amount"))
    return counts(here) | {
        "overdue_sum": to_cents((owed["amount"] or ZERO) - (owed["paid"] or ZERO)),
        "credit_sum": to_cents(held or ZERO),
        "unallocated": waiting["number"],
        "unallocated_sum": to_cents(waiting["sum"] or ZERO),
    }


def for_lists(rows: QuerySet[BillingAccount]) -> QuerySet[BillingAccount]:
    """With all that a row shows, and without personal data: each value would be decrypted."""
    still_open = Prefetch("invoices", Invoice.objects.open(), to_attr="open_invoices")
    personal = [f"policy__customer__{name}" for name in Customer.PERSONAL]
    return rows.select_related("policy__customer").defer(*personal).prefetch_related(still_open)


def first(view: str, here: Today, limit: int) -> list[BillingAccount]:
    """The accounts of a view, the longest due first."""
    return list(for_lists(BillingAccount.objects.filter(in_view(view, here))).order_by("next_due_at", "id")[:limit])


def found(rows: QuerySet[BillingAccount], term: str) -> QuerySet[BillingAccount]:
    """Accounts by the number of their policy or of an invoice, else by the customer's name or e-mail."""
    words = search_words(term)
    term = " ".join(words)
    if any(character.isdigit() for character in term) and "@" not in term:
        for word in words:
            invoices = Invoice.objects.filter(invoice_number__iexact=word).values("account")
            ends = "endswith" if word.isdigit() else "istartswith"
            rows = rows.filter(Q(**{f"policy__policy_number__{ends}": word}) | Q(pk__in=invoices))
        return rows
    return rows.filter(policy__customer__in=Customer.objects.matching(term).values("pk")) if words else rows
