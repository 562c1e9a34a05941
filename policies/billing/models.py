"""The account of a policy: its ledger, which is only ever added to, and the invoices that collect what it says is owed.

Two tables are never changed: LedgerEntry (money owed and paid) and InvoiceLine (which invoice collects which charge). All else that
looks like money here (an invoice's amount and what is paid of it, an account's credit, what is refunded of a payment) is a running
total over those two, written by services.ledger.settle alone.
"""

import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower
from django.utils import timezone

from policies.billing.due import standing_of
from policies.models import Policy
from vanguard.accounts.models import User
from vanguard.accounts.zones import zone_of
from vanguard.ids import new_id
from vanguard.models import DomainModel
from vanguard.money import ZERO, to_cents

LONGEST_GRACE = 366
POSITIVE = MinValueValidator(Decimal("0.01"), "Enter more than 0.00.")


def total(rows: models.QuerySet[Any], of: Combinable | str = "amount") -> Decimal:
    """The sum of `of` over `rows`, to the cent: SQLite adds in binary, so 15.37 − 15.40 would be −0.0300000000000011."""
    return to_cents(rows.aggregate(sum=models.Sum(of))["sum"] or ZERO)


def by_invoice(lines: "models.QuerySet[InvoiceLine]") -> dict[UUID, Decimal]:
    """What `lines` come to on each of their invoices."""
    rows = lines.order_by().values_list("invoice_id").annotate(models.Sum("amount"))
    return {invoice_id: to_cents(amount) for invoice_id, amount in rows}


class Plan(models.TextChoices):
    """How a premium is paid: in so many instalments a year."""

    ANNUAL = "annual", "Annual"
    SEMI_ANNUAL = "semi_annual", "Semi-annual"
    QUARTERLY = "quarterly", "Quarterly"
    MONTHLY = "monthly", "Monthly"


class Kind(models.TextChoices):
    """What an entry is. Charges are positive: the policyholder owes them."""

    PREMIUM_CHARGE = "premium_charge", "Premium"
    ENDORSEMENT_CHARGE = "endorsement_charge", "Additional premium"
    ENDORSEMENT_CREDIT = "endorsement_credit", "Return premium"
    CANCELLATION_CREDIT = "cancellation_credit", "Return premium on cancellation"
    PAYMENT = "payment", "Payment"
    REFUND = "refund", "Refund"
    FEE = "fee", "Fee"
    WRITE_OFF = "write_off", "Write-off"
    REVERSAL = "reversal", "Reversal"


CHARGES = (Kind.PREMIUM_CHARGE, Kind.ENDORSEMENT_CHARGE, Kind.FEE, Kind.REFUND)
CREDITS = (Kind.ENDORSEMENT_CREDIT, Kind.CANCELLATION_CREDIT, Kind.PAYMENT, Kind.WRITE_OFF)


class AccountQuerySet(models.QuerySet["BillingAccount"]):
    def visible_to(self, user: User) -> "AccountQuerySet":
        """All accounts for who may view them at large; for a policyholder those of the own policies; nothing for others."""
        return self if user.has_perm("billing.view_billingaccount") else self.filter(policy__customer__user=user)


class BillingAccount(DomainModel):
    """What one policy owes. `credit` is money held beyond all that is invoiced; `next_due_at` is when the oldest open invoice is due."""

    # No name from the other side: policies do not know of their accounts, and auditlog would look one up at every save.
    policy = models.OneToOneField(Policy, on_delete=models.CASCADE, related_name="+")
    plan = models.CharField(max_length=20, choices=Plan, default=Plan.ANNUAL)
    next_due_at = models.DateTimeField("next due", null=True, blank=True, editable=False)
    credit = models.DecimalField(max_digits=15, decimal_places=2, default=ZERO, editable=False)

    objects = AccountQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        permissions = [
            ("change_plan", "Can change how a premium is paid"),
            ("receive_payment", "Can record payments"),
            ("reverse_payment", "Can reverse payments and other entries"),
            ("refund_payment", "Can refund payments"),
            ("charge_fee", "Can charge fees"),
            ("writeoff_balance", "Can write off what is owed"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(plan__in=Plan.values), name="billing_plan_known"),
            models.CheckConstraint(condition=Q(credit__gte=0), name="billing_credit_not_negative"),
        ]
        indexes = [
            models.Index(fields=["created_at", "id"], name="billing_by_creation"),
            models.Index(fields=["next_due_at", "id"], name="billing_by_due", condition=Q(next_due_at__isnull=False)),
            models.Index(fields=["credit", "id"], name="billing_by_credit", condition=Q(credit__gt=0)),
        ]

    def __str__(self) -> str:
        return f"Account of {self.policy}"

    @property
    def open_amount(self) -> Decimal:
        """What its open invoices still ask for. No query where a list has read them along, as `open_invoices`."""
        found: list[Invoice] | None = getattr(self, "open_invoices", None)
        return sum((each.open_amount for each in (self.invoices.open() if found is None else found)), ZERO)

    @property
    def due_amount(self) -> Decimal:
        """What of it is due by now: with that paid, cover goes on. Read along as `open_amount` is."""
        now, found = timezone.now(), getattr(self, "open_invoices", None)
        return sum((each.open_amount for each in (self.invoices.open() if found is None else found) if each.due_at <= now), ZERO)

    @property
    def last_of_grace(self) -> datetime.datetime | None:
        """The last instant of cover if nothing is paid; None where no grace runs."""
        ends = self.policy.lapses_at
        return ends - datetime.timedelta.resolution if ends and ends > timezone.now() else None

    @property
    def balance(self) -> Decimal:
        """What is owed: the sum of the entries. Negative is money that we hold for the policyholder."""
        return total(self.entries.all())

    @property
    def standing(self) -> str:
        """past_due, due_today, open; credit where money is held, and else paid. As it is now."""
        if self.next_due_at is None:
            return "credit" if self.credit else "paid"
        return standing_of(self.next_due_at, self.zone, timezone.now())

    @property
    def zone(self) -> datetime.tzinfo:
        """Where its invoices are due: their days are those of the policy's clock."""
        return zone_of(self.policy)


