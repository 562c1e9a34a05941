"""The ledger of a claim: by coverage and cost type what is set aside, what was paid and what came back. Only ever added to.

An entry says by how much each of the three moves. A payment is paid and, as far as something was set aside for it, lowers that. So

    incurred = paid + outstanding − recovered

holds for every sum of entries: incurred is never stored, and neither is a balance.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone

from claims.models.claim import Claim
from claims.models.payments import ClaimPayment, CostType
from vanguard.ids import new_id
from vanguard.money import ZERO, to_cents

__all__ = ["Balance", "CostType", "EntryKind", "LedgerEntry", "RecoverySource"]


class EntryKind(models.TextChoices):
    """Why the money moved."""

    RESERVE = "reserve", "Reserve change"
    PAYMENT = "payment", "Payment"
    PAYMENT_REVERSAL = "payment_reversal", "Payment reversed"
    RECOVERY = "recovery", "Recovery"
    RECOVERY_REVERSAL = "recovery_reversal", "Recovery reversed"


class RecoverySource(models.TextChoices):
    """From whom money comes back."""

    SALVAGE = "salvage", "Salvage"
    SUBROGATION = "subrogation", "Subrogation"
    DEDUCTIBLE = "deductible", "Deductible"


@dataclass(frozen=True, slots=True)
class Balance:
    """The sums of some entries."""

    outstanding: Decimal = ZERO
    paid: Decimal = ZERO
    recovered: Decimal = ZERO

    @property
    def incurred(self) -> Decimal:
        return self.paid + self.outstanding - self.recovered


class LedgerQuerySet(models.QuerySet["LedgerEntry"]):
    def balance(self) -> Balance:
        """What the entries come to, to the cent (SQLite adds in binary)."""
        sums = self.order_by().aggregate(Sum("outstanding"), Sum("paid"), Sum("recovered"))
        return Balance(*(to_cents(sums[f"{name}__sum"] or ZERO) for name in ("outstanding", "paid", "recovered")))

    def lines(self) -> dict[tuple[str, str], Balance]:
        """The balance of each (coverage, cost type) in which something was booked."""
        rows = self.order_by("coverage", "cost_type").values_list("coverage", "cost_type")
        found = rows.annotate(Sum("outstanding"), Sum("paid"), Sum("recovered"))
        return {(coverage, cost): Balance(*map(to_cents, sums)) for coverage, cost, *sums in found}


_FITS = {
    "reserve": ~Q(outstanding=0) & Q(paid=0, recovered=0, payment=None, refers_to=None, source=""),
    "payment": Q(paid__gt=0, outstanding__lte=0, recovered=0, payment__isnull=False, refers_to=None, source=""),
    "payment_reversal": Q(paid__lt=0, outstanding__gte=0, recovered=0, payment__isnull=False, refers_to__isnull=False, source=""),
    "recovery": Q(recovered__gt=0, outstanding=0, paid=0, payment=None, refers_to=None) & ~Q(source=""),
    "recovery_reversal": Q(recovered__lt=0, outstanding=0, paid=0, payment=None, refers_to__isnull=False) & ~Q(source=""),
}


def _kind_fits() -> Q:
    fits = Q()
    for kind, condition in _FITS.items():
        fits |= Q(kind=kind) & condition
    return fits


class LedgerEntry(models.Model):
    """One movement. Never changed and never deleted (claims.append_only); what was wrong is reversed by another entry."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="entries")
    coverage = models.CharField(max_length=40, blank=True)
    cost_type = models.CharField(max_length=20, choices=CostType)
    kind = models.CharField(max_length=20, choices=EntryKind)
    source = models.CharField(max_length=20, choices=RecoverySource, blank=True)
    outstanding = models.DecimalField(max_digits=15, decimal_places=2, default=ZERO)
    paid = models.DecimalField(max_digits=15, decimal_places=2, default=ZERO)
    recovered = models.DecimalField(max_digits=15, decimal_places=2, default=ZERO)
    payment = models.OneToOneField(ClaimPayment, null=True, on_delete=models.PROTECT, related_name="entry")
    refers_to = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversal")
    effective_at = models.DateTimeField()
    booked_at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, max_length=1000)
    correlation_id = models.CharField(max_length=64, blank=True)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        ordering = ("booked_at", "id")
        verbose_name_plural = "ledger entries"
        constraints = [
            models.CheckConstraint(condition=Q(cost_type__in=CostType.values), name="claim_entry_cost_known"),
            models.CheckConstraint(condition=_kind_fits(), name="claim_entry_fits_its_kind"),
        ]
        indexes = [
            models.Index(fields=["claim", "booked_at", "id"], name="claim_entry_of_claim"),
            models.Index(fields=["effective_at"], name="claim_entry_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.effective_at:%Y-%m-%d}"

    @property
    def amount(self) -> Decimal:
        """By how much the entry moves what it is about."""
        return {"reserve": self.outstanding, "payment": self.paid, "payment_reversal": self.paid}.get(self.kind, self.recovered)
