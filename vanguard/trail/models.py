"""The trail's tables. The database makes and keeps the first four (vanguard.recording): nobody changes a record or a link."""

from django.db import models
from django.utils import timezone


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

    class Meta:
        managed = False
        db_table = "audit_record"
        ordering = ("-id",)
        verbose_name = "recorded change"

    def __str__(self) -> str:
        return f"{self.operation} of {self.table_name} {self.row_id}"


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
