"""The claim, a row for each change of its state, and what is kept in its file. Its money is in the modules beside this one."""

import datetime
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils import timezone

from policies.models import NOT_NEGATIVE, Policy
from vanguard.accounts.models import User
from vanguard.accounts.permissions import sees_only_own
from vanguard.documents.scanning import WITHHELD, ScanState
from vanguard.ids import new_id
from vanguard.models import DomainModel, Transition


class Status(models.TextChoices):
    """The contract's four statuses."""

    PENDING = "pending"
    PROCESSING = "processing"
    APPROVED = "approved"
    DENIED = "denied"


class Stage(models.TextChoices):
    """How far the claim has come within its status."""

    REPORTED = "reported"
    TRIAGED = "triaged"
    ASSIGNED = "assigned"
    COVERAGE_CHECK = "coverage_check"
    INVESTIGATION = "investigation"
    EVALUATION = "evaluation"
    AWAITING_APPROVAL = "awaiting_approval"
    AWAITING_INFORMATION = "awaiting_information"
    APPEAL = "appeal"
    APPROVED = "approved"
    PAYMENT_PENDING = "payment_pending"
    PAID = "paid"
    DENIED = "denied"


STAGES_OF = {
    Status.PENDING: (Stage.REPORTED, Stage.TRIAGED, Stage.ASSIGNED),
    Status.PROCESSING: (
        Stage.COVERAGE_CHECK,
        Stage.INVESTIGATION,
        Stage.EVALUATION,
        Stage.AWAITING_APPROVAL,
        Stage.AWAITING_INFORMATION,
        Stage.APPEAL,
    ),
    Status.APPROVED: (Stage.APPROVED, Stage.PAYMENT_PENDING, Stage.PAID),
    Status.DENIED: (Stage.DENIED,),
}
DECIDED = (Status.APPROVED, Status.DENIED)
# The steps that open a decided claim, and its file, again: what the claim itself says of its decision is emptied by them.
AGAIN = ("reopen", "appeal")
NARROWED_BY = ("status", "stage", "claim_type", "assignee", "closed_at", "incident_date", "processed_date", "due_at")
ADDED_UP = (
    "closed_at", "assignee", "status", "stage", "proposed_by", "reported_date", "claim_amount",
    "proposed_amount", "approved_amount", "paid_amount", "policy",
)  # fmt: skip


def _stage_fits_status() -> Q:
    fits = Q()
    for status, stages in STAGES_OF.items():
        fits |= Q(status=status.value, stage__in=[stage.value for stage in stages])
    return fits


class ClaimQuerySet(models.QuerySet["Claim"]):
    def visible_to(self, user: User) -> "ClaimQuerySet":
        """All claims for who may view them at large; for a policyholder those on the own policies; nothing for others."""
        return self.filter(policy__customer__user=user) if sees_only_own(user, self.model) else self

    def open(self) -> "ClaimQuerySet":
        """`closed_at` says whether the file is open, whatever the status."""
        return self.filter(closed_at=None)

    def queue_of(self, user: User) -> "ClaimQuerySet":
        """The open claims that `user` owns, the next deadline first."""
        return self.open().filter(assignee=user).order_by("due_at", "id")

    def unassigned(self) -> "ClaimQuerySet":
        return self.open().filter(assignee=None).order_by("due_at", "id")

    def due_before(self, moment: datetime.datetime) -> "ClaimQuerySet":
        return self.open().filter(due_at__lt=moment).order_by("due_at", "id")

    def awaiting_approval(self) -> "ClaimQuerySet":
        return self.open().filter(stage=Stage.AWAITING_APPROVAL).order_by("due_at", "id")


