"""A paper that was made for a policy. Written once; a new state of the policy gives a new paper."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils import timezone

from policies.models import Policy
from vanguard.accounts.models import User
from vanguard.documents.sealed import sealed
from vanguard.ids import new_id


class PolicyDocumentQuerySet(models.QuerySet["PolicyDocument"]):
    def visible_to(self, user: User) -> "PolicyDocumentQuerySet":
        """All papers for who may view them at large; for a policyholder those of the own policies; nothing for others."""
        return self if user.has_perm("papers.view_policydocument") else self.filter(policy__customer__user=user)


class PolicyDocument(models.Model):
    """`facts_digest` is of what the paper says: the same facts are on one paper only. The file is encrypted; `sha256` is of the PDF."""

    class Kind(models.TextChoices):
        SCHEDULE = "schedule", "Policy schedule"
        ENDORSEMENT = "endorsement", "Endorsement"
        CANCELLATION = "cancellation", "Notice of cancellation"
        NONPAYMENT = "nonpayment", "Notice of non-payment"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100, default="application/pdf")
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="policies/%Y/%m/", storage=sealed, max_length=200)
    facts_digest = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = PolicyDocumentQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-id")
        verbose_name_plural = "papers"
        constraints = [
            models.UniqueConstraint(fields=["policy", "kind", "facts_digest"], name="paper_once_for_the_same_facts"),
            models.CheckConstraint(condition=Exact(Length("sha256"), 64), name="paper_has_a_checksum"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["schedule", "endorsement", "cancellation", "nonpayment"]), name="paper_kind_known"
            ),
        ]
        indexes = [models.Index(fields=["policy", "made_at", "id"], name="paper_by_policy")]

    def __str__(self) -> str:
        return self.name
