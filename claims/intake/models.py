"""Triage and queues as data, what a claim was found to be, claims that belong together, and notices that are no claim yet."""

from decimal import Decimal
from functools import lru_cache

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from claims.models import Claim
from policies.models import NOT_NEGATIVE, Policy
from vanguard.encryption.fields import EncryptedTextField
from vanguard.ids import new_id
from vanguard.models import DomainModel


class Severity(models.TextChoices):
    """How much of a handler's attention a claim takes."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    COMPLEX = "complex"


# What an open claim counts in its owner's workload; one that was never triaged counts as a medium one.
WEIGHTS: dict[str, int] = {Severity.LOW: 1, Severity.MEDIUM: 2, Severity.HIGH: 3, Severity.COMPLEX: 5}
SEVERITY_IS_KNOWN = Q(severity__in=Severity.values)


def listed(text: str) -> list[str]:
    """The entries of a list that people write with commas: trimmed, in small letters, none empty."""
    return [entry for part in text.split(",") if (entry := " ".join(part.split()).lower())]


@lru_cache(maxsize=1000)
def plain(claim_type: str) -> str:
    """A type of loss as it is compared: Water damage and water_damage are one."""
    return claim_type.replace("_", " ").strip().lower()


class Queue(models.Model):
    """Where claims wait for an owner. `members` take from it; with `assigns` it hands each claim to the one with the least to do."""

    name = models.CharField(max_length=60)
    claim_types = models.CharField("types of loss", max_length=500, blank=True, help_text="With commas between them. Empty: every type.")
    severities = models.CharField(max_length=60, blank=True, help_text="low, medium, high, complex. Empty: all of them.")
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="queues", help_text="Who takes claims from it.")
    assigns = models.BooleanField("assign automatically", default=False, help_text="Each new claim goes to the member with the least work.")
    active = models.BooleanField(default=True, help_text="An inactive queue gets no new claims; those that wait in it stay.")

    class Meta:
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(Lower("name"), name="queue_name_once", violation_error_message="Another queue has this name.")
        ]

    def __str__(self) -> str:
        return self.name

    def takes(self, claim_type: str, severity: str) -> bool:
        """Whether claims of this type and severity belong here."""
        types, severities = listed(plain(self.claim_types)), listed(self.severities)
        return (not types or plain(claim_type) in types) and (not severities or severity in severities)

    def clean(self) -> None:
        unknown = [entry for entry in listed(self.severities) if entry not in Severity.values]
        if unknown:
            raise ValidationError({"severities": f"“{unknown[0]}” is no severity. Write low, medium, high or complex."})


class TriageRule(models.Model):
    """The first active rule, by `position`, whose conditions all hold says how severe a claim is, where it goes, and who may own it."""

    position = models.PositiveIntegerField(
        unique=True, help_text="The lowest is asked first.", error_messages={"unique": "Another rule has this position."}
    )
    name = models.CharField(max_length=80)
    claim_type = models.CharField("type of loss", max_length=50, blank=True, help_text="Empty: every type.")
    amount_from = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE])
    amount_to = models.DecimalField("amount below", max_digits=15, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE])
    words = models.CharField(
        max_length=500, blank=True, help_text="Beginnings of words, with commas between them: one of them stands in the description."
    )
    severity = models.CharField(max_length=10, choices=Severity)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="rules")
    role = models.ForeignKey(
        Group, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Only who has this role may own such a claim."
    )
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.CheckConstraint(condition=SEVERITY_IS_KNOWN, name="triage_rule_severity_is_known"),
            models.CheckConstraint(
                condition=Q(amount_from=None) | Q(amount_to=None) | Q(amount_from__lt=F("amount_to")),
                name="triage_rule_amounts_in_order",
                violation_error_message="Amount from is below amount below.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def catches_all(self) -> bool:
        return not self.claim_type and not self.words and not self.amount_from and self.amount_to is None

    def clean(self) -> None:
        """Refuses a rule that could never fire, or that sends claims where they do not belong."""
        if short := next((word for word in listed(self.words) if len(word) < 3), ""):
            raise ValidationError({"words": f"“{short}” would be found in nearly every text. Write three letters or more."})
        if self.queue_id and not self.queue.active and self.active:
            raise ValidationError({"queue": f"{self.queue} is not active. Choose another queue, or make it active first."})
        if self.queue_id and not self.queue.takes(self.claim_type or self.queue.claim_types.split(",")[0], self.severity):
            raise ValidationError({"queue": f"{self.queue} does not take such claims. Choose another queue, or widen this one."})
        if self.position is not None and (before := _catcher_before(self)):
            raise ValidationError({"position": f"Nothing reaches it here: “{before}” catches all before. Give it a lower position."})


def _catcher_before(rule: TriageRule) -> TriageRule | None:
    earlier = TriageRule.objects.filter(active=True, position__lt=rule.position).exclude(pk=rule.pk)
    return next((each for each in earlier if each.catches_all), None)


class Triage(models.Model):
    """How a claim stands in triage now. `rule` is None where a person said so; the steps of the claim keep who and why."""

    claim = models.OneToOneField(Claim, primary_key=True, on_delete=models.CASCADE, related_name="triage")
    severity = models.CharField(max_length=10, choices=Severity)
    queue = models.ForeignKey(Queue, null=True, on_delete=models.PROTECT, related_name="claims", db_index=False)
    role = models.ForeignKey(Group, null=True, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(TriageRule, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=SEVERITY_IS_KNOWN, name="triage_severity_is_known")]
        indexes = [
            models.Index(fields=["queue", "claim"], name="triage_by_queue"),
            models.Index(fields=["severity"], name="triage_by_severity"),
        ]

    def __str__(self) -> str:
        return f"{self.get_severity_display()}, {self.queue or 'no queue'}"


class ClaimLink(models.Model):
    """Two claims that belong together, or were found not to be one. `later` was filed, or linked, with `earlier` in view."""

    class Kind(models.TextChoices):
        SAME_EVENT = "same_event", "Same event"
        ANOTHER_LOSS = "another_loss", "Looks alike, is another loss"
        LOOKS_ALIKE = "looks_alike", "Seems to be the same loss: decide"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    earlier = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="later_links", db_index=False)
    later = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="earlier_links")
    kind = models.CharField(max_length=20, choices=Kind)
    reason = models.CharField(max_length=500, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("at", "id")
        constraints = [
            models.UniqueConstraint(fields=["earlier", "later"], name="claim_link_once"),
            models.CheckConstraint(condition=~Q(earlier=F("later")), name="claim_link_of_two"),
            models.CheckConstraint(condition=~Q(kind="another_loss", reason=""), name="claim_link_another_loss_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.earlier_id} and {self.later_id}: {self.get_kind_display()}"


class CoverFinding(models.Model):
    """A claim that staff recorded although no cover was in force at the loss, with why: it can only be denied."""

    claim = models.OneToOneField(Claim, primary_key=True, on_delete=models.CASCADE, related_name="finding")
    code = models.CharField(max_length=30, default="not_in_force")
    message = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.code


class NoticeDraft(DomainModel):
    """A notice that is not a claim yet: the policy is not verified, the loss is outside the cover, or it looks like another claim's."""

    class Status(models.TextChoices):
        OPEN = "open"
        FILED = "filed"
        DISCARDED = "discarded"

    policy = models.ForeignKey(Policy, null=True, blank=True, on_delete=models.PROTECT, related_name="notice_drafts")
    policy_told = models.CharField("policy as told", max_length=100, blank=True)
    caller_name = EncryptedTextField("who called", blank=True)
    caller_phone = EncryptedTextField("phone", blank=True)
    claim_type = models.CharField("type of loss", max_length=50, blank=True)
    claim_amount = models.DecimalField("claimed", max_digits=15, decimal_places=2, default=Decimal("0.00"), validators=[NOT_NEGATIVE])
    incident_date = models.DateTimeField("loss", null=True, blank=True)
    reported_date = models.DateTimeField("reported", default=timezone.now)
    description = models.TextField("what happened", blank=True, max_length=10_000)
    # Why it is not a claim yet, where a rule said so.
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    claim = models.OneToOneField(Claim, null=True, blank=True, on_delete=models.PROTECT, related_name="notice_draft")
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_because = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = "notice"
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", claim=None, settled_at=None)
                | Q(status="filed", claim__isnull=False, settled_at__isnull=False)
                | Q(status="discarded", claim=None, settled_at__isnull=False) & ~Q(settled_because=""),
                name="notice_filed_as_a_claim_or_discarded_with_a_reason",
            ),
            models.CheckConstraint(condition=Q(claim_amount__gte=0), name="notice_amount_not_negative"),
        ]
        indexes = [models.Index(fields=["status", "created_at", "id"], name="notice_by_status")]

    def __str__(self) -> str:
        return f"Notice of {timezone.localtime(self.reported_date):%d %b %Y %H:%M}"
