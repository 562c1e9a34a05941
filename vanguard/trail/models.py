"""The trail's tables. The database makes and keeps the first four (vanguard.recording): nobody changes a record or a link."""

import datetime
from typing import Any, Self
from uuid import UUID

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from vanguard.accounts.models import User


class AuditRecordQuerySet(models.QuerySet["AuditRecord"]):
    """What was recorded, for who may see it."""

    def visible_to(self, user: User) -> Self:
        """All of it for who may read the trail; nothing for others, also of their own records."""
        return self if user.has_perm("trail.view_auditrecord") else self.none()

    def chained(self) -> Self:
        """With each record's place in the chain and its digest there; null until it is sealed."""
        link = AuditLink.objects.filter(record_id=OuterRef("pk"))
        return self.annotate(sequence=Subquery(link.values("sequence")), digest=Subquery(link.values("digest")))

    def of_rows(self, *keys: object) -> Self:
        """Of some records, by their primary keys; SQLite writes them without dashes."""
        told = [str(key) for key in keys]
        return self.filter(row_id__in=[*told, *(key.replace("-", "") for key in told if "-" in key)])

    def by_actor(self, told: str) -> Self:
        """By a log-in: its id, or its e-mail address."""
        return self.filter(actor__in=[str(key) for key in User.objects.filter(email__iexact=told).values_list("pk", flat=True)] or [told])

    def on_days(self, first: datetime.date | None, last: datetime.date | None) -> Self:
        """From the beginning of one day to the end of another, in UTC."""
        condition = Q()
        if first:
            condition &= Q(at__gte=_start(first))
        if last:
            condition &= Q(at__lt=_start(last) + datetime.timedelta(days=1))
        return self.filter(condition)


def _start(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)


def plain_key(told: str) -> str:
    """A primary key as people and addresses write it."""
    try:
        return str(UUID(told)) if len(told) == 32 else told
    except ValueError:
        return told


class AuditRecord(models.Model):
    """One change of one row, as a trigger saw it. `old` and `new` hold what is different, by column; of a new or deleted row all."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    table_name = models.TextField()
    row_id = models.TextField()
    operation = models.TextField()
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    transaction = models.BigIntegerField()
    actor = models.TextField()
    correlation_id = models.TextField()
    address = models.TextField()

    objects = AuditRecordQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "audit_record"
        ordering = ("-id",)
        verbose_name = "recorded change"

    def __str__(self) -> str:
        return f"{self.operation} of {self.table_name} {self.row_id}"

    @property
    def key(self) -> str:
        """The row's primary key."""
        return plain_key(self.row_id)

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """Column, before, after: in the order of their names."""
        old, new = self.old or {}, self.new or {}
        return [(name, old.get(name), new.get(name)) for name in sorted({*old, *new})]


class AuditLink(models.Model):
    """A record's place in the chain. The digest is over the one before, the place, and the record."""

    sequence = models.BigIntegerField(primary_key=True)
    record_id = models.BigIntegerField(unique=True)
    digest = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_link"
        ordering = ("sequence",)

    def __str__(self) -> str:
        return str(self.sequence)


class AuditHead(models.Model):
    """The chain's end when some records were sealed, signed. All transactions below `sealed_before` are in the chain."""

    sequence = models.BigIntegerField(primary_key=True)
    digest = models.BinaryField()
    at = models.DateTimeField()
    sealed_before = models.BigIntegerField()
    signature = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_head"
        ordering = ("sequence",)

    def __str__(self) -> str:
        return str(self.sequence)


class AuditKey(models.Model):
    """The chain's key, encrypted as personal data is. Every row holds the same key; the newest under the key of now."""

    id = models.BigAutoField(primary_key=True)
    made_at = models.DateTimeField()
    wrapped = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_key"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"key of {self.made_at:%Y-%m-%d}"


class Verification(models.Model):
    """One look at the chain: from where to where, and how many faults there were."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)
    from_sequence = models.BigIntegerField()
    to_sequence = models.BigIntegerField()
    seconds = models.FloatField()
    faults = models.PositiveIntegerField()
    first_fault = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.faults} faults at {self.at}"