class LedgerEntry(models.Model):
    """One movement. Never changed and never deleted (the database refuses it); what was wrong is reversed by another entry."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(BillingAccount, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=20, choices=Kind)
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    effective_at = models.DateTimeField()
    booked_at = models.DateTimeField()
    refers_to = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="referring")
    policy_version = models.PositiveIntegerField(null=True, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, max_length=1000)
    correlation_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("booked_at", "id")
        verbose_name_plural = "ledger entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in CHARGES], amount__gt=0)
                | Q(kind__in=[kind.value for kind in CREDITS], amount__lt=0)
                | Q(kind=Kind.REVERSAL.value) & ~Q(amount=0),
                name="ledger_sign_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["refund", "reversal"], refers_to__isnull=False)
                | ~Q(kind__in=["refund", "reversal"]) & Q(refers_to=None),
                name="ledger_refund_and_reversal_refer",
            ),
            models.UniqueConstraint(fields=["refers_to"], condition=Q(kind="reversal"), name="ledger_reversed_once"),
        ]
        indexes = [models.Index(fields=["account", "booked_at", "id"], name="ledger_of_account")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def visible_to(self, user: User) -> "InvoiceQuerySet":
        """As the accounts that they belong to."""
        return self if user.has_perm("billing.view_invoice") else self.filter(account__policy__customer__user=user)

    def open(self) -> "InvoiceQuerySet":
        return self.filter(amount__gt=F("paid_amount"))


class Invoice(DomainModel):
    """One instalment. `amount` is the sum of its lines, `paid_amount` what the account's money covers of it, the oldest due first."""

    account = models.ForeignKey(BillingAccount, on_delete=models.CASCADE, related_name="invoices")
    invoice_number = models.CharField(max_length=50, unique=True)
    due_at = models.DateTimeField()
    amount = models.DecimalField(max_digits=15, decimal_places=2, default=ZERO, editable=False)
    paid_amount = models.DecimalField(max_digits=15, decimal_places=2, default=ZERO, editable=False)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "invoice_number")
        constraints = [
            models.CheckConstraint(condition=Q(paid_amount__gte=0, paid_amount__lte=F("amount")), name="invoice_paid_within_amount"),
        ]
        indexes = [
            models.Index(fields=["account", "due_at", "id"], name="invoice_of_account"),
            models.Index(fields=["due_at", "id"], name="invoice_open_by_due", condition=Q(amount__gt=F("paid_amount"))),
        ]

    def __str__(self) -> str:
        return self.invoice_number

    @property
    def open_amount(self) -> Decimal:
        return self.amount - self.paid_amount

    @property
    def state(self) -> str:
        """open, due_today, past_due, paid; withdrawn when nothing is left to collect by it. As it is now: nothing has to write it down."""
        if self.amount == ZERO:
            return "withdrawn"
        if self.open_amount == ZERO:
            return "paid"
        return standing_of(self.due_at, self.zone, timezone.now())

    @property
    def zone(self) -> datetime.tzinfo:
        """Where it is due."""
        return self.account.zone


