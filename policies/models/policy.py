"""The policy: its terms as they stand now, and a row for each change of its state."""

import datetime
from decimal import Decimal
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from customers.models import Customer
from policies.models import versions
from policies.models.values import restored_covers
from policies.models.versions import PolicySegment
from policies.products.models import ProductVersion
from policies.terms import OwnCover
from vanguard.accounts.models import User
from vanguard.accounts.permissions import sees_only_own
from vanguard.accounts.zones import check_zone
from vanguard.models import DomainModel, Transition

NOT_NEGATIVE = MinValueValidator(Decimal("0.00"), "Enter 0.00 or more.")


def status_at(stored: str, end_date: datetime.datetime, moment: datetime.datetime, lapses_at: datetime.datetime | None = None) -> str:
    """The status at `moment`: an active policy expires at its end by itself, and is cancelled when its grace runs out unpaid
    (`lapses_at`), whether or not anything has written that down yet."""
    if lapses_at is not None and lapses_at <= moment and lapses_at < end_date:
        return "cancelled"
    return "expired" if stored == "active" and end_date <= moment else stored


def lapsed(moment: datetime.datetime) -> Q:
    """Whose grace has run out unpaid by `moment`, within the term, and whose cancellation is not booked yet."""
    return Q(lapses_at__lte=moment, lapses_at__lt=F("end_date"))


def in_force(moment: datetime.datetime) -> Q:
    """In force at t ⇔ start ≤ t < end and no cancelled stretch covers t, nor the time after a grace that has run out unpaid. What
    `status` says is not asked: it may lag behind."""
    term = Q(start_date__lte=moment, end_date__gt=moment) & (Q(cancelled_at=None) | Q(cancelled_at__gt=moment))
    # Of a moment to come nobody knows yet whether the premium is paid in time.
    term &= Q(lapses_at=None) | Q(lapses_at__gt=min(moment, timezone.now()))
    gap = PolicySegment.objects.filter(
        version__policy=OuterRef("pk"),
        version__number=OuterRef("booked_versions"),
        in_force=False,
        starts_at__lte=moment,
        ends_at__gt=moment,
    )
    # A policy that was booked once has no gap; and no policy is looked up that the row itself tells about.
    return term & (Q(booked_versions=1) | ~Q(Exists(gap)))


class PolicyQuerySet(models.QuerySet["Policy"]):
    def visible_to(self, user: User) -> "PolicyQuerySet":
        """All policies for who may view them at large; for a policyholder the own ones; nothing for others."""
        return self.filter(customer__user=user) if sees_only_own(user, self.model) else self

    def in_force_at(self, moment: datetime.datetime) -> "PolicyQuerySet":
        """Those that cover `moment`, as in_force has it."""
        return self.filter(in_force(moment))

    def with_status(self, status: str, moment: datetime.datetime) -> "PolicyQuerySet":
        """Those whose status is `status` at `moment`, as status_at has it."""
        over = Q(status="active", end_date__lte=moment)
        match status:
            case "active":
                return self.filter(Q(lapses_at=None) | Q(lapses_at__gt=moment), status="active", end_date__gt=moment)
            case "expired":
                return self.filter(Q(status="expired") | over).exclude(lapsed(moment))
            case "cancelled":
                return self.filter(Q(status="cancelled") | lapsed(moment))
            case _:
                return self.filter(status=status)


