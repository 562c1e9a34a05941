"""A letter that was written on a claim, and the texts that a state wants in one."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils import timezone

from claims.models import Claim
from vanguard.accounts.models import User
from vanguard.documents.sealed import sealed
from vanguard.ids import new_id


class LetterKind(models.TextChoices):
    """What a letter is about; the label is its title."""

    ACKNOWLEDGEMENT = "acknowledgement", "We have received your claim"
    INFORMATION = "information_request", "We need information from you"
    STATUS = "status", "Where your claim stands"
    APPROVAL = "approval", "Your claim is approved"
    PAYMENT = "payment", "Your payment"
    DENIAL = "denial", "Our decision on your claim"
    APPEAL_RECEIVED = "appeal_received", "We have received your appeal"
    APPEAL_DECIDED = "appeal_decided", "Our decision on your appeal"


class ClaimLetterQuerySet(models.QuerySet["ClaimLetter"]):
    def visible_to(self, user: User) -> "ClaimLetterQuerySet":
        """All letters for who may view them at large; for a policyholder those on the own claims; nothing for others."""
        return self if user.has_perm("letters.view_claimletter") else self.filter(claim__policy__customer__user=user)


class ClaimLetter(models.Model):
    """Written once, never changed. `digest` is of what it says: the same words go out once.

    The file is encrypted; `sha256` is of the PDF.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=30, choices=LetterKind)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100, default="application/pdf")
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="letters/%Y/%m/", storage=sealed, max_length=200)
    digest = models.CharField(max_length=64)
    jurisdiction = models.CharField(max_length=10)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = ClaimLetterQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["claim", "kind", "digest"], name="letter_once_for_the_same_words"),
            models.CheckConstraint(condition=Exact(Length("sha256"), 64), name="letter_has_a_checksum"),
        ]
        indexes = [models.Index(fields=["claim", "made_at", "id"], name="letter_by_claim")]

    def __str__(self) -> str:
        return self.name


class JurisdictionText(models.Model):
    """A paragraph that a state's law wants in a kind of letter, with the citation: data, because laws and addresses change."""

    jurisdiction = models.CharField(max_length=10, help_text="A state as US-CA; empty for where no state's own text is known.", blank=True)
    kind = models.CharField(max_length=30, choices=LetterKind)
    heading = models.CharField(max_length=100)
    text = models.TextField(max_length=4000)
    citation = models.CharField(max_length=200, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("jurisdiction", "kind", "position")
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "kind", "heading", "valid_from"], name="jurisdiction_text_once"),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="jurisdiction_text_valid_for_a_while",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction or 'elsewhere'}: {self.heading}"
