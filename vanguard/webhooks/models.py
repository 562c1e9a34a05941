"""Who is told of what, what there was to tell, and how each delivery went."""

import datetime
import json

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from vanguard.encryption.fields import EncryptedTextField
from vanguard.ids import new_id
from vanguard.models import DomainModel

PING = "ping"


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def on(self) -> "EndpointQuerySet":
        return self.filter(off="")


class Endpoint(DomainModel):
    """A partner's address. `told_after` is the last recorded change before it was switched on: of earlier ones it hears nothing.

    After a rotation the earlier secret signs beside the new one until `earlier_until`.
    """

    class Off(models.TextChoices):
        BY_HAND = "by_hand", "Switched off"
        FAILING = "failing", "Switched off: nothing arrived for days"
        GONE = "gone", "Switched off: the receiver answered 410 Gone"

    name = models.CharField(max_length=100)
    url = EncryptedTextField()
    event_types = models.JSONField(default=list)
    off = models.CharField(max_length=20, choices=Off, blank=True)
    off_since = models.DateTimeField(null=True)
    secret = EncryptedTextField()
    earlier_secret = EncryptedTextField(default="")
    earlier_until = models.DateTimeField(null=True)
    told_after = models.BigIntegerField(default=0)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(off="", off_since=None) | ~Q(off="") & Q(off_since__isnull=False), name="webhook_off_has_a_time"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_on(self) -> bool:
        return not self.off

    @property
    def secrets(self) -> list[str]:
        """Those that count now, the newest first."""
        earlier = self.earlier_secret and self.earlier_until is not None and self.earlier_until > timezone.now()
        return [self.secret, self.earlier_secret] if earlier else [self.secret]


class Health(models.Model):
    """How an endpoint is doing. After failures in a row it is left alone until `resting_until`."""

    endpoint = models.OneToOneField(Endpoint, primary_key=True, on_delete=models.CASCADE, related_name="health")
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    resting_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "healths"

    def __str__(self) -> str:
        return f"{self.failures} failures in a row"


class Event(models.Model):
    """Something that happened to a record, as it is told: `body` is what is sent, byte for byte, each time and to everybody.

    The id follows from the row that tells of it, so the same event has the same id however often it is found.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    type = models.CharField(max_length=60)
    subject = models.UUIDField()
    created_at = models.DateTimeField(db_index=True)
    body = models.TextField()

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"

    @property
    def number(self) -> str:
        """The number of the record that it is about, where it has one."""
        told = json.loads(self.body)["data"].items()
        return next((str(value) for name, value in told if name.endswith("Number") and value), "")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime.datetime) -> "DeliveryQuerySet":
        """What can be sent now: nobody has it in hand, and of its record nothing earlier waits for the same endpoint."""
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
        earlier = waiting.filter(endpoint=OuterRef("endpoint"), subject=OuterRef("subject"), id__lt=OuterRef("id"))
        return self.filter(free, state=Delivery.State.WAITING, next_at__lte=now).exclude(Exists(earlier)).order_by("id")


class Delivery(models.Model):
    """An event on its way to an endpoint, in the order of the ids. `begun_at`: the time for retries is counted from here."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        GIVEN_UP = "given_up", "Given up"

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    subject = models.UUIDField()
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    # What came back the last time: HTTP's status, or why there is none.
    status = models.PositiveSmallIntegerField(null=True)
    trouble = models.CharField(max_length=200, blank=True)
    answer = EncryptedTextField(default="")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["endpoint", "event"], name="webhook_event_once_an_endpoint")]
        indexes = [
            models.Index(fields=["endpoint", "next_at"], condition=Q(state="waiting"), name="webhook_waiting"),
            models.Index(fields=["endpoint", "subject", "id"], condition=Q(state="waiting"), name="webhook_waiting_of_record"),
            models.Index(fields=["endpoint", "-id"], name="webhook_newest"),
            models.Index(fields=["tried_at"], condition=Q(state="given_up"), name="webhook_given_up"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}"


class Cursor(models.Model):
    """How far the recorded changes were looked through: all below (`transaction`, `record`) were. One row.

    `floor`: after a dump was restored elsewhere, where transactions are counted anew, only records above it are new.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    transaction = models.BigIntegerField(default=0)
    record = models.BigIntegerField(default=0)
    highest = models.BigIntegerField(default=0)
    floor = models.BigIntegerField(default=0)
    looked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="webhook_cursor_is_one")]

    def __str__(self) -> str:
        return f"{self.transaction}/{self.record}"
