"""The quote, each price that it was given, a row for each change of its state, and the underwriting rules."""

import datetime
from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from customers.models import Customer
from policies.models import Policy
from policies.products.models import Product, ProductVersion
from policies.products.rules import Cover
from policies.quotes.cover import chosen_of
from vanguard.accounts.models import User
from vanguard.accounts.permissions import sees_only_own
from vanguard.ids import new_id
from vanguard.models import DomainModel, Transition

NOT_NEGATIVE = MinValueValidator(Decimal("0.00"), "Enter 0.00 or more.")


class Status(models.TextChoices):
    """Expired is never stored: a price that nobody took in time is out of date by itself."""

    DRAFT = "draft"
    QUOTED = "quoted"
    REFERRED = "referred"
    APPROVED = "approved"
    DECLINED = "declined"
    BOUND = "bound"
    EXPIRED = "expired"


# Those that a price carries, and that end with it.
PRICED = (Status.QUOTED, Status.REFERRED, Status.APPROVED)


def status_at(stored: str, expires_at: datetime.datetime | None, moment: datetime.datetime) -> str:
    """The status at `moment`: what was priced expires when its price does, whether or not anything has written that down."""
    return Status.EXPIRED.value if stored in PRICED and expires_at is not None and expires_at <= moment else stored


class QuoteQuerySet(models.QuerySet["Quote"]):
    def visible_to(self, user: User) -> "QuoteQuerySet":
        """All quotes for who may view them at large; for a policyholder the own ones; nothing for others."""
        return self.filter(customer__user=user) if sees_only_own(user, self.model) else self

    def with_status(self, status: str, moment: datetime.datetime) -> "QuoteQuerySet":
        """Those whose status is `status` at `moment`, as status_at has it."""
        if status == Status.EXPIRED:
            return self.filter(status__in=PRICED, expires_at__lte=moment)
        found = self.filter(status=status)
        return found.filter(expires_at__gt=moment) if status in PRICED else found

    def referred_to(self, user: User, moment: datetime.datetime) -> "QuoteQuerySet":
        """The referrals that `user` can decide: not the own insurance, and not the own work where a second person is asked for."""
        mine = Q(needs_second_person=True, maker=user)
        return self.with_status(Status.REFERRED, moment).exclude(customer__user=user).exclude(mine)


class Quote(DomainModel):
    """`inputs` and `covers` are as they were priced; `premium_amount` and `expires_at` are the latest price's."""

    Status = Status

    quote_number = models.CharField(max_length=50, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="quotes")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="quotes")
    product_version = models.ForeignKey(ProductVersion, on_delete=models.PROTECT, related_name="quotes")
    start_date = models.DateTimeField()
    end_date = models.DateTimeField()
    inputs = models.JSONField(default=dict, blank=True)
    covers = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    needs_second_person = models.BooleanField(default=False)
    premium_amount = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE])
    priced_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    policy = models.OneToOneField(Policy, null=True, blank=True, on_delete=models.PROTECT, related_name="quote")

    objects = QuoteQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        permissions = [
            ("price_quote", "Can price a quote"),
            ("approve_quote", "Can approve a referred quote"),
            ("decline_quote", "Can decline a quote"),
            ("bind_quote", "Can bind a quote as a policy"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(start_date__lt=F("end_date")), name="quote_starts_before_it_ends"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "quoted", "referred", "approved", "declined", "bound"]), name="quote_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", premium_amount=None, priced_at=None, expires_at=None)
                | Q(status="declined")
                | Q(status__in=["quoted", "referred", "approved", "bound"])
                # Said beside the comparisons, because one with NULL is neither true nor false and would let the row pass.
                & Q(premium_amount__isnull=False, priced_at__isnull=False, expires_at__isnull=False)
                & Q(premium_amount__gte=0, expires_at__gt=F("priced_at")),
                name="quote_has_its_price",
            ),
            models.CheckConstraint(
                condition=Q(status="bound", policy__isnull=False) | ~Q(status="bound") & Q(policy=None), name="quote_bound_with_a_policy"
            ),
        ]
        indexes = [
            models.Index(fields=["created_at", "id"], name="quote_by_creation"),
            models.Index(fields=["status", "created_at", "id"], name="quote_by_status"),
            models.Index(fields=["expires_at", "id"], name="quote_by_expiry"),
            models.Index(fields=["premium_amount", "id"], name="quote_by_premium"),
        ]

    def __str__(self) -> str:
        return self.quote_number

    @property
    def current_status(self) -> str:
        return status_at(self.status, self.expires_at, timezone.now())

    @property
    def chosen(self) -> dict[str, Cover]:
        """The cover, in amounts to reckon with."""
        return chosen_of(self.covers)

    @property
    def pricing(self) -> "Pricing | None":
        """The latest price. No query where `pricings` was prefetched."""
        return next(iter(self.pricings.all()), None)


