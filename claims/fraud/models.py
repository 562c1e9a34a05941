"""Indicator rules as data, referrals to special investigation, and the investigators' notes."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from claims.models import Claim
from vanguard.encryption.fields import EncryptedTextField
from vanguard.ids import new_id


class Code(models.TextChoices):
    """What an indicator looks at. `THRESHOLD` is no indicator: its weight is the score from which a referral is suggested."""

    EARLY_CLAIM = "early_claim", "Loss soon after inception"
    LATE_REPORT = "late_report", "Reported late"
    ROUND_AMOUNT = "round_amount", "Round amount"
    REPEATED_CLAIMANT = "repeated_claimant", "Repeated claimant"
    SHARED_PHONE = "shared_phone", "Phone of another customer"
    SHARED_ACCOUNT = "shared_account", "Bank account of another customer"
    BEFORE_THE_END = "before_the_end", "Loss just before the cover ended"
    UNDER_LIMIT = "under_limit", "Just under the limit"
    UNDER_AUTHORITY = "under_authority", "Just under an authority"
    THRESHOLD = "threshold", "Score that suggests a referral"


# code → the figures that it needs: name, and least and most that make sense
PARAMETERS: dict[str, dict[str, tuple[int, int]]] = {
    Code.EARLY_CLAIM: {"days": (1, 365)},
    Code.LATE_REPORT: {"days": (1, 3650)},
    Code.ROUND_AMOUNT: {"multiple": (10, 100_000), "least": (0, 10_000_000)},
    Code.REPEATED_CLAIMANT: {"claims": (2, 100), "months": (1, 120)},
    Code.SHARED_PHONE: {},
    Code.SHARED_ACCOUNT: {},
    Code.BEFORE_THE_END: {"days": (1, 365)},
    Code.UNDER_LIMIT: {"percent": (1, 50)},
    Code.UNDER_AUTHORITY: {"percent": (1, 50)},
    Code.THRESHOLD: {},
}


class FraudRule(models.Model):
    """How one indicator is read from `valid_from` on, and what it adds to the score: the latest valid row of a code counts."""

    code = models.CharField(max_length=30, choices=Code)
    parameters = models.JSONField(default=dict, blank=True, help_text='Whole numbers by name, such as {"days": 30}.')
    weight = models.PositiveSmallIntegerField(help_text="What it adds to the score, 0 to 100.")
    valid_from = models.DateTimeField(default=timezone.now)
    active = models.BooleanField(default=True, help_text="An inactive row switches its indicator off from then on.")

    class Meta:
        ordering = ("code", "-valid_from")
        permissions = [
            ("view_indicators", "Can view the fraud indicators of a claim"),
            ("refer_claim", "Can refer a claim to special investigation"),
            ("investigate_claim", "Can investigate a claim, and close its referral"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "valid_from"],
                name="fraud_rule_once",
                violation_error_message="It changes at that moment already.",
            ),
            models.CheckConstraint(condition=Q(weight__lte=100), name="fraud_rule_weight_within_100"),
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()}, {self.weight}"

    def clean(self) -> None:
        """Refuses parameters that the indicator does not have, lacks, or that make no sense."""
        needs = PARAMETERS.get(self.code, {})
        given: Any = self.parameters
        if not isinstance(given, dict) or set(given) != set(needs):
            wanted = ", ".join(f'"{name}"' for name in needs) or "nothing: {}"
            raise ValidationError({"parameters": f"{self.get_code_display()} needs {wanted}."})
        for name, (least, most) in needs.items():
            if type(given[name]) is not int or not least <= given[name] <= most:
                raise ValidationError({"parameters": f"“{name}” is a whole number from {least:,} to {most:,}."})
        if self.weight is not None and self.weight > 100:
            raise ValidationError({"weight": "The weight is at most 100."})


class Referral(models.Model):
    """A claim given to special investigation, with the score and reasons of that moment; open until it has an outcome."""

    class Outcome(models.TextChoices):
        FOUNDED = "founded"
        UNFOUNDED = "unfounded"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="referrals")
    reason = EncryptedTextField()
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField(default=list)
    referred_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    referred_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    outcome_reason = EncryptedTextField(blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("referred_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["claim"], condition=Q(outcome=""), name="one_open_referral_a_claim"),
            models.CheckConstraint(
                condition=Q(outcome="", closed_at=None) | ~Q(outcome="") & Q(closed_at__isnull=False),
                name="referral_closed_with_an_outcome",
            ),
        ]
        indexes = [models.Index(fields=["outcome", "referred_at"], name="referral_by_outcome")]

    def __str__(self) -> str:
        return f"referral of {self.referred_at:%Y-%m-%d}"

    @property
    def is_open(self) -> bool:
        return not self.outcome


class InvestigationNote(models.Model):
    """Written once, never changed, and read by investigators only: ciphertext in the database."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    text = EncryptedTextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"investigation note of {self.created_at:%Y-%m-%d}"
