"""The policy: its terms as they stand now, and a row for each change of its state."""

import datetime
from decimal import Decimal
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from customers.models import Customer
from vanguard.accounts.models import User
from vanguard.models import DomainModel, Transition

NOT_NEGATIVE = MinValueValidator(Decimal("0.00"), "Enter 0.00 or more.")


def status_at(stored: str, end_date: datetime.datetime, moment: datetime.datetime) -> str:
    """The status at `moment`: an active policy expires at its end by itself, whether or not anything has written that down yet."""
    return "expired" if stored == "active" and end_date <= moment else stored


class PolicyQuerySet(models.QuerySet["Policy"]):
    def visible_to(self, user: User) -> "PolicyQuerySet":
        """All policies for who may view them at large; for a policyholder the own ones; nothing for others."""
        return self if user.has_perm("policies.view_policy") else self.filter(customer__user=user)

    def in_force_at(self, moment: datetime.datetime) -> "PolicyQuerySet":
        """In force at t ⇔ start ≤ t < end, and not cancelled at or before t. What `status` says is not asked: it may lag behind."""
        return self.filter(Q(cancelled_at=None) | Q(cancelled_at__gt=moment), start_date__lte=moment, end_date__gt=moment)

    def with_status(self, status: str, moment: datetime.datetime) -> "PolicyQuerySet":
        """Those whose status is `status` at `moment`, as status_at has it."""
        over = Q(status="active", end_date__lte=moment)
        match status:
            case "active":
                return self.filter(status="active", end_date__gt=moment)
            case "expired":
                return self.filter(Q(status="expired") | over)
            case _:
                return self.filter(status=status)


class Policy(DomainModel):
    """Covers the half-open period from `start_date` to `end_date`; amounts in the one currency, to the cent."""

    is_counted: ClassVar[bool] = True

    class Status(models.TextChoices):
        ACTIVE = "active"
        EXPIRED = "expired"
        CANCELLED = "cancelled"

    class CancellationReason(models.TextChoices):
        INSURED_REQUEST = "insured_request", "Insured's request"
        NON_PAYMENT = "non_payment", "Non-payment"
        UNDERWRITING = "underwriting", "Underwriting"
        FLAT = "flat", "Flat, from inception"
        REWRITTEN = "rewritten", "Rewritten"

    policy_number = models.CharField(max_length=50, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="policies")
    policy_type = models.CharField(max_length=50)
    premium_amount = models.DecimalField(max_digits=10, decimal_places=2, validators=[NOT_NEGATIVE])
    coverage_amount = models.DecimalField(max_digits=15, decimal_places=2, validators=[NOT_NEGATIVE])
    deductible_amount = models.DecimalField(max_digits=15, decimal_places=2, default=Decimal("0.00"), validators=[NOT_NEGATIVE])
    start_date = models.DateTimeField()
    end_date = models.DateTimeField()
    status = models.CharField(max_length=20, choices=Status, default=Status.ACTIVE)
    cancelled_at = models.DateTimeField("cancelled from", null=True, blank=True)
    cancellation_reason = models.CharField(max_length=20, choices=CancellationReason, blank=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name_plural = "policies"
        permissions = [("cancel_policy", "Can cancel a policy")]
        constraints = [
            models.CheckConstraint(condition=Q(start_date__lt=F("end_date")), name="policy_starts_before_it_ends"),
            models.CheckConstraint(
                condition=Q(premium_amount__gte=0, coverage_amount__gte=0, deductible_amount__gte=0), name="policy_amounts_not_negative"
            ),
            models.CheckConstraint(condition=Q(status__in=["active", "expired", "cancelled"]), name="policy_status_known"),
            models.CheckConstraint(
                condition=Q(status="cancelled", cancelled_at__isnull=False) & ~Q(cancellation_reason="")
                | ~Q(status="cancelled") & Q(cancelled_at=None, cancellation_reason=""),
                name="policy_cancelled_from_when_and_why",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at", "id"], name="policy_by_creation"),
            models.Index(fields=["status", "created_at", "id"], name="policy_by_status"),
            models.Index(fields=["status", "end_date"], name="policy_by_status_and_end"),
            models.Index(fields=["policy_type", "created_at", "id"], name="policy_by_type"),
            models.Index(fields=["start_date", "id"], name="policy_by_start"),
            models.Index(fields=["end_date", "id"], name="policy_by_end"),
            models.Index(fields=["premium_amount", "id"], name="policy_by_premium"),
        ]

    def __str__(self) -> str:
        return self.policy_number

    def is_in_force_at(self, moment: datetime.datetime) -> bool:
        """The same rule as PolicyQuerySet.in_force_at, for a policy at hand."""
        return self.start_date <= moment < self.end_date and (self.cancelled_at is None or moment < self.cancelled_at)

    @property
    def current_status(self) -> str:
        return status_at(self.status, self.end_date, timezone.now())

    @property
    def is_in_force(self) -> bool:
        return self.is_in_force_at(timezone.now())


class PolicyTransition(Transition):
    """What happened to the policy: booked, changed, cancelled."""

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="transitions")

    class Meta(Transition.Meta):
        indexes = [models.Index(fields=["policy", "at"], name="policy_history")]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.command}"
