"""What `/metrics` tells of the audit chain."""

from django.db.models import Max
from django.utils import timezone

from vanguard.observability.asked import Figure, Values, add_figure
from vanguard.trail.models import AuditLink, AuditRecord, AuditRecordQuerySet, Verification

# Beyond so many it is late, however many more there are.
MOST = 10_000


def unsealed() -> Values:
    yield (), _waiting()[:MOST].count()


def oldest_unsealed() -> Values:
    """In seconds; 0 where nothing waits."""
    at = _waiting().values_list("at", flat=True).first()
    yield (), (timezone.now() - at).total_seconds() if at else 0.0


def last_verified() -> Values:
    """Nothing where the chain never was."""
    if (look := Verification.objects.first()) is not None:
        yield (), look.at.timestamp()


def faults() -> Values:
    if (look := Verification.objects.first()) is not None:
        yield (), look.faults


def _waiting() -> AuditRecordQuerySet:
    sealed = AuditLink.objects.aggregate(last=Max("record_id"))["last"] or 0
    return AuditRecord.objects.filter(pk__gt=sealed).order_by("pk")


add_figure(Figure("vanguard_audit_unsealed_records", f"Recorded changes that are not in the chain yet, up to {MOST:,}.", unsealed))
add_figure(Figure("vanguard_audit_oldest_unsealed_seconds", "Age of the oldest recorded change that is not in the chain.", oldest_unsealed))
add_figure(Figure("vanguard_audit_verified_timestamp_seconds", "When the chain was last verified.", last_verified))
add_figure(Figure("vanguard_audit_faults", "Faults that the last verification of the chain found.", faults))
