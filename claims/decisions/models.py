"""Denials, appeals, requests for information, coverage checks: written with the step that makes them, and kept as they were."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from claims.models import Claim, Stage
from policies.products.models import ProductClause
from vanguard.accounts.models import User
from vanguard.ids import new_id


def _person() -> models.ForeignKey:
    """Who did it; None is the platform itself."""
    return models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


class ToldQuerySet[Told: models.Model](models.QuerySet[Told]):
    """What the insured was told in a letter, and may read on the own claims."""

    def visible_to(self, user: User) -> "ToldQuerySet[Told]":
        """All of it for who may read decisions at large; for a policyholder that of the own claims; nothing for others."""
        return self if user.has_perm("decisions.view_denial") else self.filter(claim__policy__customer__user=user)


class DenialReason(models.Model):
    """Why claims are denied, as data: an administrator adds and retires them. `words` is what a letter says to the insured."""

    code = models.SlugField(max_length=40, primary_key=True)
    label = models.CharField(max_length=100)
    words = models.TextField(max_length=1000)
    needs_clause = models.BooleanField(default=True, help_text="Whether a clause of the policy has to be named.")
    topic = models.CharField(
        max_length=30, choices=ProductClause.Topic, default=ProductClause.Topic.INSURING, help_text="Which clause is offered first."
    )
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "code")

    def __str__(self) -> str:
        return self.label


class Denial(models.Model):
    """A denial with its reason and the clause as it read then. Never changed: an appeal leads to another decision, not to another text."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="denials")
    reason_code = models.ForeignKey(DenialReason, on_delete=models.PROTECT, related_name="+", db_column="reason_code")
    reason = models.TextField(max_length=2000)
    clause_reference = models.CharField(max_length=20, blank=True)
    clause_heading = models.CharField(max_length=100, blank=True)
    clause_text = models.TextField(max_length=4000, blank=True)
    decided_by = _person()
    decided_at = models.DateTimeField(default=timezone.now)
    appeal = models.OneToOneField("Appeal", null=True, blank=True, on_delete=models.PROTECT, related_name="upheld_by")

    objects = ToldQuerySet.as_manager()

    class Meta:
        ordering = ("decided_at", "id")

    def __str__(self) -> str:
        return f"denial of {self.decided_at:%Y-%m-%d}"


class Appeal(models.Model):
    """An appeal of a denial. Who made the first decision has no part in the next one: the database holds that too."""

    class Outcome(models.TextChoices):
        OVERTURNED = "overturned", "Overturned: paid after all"
        UPHELD = "upheld", "Upheld: denied again"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="appeals")
    denial = models.OneToOneField(Denial, null=True, blank=True, on_delete=models.PROTECT, related_name="appealed_by")
    reason = models.TextField(max_length=4000)
    recorded_by = _person()
    received_at = models.DateTimeField(default=timezone.now)
    first_decided_by = _person()
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    decided_by = _person()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("received_at", "id")
        constraints = [
            models.CheckConstraint(condition=~Q(decided_by=F("first_decided_by")), name="appeal_decided_by_another_person"),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at=None, decided_by=None)
                | Q(outcome__in=["overturned", "upheld"], decided_at__isnull=False),
                name="appeal_decided_with_an_outcome",
            ),
            models.UniqueConstraint(fields=["claim"], condition=Q(outcome=""), name="appeal_one_open"),
        ]

    def __str__(self) -> str:
        return f"appeal of {self.received_at:%Y-%m-%d}"


class InformationRequest(models.Model):
    """What was asked, of whom and until when; `stage_before` is where the claim stood then."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="information_requests")
    question = models.TextField(max_length=4000)
    asked_of = models.CharField(max_length=200)
    until = models.DateField()
    stage_before = models.CharField(max_length=20, choices=Stage)
    asked_by = _person()
    asked_at = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(null=True, blank=True)
    received_by = _person()
    note = models.TextField(max_length=2000, blank=True)

    objects = ToldQuerySet.as_manager()

    class Meta:
        ordering = ("asked_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["claim"], condition=Q(received_at=None), name="information_one_open_request"),
        ]

    def __str__(self) -> str:
        return f"request of {self.asked_at:%Y-%m-%d}"


class CoverageCheck(models.Model):
    """One look at the cover, with what it read: the stretch of the policy version in force at the loss, and the coverage where it asked.

    At first notice only being in force is asked; which coverage answers, and at what, from the start of the work on. `left_open` is what
    the check could not settle: the platform's finding, or a handler's question.
    """

    class Step(models.TextChoices):
        SUBMIT = "submit", "First notice"
        START = "start", "Start"
        CHECK = "check", "Coverage check"
        EDIT = "edit", "Correction"
        APPROVE = "approve", "Approval"
        DENY = "deny", "Denial"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="coverage_checks")
    step = models.CharField(max_length=20, choices=Step)
    actor = _person()
    made_at = models.DateTimeField(default=timezone.now)
    incident_date = models.DateTimeField()
    policy_version = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    in_force = models.BooleanField()
    limit = models.DecimalField(max_digits=15, decimal_places=2)
    deductible = models.DecimalField(max_digits=15, decimal_places=2)
    coverage = models.CharField(max_length=40, blank=True)
    coverage_name = models.CharField(max_length=100, blank=True)
    product_version = models.PositiveSmallIntegerField(null=True, blank=True)
    left_open = models.TextField(max_length=2000, null=True, blank=True)  # noqa: DJ001  # rows from before are not made anew

    class Meta:
        ordering = ("made_at", "id")

    def __str__(self) -> str:
        return f"{self.get_step_display()}, {self.made_at:%Y-%m-%d}"

    @property
    def finds_cover(self) -> bool:
        """The policy covers the loss, and nothing about that is open."""
        return self.in_force and not self.left_open
