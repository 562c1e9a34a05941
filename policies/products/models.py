"""Products, their versions, and what a version is made of. A published version never changes; the database holds that too."""

import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from vanguard.ids import new_id
from vanguard.models import DomainModel

# Codes are keys in the API's JSON, so they are written as its names are.
CODE = RegexValidator(r"^[a-z][A-Za-z0-9]*$", "A code is one word in camelCase, such as roofAge.")
# So many bands one apart, from the first on, and a number is counted: two are as well the miles below one and those from one on.
COUNTED = 3
NOT_NEGATIVE = MinValueValidator(Decimal("0.00"), "Enter 0.00 or more.")
POSITIVE = MinValueValidator(Decimal("0.0001"), "Enter more than 0.")
A_SHARE = (MinValueValidator(Decimal(0), "Enter a share from 0 to 1."), MaxValueValidator(Decimal(1), "Enter a share from 0 to 1."))


class ProductQuerySet(models.QuerySet["Product"]):
    def on_sale_at(self, moment: datetime.datetime) -> "ProductQuerySet":
        """Those that somebody can buy at `moment`: not withdrawn, and with a version that is valid then."""
        return self.filter(is_active=True, pk__in=ProductVersion.objects.valid_at(moment).values("product"))

    def with_current(self, moment: datetime.datetime) -> "ProductQuerySet":
        """Each with its version of `moment` in `current` (a list of one, or of none), read whole."""
        version = ProductVersion.objects.valid_at(moment).whole()
        return self.prefetch_related(models.Prefetch("versions", queryset=version, to_attr="current"))


