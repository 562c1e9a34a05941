"""What was booked on a policy, and what each booking made of its term. Written once: the database refuses to change or lose a row.

"As effective at t, as known at u" is the segment that holds t of the last version that was booked at or before u. A policy that
is deleted takes its versions along (in the database, whose triggers refuse any other deletion).
"""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from policies.models import values
from policies.terms import Kind, OwnCover, Transaction, Value
from vanguard.ids import new_id


class CancellationReason(models.TextChoices):
    INSURED_REQUEST = "insured_request", "Insured's request"
    NON_PAYMENT = "non_payment", "Non-payment"
    UNDERWRITING = "underwriting", "Underwriting"
    FLAT = "flat", "Flat, from inception"
    REWRITTEN = "rewritten", "Rewritten"
    # Nobody gives it: a renewal is cancelled along.
    PRIOR_TERM = "prior_term", "Term before it cancelled"


# Of a reinstatement by right: what was paid in time was booked after the lapse.
PAID_BEFORE = "paid_before"
CAUSES = [*CancellationReason.choices, (PAID_BEFORE, "Paid before the lapse")]
KINDS = [(kind.value, kind.value.replace("_", " ").capitalize()) for kind in Kind]


class PolicyVersion(models.Model):
    """One booking. `changes` are the new values by field, `through` the fields that go on over later ones (policies.terms).

    `cause` says why as a code, where there is one: the reason of a cancellation, and "paid_before" of a reinstatement by right; `reason`
    is what people read. `lapsed_at` is set on a cancellation that writes down a lapse, which is nobody's: when the grace had run out, of
    this term or of one before it that this one ended along with. What a person cancels, for whatever reason, is no lapse.
    """

    class Method(models.TextChoices):
        FLAT = "flat", "Flat: nothing is kept"
        PRO_RATA = "pro_rata", "Pro rata: by the day"
        SHORT_RATE = "short_rate", "Short rate: with a penalty"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    policy = models.ForeignKey("policies.Policy", on_delete=models.DB_CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=KINDS)
    effective_at = models.DateTimeField()
    booked_at = models.DateTimeField()
    changes = models.JSONField(default=dict)
    through = models.JSONField(default=list)
    method = models.CharField(max_length=20, choices=Method, blank=True)
    penalty_share = models.DecimalField(max_digits=5, decimal_places=4, default=Decimal(0))
    premium_change = models.DecimalField(max_digits=12, decimal_places=2)
    written_premium = models.DecimalField(max_digits=12, decimal_places=2)
    reason = models.TextField(blank=True)
    cause = models.CharField(max_length=20, choices=CAUSES, blank=True, default="", db_default="")
    lapsed_at = models.DateTimeField(null=True)
    # The database refuses to lose the person; Django would not mix a rule of its own with the cascade above.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, related_name="+")
    correlation_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("policy", "number")
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="policy_version_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="policy_version_numbers_start_at_1"),
            models.CheckConstraint(condition=Q(kind__in=[kind.value for kind in Kind]), name="policy_version_kind_known"),
            models.CheckConstraint(condition=Q(written_premium__gte=0), name="policy_version_written_not_negative"),
            models.CheckConstraint(condition=Q(penalty_share__gte=0, penalty_share__lte=1), name="policy_version_penalty_is_a_share"),
            models.CheckConstraint(
                condition=Q(kind="cancellation") & ~Q(method="") | ~Q(kind="cancellation") & Q(method="", penalty_share=0),
                name="policy_version_cancelled_by_a_method",
            ),
            models.CheckConstraint(
                condition=Q(cause="", lapsed_at=None)
                | Q(kind="cancellation", cause__in=CancellationReason.values, lapsed_at=None)
                | Q(kind="cancellation", cause__in=["non_payment", "prior_term"])
                | Q(kind="reinstatement", cause="paid_before", lapsed_at=None),
                name="policy_version_cause_fits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.number}"

    @property
    def values(self) -> dict[str, Value]:
        """`changes`, as values."""
        return values.restored(self.changes)

    @property
    def transaction(self) -> Transaction:
        """The booking as the arithmetic takes it."""
        return Transaction(
            self.number, Kind(self.kind), self.effective_at, self.values, frozenset(self.through), Decimal(self.penalty_share)
        )


class PolicySegment(models.Model):
    """A stretch of the term as it was known after a version: its terms, and what it costs.

    `term_premium` is what the whole term would cost on these terms, `premium` this stretch's share of it. `covers` are the coverages
    with figures of their own (models.values.stored_covers); empty where all are under the limit and the deductible of the policy.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey(PolicyVersion, on_delete=models.DB_CASCADE, related_name="segments")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    days = models.PositiveIntegerField()
    policy_type = models.CharField(max_length=50)
    term_premium = models.DecimalField(max_digits=10, decimal_places=2)
    coverage_amount = models.DecimalField(max_digits=15, decimal_places=2)
    deductible_amount = models.DecimalField(max_digits=15, decimal_places=2)
    covers = models.JSONField(null=True)
    in_force = models.BooleanField()
    premium = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        ordering = ("version", "starts_at")
        constraints = [
            models.UniqueConstraint(fields=["version", "starts_at"], name="policy_segment_starts_once"),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="policy_segment_starts_before_it_ends"),
            models.CheckConstraint(
                condition=Q(term_premium__gte=0, coverage_amount__gte=0, deductible_amount__gte=0, premium__gte=0),
                name="policy_segment_amounts_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["starts_at", "ends_at"], condition=Q(in_force=False), name="policy_segment_uncovered")]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d} to {self.ends_at:%Y-%m-%d}"

    @property
    def own_covers(self) -> dict[str, OwnCover]:
        """`covers`, in amounts to reckon with."""
        return values.restored_covers(self.covers)
