"""The proof of an approval: what was read, and what was computed from it, as it was then."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from claims.models.claim import Claim
from vanguard.ids import new_id


class SettlementProof(models.Model):
    """Written with each approval and proposal, and never changed. `read` and `lines` hold amounts as strings."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="proofs")
    made_at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    read = models.JSONField()
    lines = models.JSONField()

    class Meta:
        ordering = ("made_at", "id")
        indexes = [models.Index(fields=["claim", "made_at"], name="proof_of_claim")]

    def __str__(self) -> str:
        return f"proof of {self.made_at:%Y-%m-%d}"
