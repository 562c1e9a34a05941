"""Endorsements and reinstatements that wait for a second person."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from vanguard.ids import new_id


class EndorsementRequest(models.Model):
    """More cover from before a known loss, or from an earlier day: what was asked, the no-known-loss statement, and who decided.

    A correction holds from inception, so `effective_at` is where the term begins by it. A reinstatement has no terms: from `effective_at`
    on the policy is to be in force again.
    """

    class Kind(models.TextChoices):
        CORRECTION = "correction"
        ENDORSEMENT = "endorsement"
        REINSTATEMENT = "reinstatement"

    class Outcome(models.TextChoices):
        WAITING = "waiting"
        APPROVED = "approved"
        DECLINED = "declined"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    policy = models.ForeignKey("policies.Policy", on_delete=models.CASCADE, related_name="endorsement_requests")
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.ENDORSEMENT, db_default=Kind.ENDORSEMENT)
    effective_at = models.DateTimeField()
    terms = models.JSONField(default=dict, blank=True)
    factors = models.JSONField(default=dict, blank=True)
    keep = models.JSONField(default=dict, blank=True)
    reason = models.TextField(blank=True)
    statement = models.TextField()
    requested_at = models.DateTimeField(default=timezone.now)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=20, choices=Outcome, default=Outcome.WAITING)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-requested_at", "-id")
        permissions = [("approve_endorsement", "Can approve more cover from before a known loss")]
        constraints = [
            models.UniqueConstraint(fields=["policy"], condition=Q(outcome="waiting"), name="policy_one_endorsement_waits"),
            models.CheckConstraint(condition=Q(kind__in=["correction", "endorsement", "reinstatement"]), name="policy_request_kind_known"),
            models.CheckConstraint(condition=Q(outcome__in=["waiting", "approved", "declined"]), name="policy_request_outcome_known"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(requested_by=None) | ~Q(decided_by=F("requested_by")) | Q(outcome="declined"),
                name="policy_request_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(outcome="waiting", decided_at=None, decided_by=None)
                | Q(outcome="approved", decided_at__isnull=False, decided_by__isnull=False)
                | Q(outcome="declined", decided_at__isnull=False),
                name="policy_request_approved_by_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} from {self.effective_at:%Y-%m-%d}"