class Product(DomainModel):
    """What is sold. Policies of `policy_type` belong to it."""

    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=100)
    policy_type = models.CharField(max_length=50, unique=True)
    is_active = models.BooleanField("on sale", default=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        indexes = [
            models.Index(fields=["created_at", "id"], name="product_by_creation"),
            models.Index(fields=["name", "id"], name="product_by_name"),
        ]

    def __str__(self) -> str:
        return self.name


class VersionQuerySet(models.QuerySet["ProductVersion"]):
    def valid_at(self, moment: datetime.datetime) -> "VersionQuerySet":
        """The published ones whose half-open validity holds `moment`; of one product at most one."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=moment), status=ProductVersion.Status.PUBLISHED, valid_from__lte=moment)

    def whole(self) -> "VersionQuerySet":
        """With product, coverages, factors and their tables, in five queries."""
        return self.select_related("product").prefetch_related("coverages", "factors__coverage", "factors__values")


class ProductVersion(DomainModel):
    """The terms and rates of a product from `valid_from` until its successor begins. `base_rate` is in dollars a year."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_to = models.DateTimeField(null=True, blank=True, help_text="Set once, when the successor is published.")
    base_rate = models.DecimalField(max_digits=10, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"), "Enter 0.01 or more.")])
    short_rate_share = models.DecimalField(
        "short-rate penalty",
        max_digits=5,
        decimal_places=4,
        default=Decimal("0.1000"),
        validators=A_SHARE,
        help_text="The share of the unearned premium that is kept on a short-rate cancellation.",
    )
    quote_days = models.PositiveSmallIntegerField(
        "days a quote is valid",
        default=30,
        validators=[MinValueValidator(1, "Enter 1 to 365 days."), MaxValueValidator(365, "Enter 1 to 365 days.")],
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ("product", "-number")
        permissions = [("publish_productversion", "Can publish a product version")]
        constraints = [
            models.UniqueConstraint(fields=["product", "number"], name="product_version_number_once"),
            models.UniqueConstraint(fields=["product"], condition=Q(status="draft"), name="product_has_one_draft"),
            models.UniqueConstraint(
                fields=["product"], condition=Q(status="published", valid_to=None), name="product_has_one_latest_version"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", published_at=None, valid_to=None)
                | Q(status="published", published_at__isnull=False, valid_from__isnull=False),
                name="product_version_draft_or_published",
            ),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_from__lt=F("valid_to")), name="product_version_valid_for_a_while"),
            models.CheckConstraint(
                condition=Q(base_rate__gt=0, short_rate_share__gte=0, short_rate_share__lte=1, quote_days__gte=1),
                name="product_version_rates_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product.name} {self.number}"

    @property
    def short_rate_words(self) -> str:
        """10.00 % of the unearned premium."""
        return f"{self.short_rate_share * 100:.2f} % of the unearned premium"

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def principal(self) -> "Coverage":
        """The coverage whose limit and deductible become the policy's. Raises StopIteration where a draft has none yet."""
        return next(coverage for coverage in self.coverages.all() if coverage.is_principal)

    def is_valid_at(self, moment: datetime.datetime) -> bool:
        """The same rule as VersionQuerySet.valid_at, for a version at hand."""
        begun = not self.is_draft and self.valid_from is not None and self.valid_from <= moment
        return begun and (self.valid_to is None or moment < self.valid_to)

    @property
    def is_current(self) -> bool:
        return self.is_valid_at(timezone.now())


class Coverage(DomainModel):
    """One promise of a version: for which claims, up to what, less what. Amounts in dollars; ranges include both ends."""

    class SettlementRule(models.TextChoices):
        """How a loss is settled (see claims.settlement)."""

        LIMIT_LESS_DEDUCTIBLE = "limit_less_deductible", "Limit less deductible: the deductible comes off the limit too"
        LIMIT = "limit", "Limit: a loss above it pays all of it"

    class Valuation(models.TextChoices):
        """At what a loss is valued: whether depreciation is held back until the repair, or for good."""

        REPLACEMENT_COST = "replacement_cost", "Replacement cost: depreciation is paid when the repair is shown"
        ACTUAL_CASH_VALUE = "actual_cash_value", "Actual cash value: depreciation is not paid"

    product_version = models.ForeignKey(ProductVersion, on_delete=models.CASCADE, related_name="coverages")
    code = models.CharField(max_length=40, validators=[CODE])
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)
    is_principal = models.BooleanField(default=False, help_text="Its limit and deductible become the policy's.")
    least_limit = models.DecimalField(max_digits=15, decimal_places=2, validators=[NOT_NEGATIVE])
    most_limit = models.DecimalField(max_digits=15, decimal_places=2, validators=[NOT_NEGATIVE])
    usual_limit = models.DecimalField(max_digits=15, decimal_places=2, validators=[NOT_NEGATIVE])
    least_deductible = models.DecimalField(max_digits=15, decimal_places=2, default=Decimal("0.00"), validators=[NOT_NEGATIVE])
    most_deductible = models.DecimalField(max_digits=15, decimal_places=2, default=Decimal("0.00"), validators=[NOT_NEGATIVE])
    usual_deductible = models.DecimalField(max_digits=15, decimal_places=2, default=Decimal("0.00"), validators=[NOT_NEGATIVE])
    aggregate = models.DecimalField(
        max_digits=15,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[NOT_NEGATIVE],
        help_text="The most for all losses of a term. Empty: none.",
    )
    claim_types = models.JSONField(default=list, help_text="The types of claim that it answers.")
    settlement_rule = models.CharField(max_length=30, choices=SettlementRule, default=SettlementRule.LIMIT_LESS_DEDUCTIBLE)
    valuation = models.CharField(max_length=30, choices=Valuation, default=Valuation.REPLACEMENT_COST)

    class Meta:
        ordering = ("position", "code")
        constraints = [
            models.UniqueConstraint(fields=["product_version", "code"], name="coverage_code_once"),
            models.UniqueConstraint(fields=["product_version"], condition=Q(is_principal=True), name="coverage_one_principal"),
            models.CheckConstraint(
                condition=Q(
                    least_limit__gte=0,
                    least_limit__lte=F("usual_limit"),
                    usual_limit__lte=F("most_limit"),
                    least_deductible__gte=0,
                    least_deductible__lte=F("usual_deductible"),
                    usual_deductible__lte=F("most_deductible"),
                ),
                name="coverage_ranges_in_order",
            ),
            models.CheckConstraint(
                condition=Q(aggregate=None) | Q(aggregate__gte=F("usual_limit")), name="coverage_aggregate_holds_a_limit"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProductClause(models.Model):
    """A clause of a version's form, as letters and proofs quote it. Without a version: of the form for policies of no product."""

    class Topic(models.TextChoices):
        """What the clause is about; by it a reason of denial and a line of a settlement find theirs."""

        INSURING = "insuring", "What is insured"
        LIMIT = "limit", "Limit"
        DEDUCTIBLE = "deductible", "Deductible"
        VALUATION = "valuation", "How a loss is valued"
        EXCLUSION = "exclusion", "Exclusion"
        NOT_COVERED_PROPERTY = "not_covered_property", "Property not covered"
        PERIOD = "period", "Policy period"
        NOTICE = "notice", "Duties after loss"
        INTEREST = "interest", "Insurable interest"
        MISREPRESENTATION = "misrepresentation", "Concealment or fraud"
        ONE_PAYMENT = "one_payment", "One payment for one loss"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product_version = models.ForeignKey(ProductVersion, null=True, blank=True, on_delete=models.CASCADE, related_name="clauses")
    coverage = models.ForeignKey(Coverage, null=True, blank=True, on_delete=models.CASCADE, related_name="clauses")
    reference = models.CharField(max_length=20)
    topic = models.CharField(max_length=30, choices=Topic)
    heading = models.CharField(max_length=100)
    text = models.TextField(max_length=4000)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "reference")
        constraints = [
            models.UniqueConstraint(fields=["product_version", "reference"], name="clause_reference_once"),
            models.UniqueConstraint(fields=["reference"], condition=Q(product_version=None), name="clause_reference_once_without_product"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.heading}"


class RatingFactor(DomainModel):
    """One factor of the premium: what it looks at, and a table from that to a multiplier."""

    class LooksAt(models.TextChoices):
        CHOICE = "choice", "An answer out of a list"
        NUMBER = "number", "A number that is asked for"
        LIMIT = "limit", "The limit of a coverage"
        DEDUCTIBLE = "deductible", "The deductible of a coverage"

    product_version = models.ForeignKey(ProductVersion, on_delete=models.CASCADE, related_name="factors")
    code = models.CharField(max_length=40, validators=[CODE])
    name = models.CharField(max_length=100)
    question = models.CharField(max_length=200, blank=True, help_text="As the applicant is asked; empty where the cover tells.")
    position = models.PositiveSmallIntegerField(default=0)
    looks_at = models.CharField(max_length=20, choices=LooksAt)
    coverage = models.ForeignKey(Coverage, null=True, blank=True, on_delete=models.CASCADE, related_name="factors")
    most = models.DecimalField(
        max_digits=15, decimal_places=2, null=True, blank=True, help_text="The largest number that is taken. Empty: any."
    )
    whole = models.BooleanField(
        "whole numbers only",
        null=True,
        blank=True,
        help_text="A count, or an age in full years. Not said: where the rates begin at numbers one apart.",
    )

    class Meta:
        ordering = ("position", "code")
        constraints = [
            models.UniqueConstraint(fields=["product_version", "code"], name="factor_code_once"),
            models.CheckConstraint(
                condition=Q(looks_at__in=["choice", "number"], coverage=None)
                | Q(looks_at__in=["limit", "deductible"], coverage__isnull=False),
                name="factor_has_its_coverage",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_asked(self) -> bool:
        """Whether the applicant answers it; the others look at the cover that is chosen."""
        return self.looks_at in (self.LooksAt.CHOICE, self.LooksAt.NUMBER)

    @property
    def most_words(self) -> str:
        """At most 150; empty where any number is taken."""
        return "" if self.most is None else f"at most {shown_number(self.most)}"

    @property
    def takes_whole(self) -> bool:
        """Whether its answer is a whole number. Of a version from before that was asked, the rates tell: 0, 1, 2 are counted, and what
        begins at 0.5 somewhere, or at 0, 1, 3 and 10, is measured."""
        if self.looks_at != self.LooksAt.NUMBER or self.whole is not None:
            return self.looks_at == self.LooksAt.NUMBER and bool(self.whole)
        begins = sorted(row.at_least for row in self.values.all() if row.at_least is not None)
        first = begins[:COUNTED]
        in_full = all(each == each.to_integral_value() for each in map(Decimal, begins))
        return len(first) == COUNTED and in_full and all(after - before == 1 for before, after in pairwise(first))

    @property
    def is_banded(self) -> bool:
        """Whether its table goes by amounts rather than by words."""
        return self.looks_at != self.LooksAt.CHOICE


class FactorValue(models.Model):
    """A row of a factor's table: a word, or a number from which on, and the multiplier there."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    factor = models.ForeignKey(RatingFactor, on_delete=models.CASCADE, related_name="values")
    position = models.PositiveSmallIntegerField(default=0)
    value = models.CharField(max_length=40, blank=True)
    label = models.CharField(max_length=100, blank=True)
    at_least = models.DecimalField(max_digits=15, decimal_places=2, null=True, blank=True)
    multiplier = models.DecimalField(max_digits=8, decimal_places=4, validators=[POSITIVE])

    class Meta:
        ordering = ("position", "id")
        constraints = [
            models.CheckConstraint(condition=Q(multiplier__gt=0), name="factor_multiplier_positive"),
            models.CheckConstraint(
                condition=Q(value="", at_least__isnull=False) | ~Q(value="") & Q(at_least=None), name="factor_value_word_or_band"
            ),
            models.UniqueConstraint(fields=["factor", "value"], condition=~Q(value=""), name="factor_word_once"),
            models.UniqueConstraint(fields=["factor", "at_least"], condition=Q(value=""), name="factor_band_once"),
        ]

    def __str__(self) -> str:
        return f"{self.words}: {self.multiplier}"

    @property
    def words(self) -> str:
        """Masonry; from 25,000."""
        if self.at_least is None:
            return self.label or self.value
        return f"from {shown_number(self.at_least)}"


def shown_number(number: Any) -> str:
    """25000.00 → 25,000; 0.50 stays 0.5."""
    return f"{Decimal(number).normalize():,f}"
