"""What is asked about a customer's data: to hold it, to erase it, to hand it out, to look at it."""

import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from customers.models.customer import Customer
from vanguard.encryption.fields import OwnedTextField
from vanguard.encryption.owned import OwnKey
from vanguard.ids import new_id


class AboutCustomer(models.Model):
    """A row about one customer, whose words are under the customer's key and go with it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer: Any

    class Meta:
        abstract = True

    def own_key(self) -> OwnKey:
        """The customer's."""
        key: OwnKey = self.customer.own_key()
        return key


def _who() -> Any:
    return models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")


class LegalHold(AboutCustomer):
    """While one is on, nothing about the customer is erased: a court, an authority or a lawsuit wants it kept."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="holds")
    reason = OwnedTextField()
    set_by = _who()
    set_at = models.DateTimeField(default=timezone.now)
    lifted_reason = OwnedTextField(blank=True)
    lifted_by = _who()
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-set_at", "-id")
        constraints = [models.UniqueConstraint(fields=["customer"], condition=Q(lifted_at=None), name="legal_hold_once")]

    def __str__(self) -> str:
        return f"hold of {self.set_at:%Y-%m-%d}"


class Erasure(AboutCustomer):
    """A request to erase a customer's data: done, or waiting until `due_at`; without a date it waits for a claim to be closed.

    Rows stay: that, when and by whom is what remains of the person.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="erasures")
    reason = OwnedTextField()
    asked_by = _who()
    asked_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True)
    # Why it waits, in words without personal data.
    waits_for = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-asked_at", "-id")
        constraints = [models.UniqueConstraint(fields=["customer"], condition=Q(done_at=None), name="erasure_waits_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="erasure_by_due_date")]

    def __str__(self) -> str:
        return f"erasure asked for on {self.asked_at:%Y-%m-%d}"


class Reveal(AboutCustomer):
    """Somebody looked at personal data in plain: who, what, why. One row each time, never changed."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="reveals")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    fields = models.JSONField()
    reason = OwnedTextField()
    beyond_quota = models.BooleanField(default=False)
    break_glass = models.ForeignKey("BreakGlass", null=True, on_delete=models.PROTECT, related_name="reveals")

    class Meta:
        ordering = ("-at", "-id")
        indexes = [
            models.Index(fields=["actor", "at"], name="reveal_by_actor"),
            models.Index(fields=["customer", "at"], name="reveal_by_customer"),
        ]

    def __str__(self) -> str:
        return f"reveal of {self.at:%Y-%m-%d %H:%M}"


class BreakGlass(models.Model):
    """Access for an hour beyond what the role and the quota give, for a reason that cannot wait. Somebody else is told at once."""

    LASTS: ClassVar[datetime.timedelta] = datetime.timedelta(hours=1)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(max_length=2000)
    began_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ("-began_at", "-id")
        indexes = [models.Index(fields=["actor", "ends_at"], name="break_glass_by_actor")]

    def __str__(self) -> str:
        return f"break-glass access of {self.began_at:%Y-%m-%d %H:%M}"


class CustomerExport(AboutCustomer):
    """All that was held on a customer was handed out: to whom, when, in which form, and which bytes. No copy is kept."""

    class Form(models.TextChoices):
        JSON = "json", "JSON"
        PDF = "pdf", "PDF"

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="exports")
    form = models.CharField(max_length=4, choices=Form)
    asked_by = _who()
    asked_at = models.DateTimeField(default=timezone.now)
    reason = OwnedTextField(blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("-asked_at", "-id")
        constraints = [models.CheckConstraint(condition=Q(form__in=["json", "pdf"]), name="customer_export_form_known")]

    def __str__(self) -> str:
        return f"export of {self.asked_at:%Y-%m-%d %H:%M}"