class InvoiceLine(models.Model):
    """How much of a charge an invoice collects; negative where a credit, or another plan, took it off again. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    entry = models.ForeignKey(LedgerEntry, on_delete=models.CASCADE, related_name="lines")
    amount = models.DecimalField(max_digits=15, decimal_places=2)

    class Meta:
        ordering = ("id",)
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="invoice_line_not_nothing")]

    def __str__(self) -> str:
        return f"{self.amount} of {self.entry_id}"


class Method(models.TextChoices):
    """How money came."""

    CARD = "card", "Card"
    BANK_TRANSFER = "bank_transfer", "Bank transfer"
    DIRECT_DEBIT = "direct_debit", "Direct debit"
    CHECK = "check", "Check"
    CASH = "cash", "Cash"


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, user: User) -> "PaymentQuerySet":
        """As the accounts that they belong to."""
        return self if user.has_perm("billing.view_payment") else self.filter(account__policy__customer__user=user)


class Payment(DomainModel):
    """Money that came in. Its entry is its booking; `refunded_amount` and `reversed_at` sum up the entries that refer to that one."""

    account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="payments")
    entry = models.OneToOneField(LedgerEntry, on_delete=models.PROTECT, related_name="payment")
    amount = models.DecimalField(max_digits=12, decimal_places=2, validators=[POSITIVE])
    method = models.CharField(max_length=20, choices=Method)
    reference = models.CharField(max_length=100, blank=True)
    received_at = models.DateTimeField()
    # Whoever sends the same key again gets this payment again.
    key = models.CharField(max_length=255, null=True, blank=True, unique=True, editable=False)  # many have none
    refunded_amount = models.DecimalField(max_digits=15, decimal_places=2, default=ZERO, editable=False)
    reversed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ("received_at", "id")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="billing_payment_is_positive"),
            models.CheckConstraint(condition=Q(method__in=Method.values), name="billing_payment_method_known"),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0, refunded_amount__lte=F("amount")), name="billing_refunds_within_payment"
            ),
        ]
        indexes = [models.Index(fields=["account", "created_at", "id"], name="billing_payment_of_account")]

    def __str__(self) -> str:
        return f"{self.amount} on {self.received_at:%Y-%m-%d}"


class GracePeriod(DomainModel):
    """How long cover goes on unpaid: notice so many days after an instalment was due, lapse so many days after the notice."""

    policy_type = models.CharField(max_length=50, blank=True, help_text="Empty: every type that has no row of its own.")
    notice_after_days = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(LONGEST_GRACE)])
    grace_days = models.PositiveSmallIntegerField(default=30, validators=[MaxValueValidator(LONGEST_GRACE)])

    class Meta:
        ordering = ("policy_type",)
        constraints = [
            models.UniqueConstraint(Lower("policy_type"), name="one_grace_period_a_type"),
            models.CheckConstraint(
                condition=Q(grace_days__lte=LONGEST_GRACE, notice_after_days__lte=LONGEST_GRACE), name="grace_within_a_year"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_type or 'any type'}: {self.grace_days} days"


class Notice(DomainModel):
    """Told that cover ends at `lapses_at` unless the invoice is paid.

    It ends by the payment, or (`lapsed_at`) by the lapse or by a cancellation from before it.
    """

    account = models.ForeignKey(BillingAccount, on_delete=models.CASCADE, related_name="notices")
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="notices")
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    given_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    lapsed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("given_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(paid_at=None, lapsed_at=None), name="one_live_notice_an_account"),
            models.CheckConstraint(condition=Q(lapses_at__gte=F("given_at"), amount__gt=0), name="notice_before_the_lapse"),
            models.CheckConstraint(condition=Q(paid_at=None) | Q(lapsed_at=None), name="notice_ends_once"),
        ]
        indexes = [models.Index(fields=["lapses_at", "id"], condition=Q(paid_at=None, lapsed_at=None), name="notice_live_by_lapse")]

    def __str__(self) -> str:
        return f"notice of {self.given_at:%Y-%m-%d}"

    def is_run_out_at(self, moment: datetime.datetime) -> bool:
        return self.paid_at is None and self.lapsed_at is None and self.lapses_at <= moment


class ProviderEvent(DomainModel):
    """What a payment provider told us, once: stored with its effect, so that a second delivery finds it. No body is kept."""

    class Outcome(models.TextChoices):
        BOOKED = "booked", "Booked"
        UNALLOCATED = "unallocated", "Not allocated"
        IGNORED = "ignored", "Of no concern"

    provider = models.CharField(max_length=30)
    event_id = models.CharField(max_length=200)
    body_digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=50)
    outcome = models.CharField(max_length=20, choices=Outcome)
    why = models.CharField(max_length=200, blank=True)
    amount = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True)
    reference = models.CharField(max_length=100, blank=True)
    said_at = models.DateTimeField()
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="events")

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once"),
            models.CheckConstraint(
                condition=Q(outcome="booked", payment__isnull=False) | ~Q(outcome="booked"), name="booked_event_has_payment"
            ),
        ]
        indexes = [models.Index(fields=["created_at", "id"], condition=Q(outcome="unallocated"), name="provider_event_unallocated")]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"