class Claim(DomainModel):
    """`status` and `stage` change by the services' commands only; `due_at`, the next deadline of its clocks, is kept by the same ones."""

    is_counted: ClassVar[bool] = True
    Status = Status
    Stage = Stage

    claim_number = models.CharField(max_length=50, unique=True)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="claims")
    claim_type = models.CharField(max_length=50)
    claim_amount = models.DecimalField(max_digits=15, decimal_places=2, validators=[NOT_NEGATIVE])
    amount_is_minimum = models.BooleanField(default=False, help_text="The loss is at least this: it was cut off at the limit.")
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    stage = models.CharField(max_length=20, choices=Stage, default=Stage.REPORTED)
    description = models.TextField(blank=True, max_length=10_000)
    incident_date = models.DateTimeField()
    reported_date = models.DateTimeField(default=timezone.now)
    processed_date = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField("next deadline", null=True, blank=True)
    jurisdiction = models.CharField(
        max_length=10, blank=True, default="", help_text="The state whose deadlines it is under, as US-CA; empty: the company's standard."
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="owner", null=True, blank=True, on_delete=models.PROTECT, related_name="claims"
    )
    approved_amount = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE])
    proposed_amount = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE])
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="proposals")
    paid_amount = models.DecimalField(max_digits=15, decimal_places=2, default=Decimal("0.00"), validators=[NOT_NEGATIVE])
    depreciation = models.DecimalField(
        max_digits=15, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE], help_text="What age and wear take off the loss."
    )
    # While an appeal is open: since when, and who made the decision that is appealed. They may have no part in the next one.
    appealed_at = models.DateTimeField(null=True, blank=True)
    first_decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        permissions = [
            ("assign_claim", "Can take a claim"),
            ("reassign_claim", "Can assign a claim to anybody"),
            ("start_claim", "Can start a claim"),
            ("approve_claim", "Can approve a claim within authority"),
            ("deny_claim", "Can deny a claim"),
            ("appeal_claim", "Can record an appeal of a denied claim"),
            ("ask_claim", "Can ask for information on a claim"),
            ("close_claim", "Can close a claim"),
            ("reopen_claim", "Can reopen a claim"),
            ("reserve_claim", "Can set the reserves of a claim"),
            ("pay_claim", "Can ask for payments on a claim"),
            ("approve_payment", "Can approve a payment as second person"),
            ("issue_payment", "Can issue, clear, stop and void payments"),
            ("recover_claim", "Can record recoveries on a claim"),
            ("handle_any_claim", "Can act on claims that others own"),
            ("view_reports", "Can view reports"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(claim_amount__gte=0, paid_amount__gte=0)
                & (Q(approved_amount=None) | Q(approved_amount__gte=0))
                & (Q(proposed_amount=None) | Q(proposed_amount__gte=0)),
                name="claim_amounts_not_negative",
            ),
            models.CheckConstraint(condition=Q(incident_date__lte=F("reported_date")), name="claim_reported_after_the_loss"),
            models.CheckConstraint(condition=_stage_fits_status(), name="claim_stage_fits_status"),
            models.CheckConstraint(
                condition=Q(status__in=["approved", "denied"], processed_date__isnull=False)
                | Q(status__in=["pending", "processing"], processed_date=None, closed_at=None),
                name="claim_decided_before_it_is_closed",
            ),
            models.CheckConstraint(
                condition=Q(status="approved", approved_amount__isnull=False) | ~Q(status="approved") & Q(approved_amount=None),
                name="claim_approved_with_an_amount",
            ),
            models.CheckConstraint(
                condition=Q(stage="awaiting_approval", proposed_amount__isnull=False, proposed_by__isnull=False)
                | ~Q(stage="awaiting_approval") & Q(proposed_amount=None, proposed_by=None),
                name="claim_proposal_only_while_awaiting",
            ),
            models.CheckConstraint(condition=Q(closed_at=None) | Q(due_at=None), name="claim_closed_has_no_deadline"),
        ]
        indexes = [
            models.Index(fields=["created_at", "id"], name="claim_by_creation"),
            models.Index(fields=["status", "created_at", "id"], name="claim_by_status"),
            models.Index(fields=["claim_type", "created_at", "id"], name="claim_by_type"),
            models.Index(fields=["stage", "created_at", "id"], name="claim_by_stage"),
            models.Index(fields=["claim_amount", "id"], name="claim_by_amount"),
            models.Index(fields=["incident_date", "id", "reported_date", "status", "claim_type"], name="claim_by_loss_narrowed"),
            models.Index(fields=["due_at", "id"], name="claim_by_deadline"),
            models.Index(fields=["status", "-id", "claim_type"], name="claim_sorted_by_status"),
            models.Index(fields=["processed_date", "assignee"], name="claim_by_decision"),
            models.Index(fields=["closed_at", "reported_date"], name="claim_by_closing"),
            # The newest reports first, with what the worklist is narrowed by: rows are passed over without being read.
            models.Index(fields=["reported_date", "id", *NARROWED_BY], name="claim_by_report_narrowed"),
            # All that the figures on open claims add up; see claims.worklist.counts.
            models.Index(fields=["due_at", "id", *ADDED_UP], condition=Q(closed_at=None), name="claim_open_figures"),
            models.Index(fields=["assignee", "due_at", "id"], condition=Q(closed_at=None), name="claim_open_by_owner"),
        ]

    def __str__(self) -> str:
        return self.claim_number

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class ClaimTransition(Transition):
    """A step of the claim. An approval says on whose authority: the own one, or as a second person after the `maker` who asked.

    `amount` is what was claimed, proposed, approved or paid; of an edit that corrected the claimed amount, what was claimed before it.
    """

    class Basis(models.TextChoices):
        OWN_AUTHORITY = "own_authority"
        SECOND_PERSON = "second_person"

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="transitions", db_index=False)
    stage = models.CharField(max_length=20, choices=Stage)
    amount = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    basis = models.CharField(max_length=20, choices=Basis, blank=True)
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Transition.Meta):
        constraints = [
            models.CheckConstraint(condition=~Q(basis="second_person") | ~Q(maker=F("actor")), name="second_person_is_not_the_maker"),
        ]
        indexes = [
            models.Index(fields=["claim", "at"], name="claim_history"),
            models.Index(fields=["at"], name="claim_history_by_time"),
            models.Index(fields=["claim", "at"], condition=Q(command__in=["reopen", "appeal", "edit"]), name="claim_history_rewritten"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.command}"


class ClaimNote(models.Model):
    """Written once, never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=10_000)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"note of {self.created_at:%Y-%m-%d}"


class EarlierDescription(models.Model):
    """How a claim's description read until somebody changed it. The audit trail, which cannot be erased, says only that it changed."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="earlier_descriptions")
    text = models.TextField(blank=True)
    until = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("until", "id")

    def __str__(self) -> str:
        return f"description until {self.until:%Y-%m-%d %H:%M}"


class DocumentKind(models.TextChoices):
    """What a document is to the claim."""

    POLICE_REPORT = "police_report", "Police report"
    PHOTO = "photo", "Photo"
    ESTIMATE = "estimate", "Estimate"
    INVOICE = "invoice", "Invoice"
    MEDICAL = "medical", "Medical"
    CORRESPONDENCE = "correspondence", "Correspondence"
    OTHER = "other", "Other"


class DocumentQuerySet(models.QuerySet["ClaimDocument"]):
    def visible_to(self, user: User) -> "DocumentQuerySet":
        """All documents for who may view them at large; for a policyholder those of the own claims; nothing for others."""
        return self if user.has_perm("claims.view_claimdocument") else self.filter(claim__policy__customer__user=user)


class ClaimDocument(models.Model):
    """A file in the claim's folder: what it is was found by looking into it, not by its name."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="documents")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=20, choices=DocumentKind, default=DocumentKind.OTHER)
    scan_state = models.CharField(max_length=20, choices=ScanState, default=ScanState.NOT_SCANNED)
    file = models.FileField(upload_to="claims/%Y/%m/", max_length=200)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "id")
        constraints = [models.CheckConstraint(condition=Exact(Length("sha256"), 64), name="document_has_a_checksum")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def audit_name(cls, key: str) -> str:
        """How audit entries call one: its name is the sender's words, and often somebody's."""
        return f"Document {key}"

    @property
    def is_withheld(self) -> bool:
        """Whether it is not handed out: it waits for the scanner, or was found harmful."""
        return self.scan_state in WITHHELD