class Pricing(models.Model):
    """One price: what it was asked for, every step of the sum, and every rule that fired. Written once, never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="pricings")
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    product_version = models.ForeignKey(ProductVersion, on_delete=models.PROTECT, related_name="+")
    start_date = models.DateTimeField()
    end_date = models.DateTimeField()
    inputs = models.JSONField()
    covers = models.JSONField()
    base_rate = models.DecimalField(max_digits=10, decimal_places=2)
    steps = models.JSONField()
    premium_amount = models.DecimalField(max_digits=10, decimal_places=2, validators=[NOT_NEGATIVE])
    findings = models.JSONField(default=list)
    outcome = models.CharField(max_length=20, choices=Status)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-id")
        indexes = [models.Index(fields=["quote", "at"], name="pricing_of_quote")]
        constraints = [models.CheckConstraint(condition=Q(premium_amount__gte=0, expires_at__gt=F("at")), name="pricing_holds_for_a_while")]

    def __str__(self) -> str:
        return f"{self.premium_amount} on {self.at:%Y-%m-%d}"


class QuoteTransition(Transition):
    """What happened to the quote: requested, priced, approved, declined, bound."""

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="transitions")
    amount = models.DecimalField(max_digits=10, decimal_places=2, null=True)

    class Meta(Transition.Meta):
        indexes = [models.Index(fields=["quote", "at"], name="quote_history")]
        constraints = [
            models.CheckConstraint(condition=~Q(command="approve") | Q(actor__isnull=False), name="quote_approved_by_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.quote_id} {self.command}"


class RuleQuerySet(models.QuerySet["UnderwritingRule"]):
    def for_product(self, product: Product, moment: datetime.datetime) -> "RuleQuerySet":
        """The product's rules and those of every product that are valid at `moment`."""
        scope = Q(product=None) | Q(product=product)
        return self.filter(scope, Q(valid_to=None) | Q(valid_to__gt=moment), valid_from__lte=moment)


class UnderwritingRule(DomainModel):
    """When something about a quote compares so, it is referred to an underwriter, or declined."""

    class Comparison(models.TextChoices):
        AT_LEAST = "at_least", "is at least"
        ABOVE = "above", "is above"
        AT_MOST = "at_most", "is at most"
        BELOW = "below", "is below"
        IS = "is", "is"
        IS_NOT = "is_not", "is not"

    class Outcome(models.TextChoices):
        REFER = "refer"
        DECLINE = "decline"

    product = models.ForeignKey(
        Product, null=True, blank=True, on_delete=models.CASCADE, related_name="rules", help_text="Empty: every product."
    )
    name = models.CharField(max_length=100)
    looks_at = models.CharField(
        max_length=40, help_text="The code of a rating question, or limitAmount, deductibleAmount, premiumAmount, daysUntilStart."
    )
    comparison = models.CharField(max_length=20, choices=Comparison)
    value = models.CharField(max_length=40)
    outcome = models.CharField(max_length=20, choices=Outcome)
    second_person = models.BooleanField(default=False, help_text="Somebody else than who priced it decides on the referral.")
    reason = models.CharField(max_length=300, help_text="As the applicant is told.")
    valid_from = models.DateTimeField(default=timezone.now)
    valid_to = models.DateTimeField(null=True, blank=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        ordering = ("product", "name", "id")
        constraints = [
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_from__lt=F("valid_to")), name="rule_valid_for_a_while"),
            models.CheckConstraint(condition=Q(outcome__in=["refer", "decline"]), name="rule_outcome_known"),
            models.CheckConstraint(
                condition=Q(comparison__in=["at_least", "above", "at_most", "below", "is", "is_not"]), name="rule_comparison_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
