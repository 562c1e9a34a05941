"""What every domain model shares, and the platform's own tables."""

import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from vanguard.encryption.fields import EncryptedTextField
from vanguard.ids import new_id

# The least by which a later change is later: what PostgreSQL and SQLite tell apart.
TICK = datetime.timedelta(microseconds=1)


class DomainModel(models.Model):
    """A record with a key of its own, its times, and a version that goes up with every change (the API's ETag)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    # Whether a migration has the database count the rows (vanguard.counting.operations.CountRows), so that a total need not.
    is_counted: ClassVar[bool] = False

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Counts the version up on every save but the first, so that a change by hand makes open pages stale too."""
        if not self._state.adding:
            self.version += 1
            self.updated_at = self.next_moment()
            if (fields := kwargs.get("update_fields")) is not None:
                kwargs["update_fields"] = {*fields, "version", "updated_at"}
        super().save(*args, **kwargs)

    def next_moment(self) -> datetime.datetime:
        """The time of the next change: now, or just after the last one where that was made by a node whose clock is ahead.

        So the history of a record is in the order in which it happened, whatever the clocks of the nodes say.
        """
        return max(timezone.now(), self.updated_at + TICK)


class Transition(models.Model):
    """A row per change of state: who, when (the change's own `updated_at`), from what to what, and why. Written once, never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    command = models.CharField(max_length=30)
    from_status = models.CharField(max_length=20, blank=True)
    to_status = models.CharField(max_length=20)
    reason = models.TextField(blank=True)
    correlation_id = models.CharField(max_length=64, blank=True)

    class Meta:
        abstract = True
        ordering = ("at", "id")


class NumberSeries(models.Model):
    """The last readable number given out in a series, such as POL-2026, where it does not come from a sequence (vanguard.numbers)."""

    name = models.CharField(max_length=40, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "number series"

    def __str__(self) -> str:
        return f"{self.name}-{self.last:06d}"


class IdempotencyKey(models.Model):
    """The first answer to a request that carried an Idempotency-Key, committed with its effect and kept for 24 hours."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=255)
    key = models.CharField(max_length=255)
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = EncryptedTextField(default="")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "method", "path", "key"], name="idempotency_key_once"),
            models.CheckConstraint(condition=Q(status=0) | Q(status__gte=200), name="idempotency_status_is_http"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
