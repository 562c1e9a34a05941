"""Payments on a claim: asked for, approved, sent out, cleared; or stopped, or voided. What was approved is never edited."""

import hashlib
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone

from claims.bank import BankAccount
from claims.models.claim import Claim, ClaimTransition
from customers.models import MASK
from vanguard.encryption.fields import OwnedTextField
from vanguard.encryption.owned import KeyIsGone, OwnKey
from vanguard.ids import new_id
from vanguard.money import ZERO, to_cents


class CostType(models.TextChoices):
    """The loss itself, or what it costs to adjust it."""

    INDEMNITY = "indemnity", "Indemnity"
    EXPENSE = "expense", "Expense"


class PaymentStatus(models.TextChoices):
    """Where a payment is. `reversal` is the counter-row of one that was stopped or voided after it had gone out."""

    REQUESTED = "requested", "Waits for approval"
    APPROVED = "approved", "Approved"
    ISSUED = "issued", "Issued"
    CLEARED = "cleared", "Cleared"
    STOPPED = "stopped", "Stopped"
    VOIDED = "voided", "Voided"
    REVERSAL = "reversal", "Reversed"


IN_FLIGHT = (PaymentStatus.REQUESTED, PaymentStatus.APPROVED, PaymentStatus.ISSUED)
COMMITTED = (*IN_FLIGHT, PaymentStatus.CLEARED)
OUT = (PaymentStatus.ISSUED, PaymentStatus.CLEARED)
NOT_YET_OUT = (PaymentStatus.REQUESTED, PaymentStatus.APPROVED)


class ClaimPaymentQuerySet(models.QuerySet["ClaimPayment"]):
    def made(self) -> "ClaimPaymentQuerySet":
        """Money that left us, and the counter-rows of what came back: their sum is what was paid."""
        return self.filter(paid_at__isnull=False)

    def committed(self, cost_type: str) -> Decimal:
        """What is paid or on its way of one type of cost."""
        rows = self.order_by().filter(cost_type=cost_type, status__in=COMMITTED)
        return to_cents(rows.aggregate(sum=Sum("amount"))["sum"] or ZERO)

    def in_flight(self) -> "ClaimPaymentQuerySet":
        """Asked for and neither cleared nor taken back."""
        return self.filter(status__in=IN_FLIGHT)


class ClaimPayment(models.Model):
    """One payment. `paid_at` is when the money left us; none has left before. A row without people is from a book taken over.

    Amount, payee, account and coverage stay as they were asked for (claims.append_only): what is wrong is stopped, or voided by a
    counter-row, and asked for anew. `seal` is the digest of what was approved.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="payments")
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    paid_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    status = models.CharField(max_length=20, choices=PaymentStatus, default=PaymentStatus.CLEARED)
    coverage = models.CharField(max_length=40, blank=True)
    cost_type = models.CharField(max_length=20, choices=CostType, default=CostType.INDEMNITY)
    payee = models.CharField(max_length=200, blank=True)
    # The payee's, as claims.bank writes it, under the key of the insured; these three are null where none was given.
    account = OwnedTextField(null=True, blank=True, editable=False)
    # By which it is found without being read; emptied when the insured is erased.
    account_digest = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001  # see docs/decisions/0176
    # By which the seal holds it: unlike the other one it never changes. Null as well where no account was given.
    account_mark = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001  # see docs/decisions/0176
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    basis = models.CharField(max_length=20, choices=ClaimTransition.Basis, blank=True)
    waits_for = models.CharField(max_length=200, blank=True, help_text="Why a second person is asked.")
    seal = models.CharField(max_length=64, blank=True)
    # Never asked for by the proof, so an index would only be written.
    proof = models.ForeignKey(
        "claims.SettlementProof",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="The sum on which what is paid was approved; none for expenses, nor before it was kept.",
    )
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")

    objects = ClaimPaymentQuerySet.as_manager()

    class Meta:
        ordering = ("paid_at", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, reverses=None) & ~Q(status="reversal")
                | Q(amount__lt=0, reverses__isnull=False, status="reversal", paid_at__isnull=False),
                name="payment_is_positive_or_reverses",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["requested", "approved"], paid_at=None)
                | Q(status__in=["issued", "cleared", "voided", "reversal"], paid_at__isnull=False)
                | Q(status="stopped"),
                name="payment_out_when_issued",
            ),
            models.CheckConstraint(
                condition=~Q(basis="second_person") | ~Q(requested_by=F("approved_by")), name="payment_second_person_is_not_the_maker"
            ),
            models.CheckConstraint(
                condition=Q(status="requested", seal="") | ~Q(status__in=["requested", "approved"]) | Q(status="approved") & ~Q(seal=""),
                name="payment_approved_under_a_seal",
            ),
        ]
        indexes = [
            models.Index(fields=["paid_at"], name="payment_by_date"),
            models.Index(
                fields=["created_at", "id"], condition=Q(status__in=["requested", "approved", "issued"]), name="payment_in_flight"
            ),
            models.Index(fields=["account_digest"], condition=Q(account_digest__isnull=False), name="payment_by_account"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} on {self.paid_at:%Y-%m-%d}" if self.paid_at else f"{self.amount}, {self.status}"

    def digest(self) -> str:
        """Of exactly what is approved: the claim, the amount, the payee, the coverage, the type of cost, and the account if any."""
        parts = [str(self.claim_id), f"{self.amount:.2f}", self.payee, self.coverage, self.cost_type]
        if self.account_mark:
            parts.append(self.account_mark)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

    def own_key(self) -> OwnKey:
        """The insured's, whoever is paid: the account goes when what else is known of the claim's people goes."""
        return self.claim.policy.customer.own_key()

    @property
    def masked_account(self) -> str:
        """The last four digits; nothing where no account was given, and the mask alone once it was erased."""
        try:
            return BankAccount.stored(self.account).masked if self.account else ""
        except KeyIsGone:
            return MASK
