"""Billing as the API takes and gives it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from django.db.models import QuerySet

from policies.billing.models import BillingAccount, Invoice, LedgerEntry, Payment
from vanguard.http.fields import Money, Text, UtcDateTime
from vanguard.http.paging import ListParams
from vanguard.http.schema import Amount, In, Maybe, Out

PlanName = Literal["annual", "semi_annual", "quarterly", "monthly"]
MethodName = Literal["card", "bank_transfer", "direct_debit", "check", "cash"]
EntryKind = Literal[
    "premium_charge", "endorsement_charge", "endorsement_credit", "cancellation_credit", "payment", "refund", "fee", "write_off", "reversal"
]
InvoiceState = Literal["open", "due_today", "past_due", "paid", "withdrawn"]
Reason = Annotated[str, Text(1000, multiline=True)]
Sum = Annotated[Decimal, Money(12)]


class PlanIn(In):
    plan: PlanName


class PaymentIn(In):
    """Money that was received. Whichever invoice it names, it pays the oldest due first."""

    amount: Sum
    method: MethodName
    reference: Annotated[str, Text(100, blank=True)] = ""
    received_at: UtcDateTime | None = None
    invoice_id: UUID | None = None


class RefundIn(In):
    amount: Sum
    reason: Reason


class ReverseIn(In):
    reason: Reason


class ByHandIn(In):
    """A fee, or what is written off, and why."""

    amount: Sum
    reason: Reason


class EntryOut(Out):
    """One movement of the ledger. What the policyholder owes is positive; `refersToId` is what a refund or a reversal is about.

    `reason` and `actorId` are told to staff only.
    """

    id: UUID
    policy_id: UUID
    kind: EntryKind
    amount: Amount
    effective_at: datetime
    booked_at: datetime
    policy_version: Maybe[int] = None
    refers_to_id: Maybe[UUID] = None
    reason: Maybe[str] = None
    actor_id: Maybe[UUID] = None

    @classmethod
    def show(cls, entry: LedgerEntry) -> Self:
        """From an entry with its account."""
        names = (name for name in cls.model_fields if name != "policy_id")
        return cls(policy_id=entry.account.policy_id, **{name: getattr(entry, name) for name in names})

    @classmethod
    def show_insured(cls, entry: LedgerEntry) -> Self:
        """As the policyholder sees it."""
        return cls.show(entry).model_copy(update={"reason": None, "actor_id": None})


class InvoiceOut(Out):
    """One instalment. It is due today until that day is over by the policy's time zone, and past due from then on. Withdrawn: nothing
    is left to collect by it."""

    id: UUID
    invoice_number: str
    policy_id: UUID
    due_at: datetime
    amount: Amount
    paid_amount: Amount
    open_amount: Amount
    status: InvoiceState
    created_at: datetime
    updated_at: datetime

    @classmethod
    def show(cls, invoice: Invoice) -> Self:
        """From an invoice with its account and policy."""
        names = ("id", "invoice_number", "due_at", "amount", "paid_amount", "open_amount", "created_at", "updated_at")
        values = {name: getattr(invoice, name) for name in names}
        return cls(policy_id=invoice.account.policy_id, status=invoice.state, **values)


class PaymentOut(Out):
    id: UUID
    policy_id: UUID
    amount: Amount
    method: MethodName
    reference: Maybe[str] = None
    received_at: datetime
    refunded_amount: Amount
    reversed_at: Maybe[datetime] = None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def show(cls, payment: Payment) -> Self:
        """From a payment with its account."""
        names = ("id", "amount", "method", "reference", "received_at", "refunded_amount", "reversed_at", "created_at", "updated_at")
        return cls(policy_id=payment.account.policy_id, **{name: getattr(payment, name) for name in names})


class AccountOut(Out):
    """What a policy owes. `balance` is the sum of all entries, and so of what is open, less credit. Negative: held for them."""

    policy_id: UUID
    plan: PlanName
    balance: Amount
    credit: Amount
    past_due_amount: Amount
    next_due_at: Maybe[datetime] = None
    open_invoices: list[InvoiceOut]
    updated_at: datetime

    @classmethod
    def show(cls, account: BillingAccount) -> Self:
        """As it is now, with its open invoices, the oldest due first."""
        still_open = list(account.invoices.open().select_related("account__policy").order_by("due_at", "invoice_number"))
        return cls(
            policy_id=account.policy_id,
            plan=account.plan,
            balance=account.balance,
            credit=account.credit,
            past_due_amount=sum((each.open_amount for each in still_open if each.state == "past_due"), Decimal("0.00")),
            next_due_at=account.next_due_at,
            open_invoices=[InvoiceOut.show(each) for each in still_open],
            updated_at=account.updated_at,
        )


class InvoiceListParams(ListParams):
    sorts: ClassVar[tuple[str, ...]] = ("due_at",)
    default_sort: ClassVar[str] = "due_at"

    def of(self, rows: QuerySet[Invoice]) -> QuerySet[Invoice]:
        """Those that `q` leaves: a part of the number."""
        return rows.filter(invoice_number__icontains=self.q) if self.q else rows


class PaymentListParams(ListParams):
    def of(self, rows: QuerySet[Payment]) -> QuerySet[Payment]:
        """Those that `q` leaves: a part of the reference."""
        return rows.filter(reference__icontains=self.q) if self.q else rows


class EntryListParams(ListParams):
    """In the order of booking, the last one first unless sorted otherwise."""

    sorts: ClassVar[tuple[str, ...]] = ("booked_at",)
    default_sort: ClassVar[str] = "-booked_at"

    kind: EntryKind | None = None

    def of(self, rows: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry]:
        """Those that the filter leaves."""
        return rows.filter(kind=self.kind) if self.kind else rows