class Policy(DomainModel):
    """Covers the half-open period from `start_date` to `end_date`; amounts in the one currency, to the cent.

    The terms are those that hold now; what held when, and as known when, is in its versions. `booked_versions` is the number of
    the last one. `next_change_at` is the moment from which other terms hold that are booked already. `covers` are the coverages that
    have a limit and a deductible of their own; all others, and the principal one, are under the policy's. `lapses_at` is when the
    cover ends unless what was given notice of is paid; empty while no notice stands. Where the term that it renews lapses before its
    end, it is that instant, from which on nothing of the renewal is covered (policies.billing sets both).
    """

    is_counted: ClassVar[bool] = True

    class Status(models.TextChoices):
        ACTIVE = "active"
        EXPIRED = "expired"
        CANCELLED = "cancelled"

    CancellationReason = versions.CancellationReason

    policy_number = models.CharField(max_length=50, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="policies")
    policy_type = models.CharField(max_length=50)
    product_version = models.ForeignKey(
        ProductVersion,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="policies",
        help_text="On which it was issued; empty where no product answers to its type.",
    )
    premium_amount = models.DecimalField(max_digits=10, decimal_places=2, validators=[NOT_NEGATIVE])
    coverage_amount = models.DecimalField(max_digits=15, decimal_places=2, validators=[NOT_NEGATIVE])
    deductible_amount = models.DecimalField(max_digits=15, decimal_places=2, default=Decimal("0.00"), validators=[NOT_NEGATIVE])
    covers = models.JSONField(null=True, editable=False)
    start_date = models.DateTimeField()
    end_date = models.DateTimeField()
    status = models.CharField(max_length=20, choices=Status, default=Status.ACTIVE)
    cancelled_at = models.DateTimeField("cancelled from", null=True, blank=True)
    cancellation_reason = models.CharField(max_length=20, choices=CancellationReason, blank=True)
    lapses_at = models.DateTimeField(null=True, editable=False)
    time_zone = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        validators=[check_zone],
        help_text="By whose wall clock its days begin; empty for the platform's.",
    )
    renews = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="renewal")
    booked_versions = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    next_change_at = models.DateTimeField(null=True, editable=False)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name_plural = "policies"
        permissions = [
            ("cancel_policy", "Can cancel a policy"),
            ("endorse_policy", "Can endorse a policy"),
            ("reinstate_policy", "Can reinstate a policy"),
            ("renew_policy", "Can renew a policy"),
        ]
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
            models.Index(fields=["status", "-id", "policy_type"], name="policy_sorted_by_status"),
            models.Index(fields=["status", "id"], name="policy_sorted_by_status_down"),
            models.Index(fields=["policy_type", "-id"], name="policy_sorted_by_type"),
            models.Index(fields=["policy_type", "id"], name="policy_sorted_by_type_down"),
            models.Index(fields=["coverage_amount", "id"], name="policy_by_limit"),
            # All that decides whether a policy is in force, and what its status is by now.
            models.Index(fields=["end_date", "id", "start_date", "cancelled_at", "lapses_at", "status"], name="policy_by_end_and_lapse"),
            models.Index(fields=["premium_amount", "id"], name="policy_by_premium"),
            models.Index(fields=["next_change_at"], condition=Q(next_change_at__isnull=False), name="policy_by_next_change"),
            models.Index(fields=["lapses_at"], condition=Q(lapses_at__isnull=False), name="policy_by_lapse"),
        ]

    def __str__(self) -> str:
        return self.policy_number

    def is_in_force_at(self, moment: datetime.datetime) -> bool:
        """The same rule as `in_force`, for a policy at hand. A query where more than its first version is booked."""
        told = self.start_date <= moment < self.end_date and (self.cancelled_at is None or moment < self.cancelled_at)
        told = told and self.lapsed_from() > moment
        return told and (self.booked_versions == 1 or type(self).objects.filter(in_force(moment), pk=self.pk).exists())

    def lapsed_from(self, known_at: datetime.datetime | None = None) -> datetime.datetime:
        """From when there is no cover because a grace had run out unpaid by `known_at` (now, unless given); else the end of the term."""
        ran_out = self.lapses_at is not None and self.lapses_at <= (known_at or timezone.now())
        return self.lapses_at if ran_out and self.lapses_at is not None else self.end_date

    @property
    def lapses_with_prior(self) -> bool:
        """Whether it is the notice on the term that it renews which ends its cover: that is before it begins."""
        return self.renews_id is not None and self.lapses_at is not None and self.lapses_at < self.start_date

    @property
    def own_covers(self) -> dict[str, OwnCover]:
        """`covers`, in amounts to reckon with."""
        return restored_covers(self.covers)

    @property
    def current_status(self) -> str:
        return status_at(self.status, self.end_date, timezone.now(), self.lapses_at)

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
