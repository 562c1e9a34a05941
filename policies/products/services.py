"""Every change to a product. Each function is one transaction, asks for the permission, and refuses by a DomainError."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from policies.products.definition import faults
from policies.products.models import Coverage, FactorValue, Product, ProductVersion, RatingFactor
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, FieldError, Invalid
from vanguard.querysets import locked
from vanguard.validation import check

VERSION_FIELDS = ("base_rate", "short_rate_share", "quote_days", "valid_from")
COVERAGE_FIELDS = (
    "name", "least_limit", "most_limit", "usual_limit", "least_deductible", "most_deductible", "usual_deductible",
    "aggregate", "claim_types", "settlement_rule",
)  # fmt: skip
FACTOR_FIELDS = ("name", "question", "most")
LONGEST_TYPE = 50


@dataclass(frozen=True, slots=True)
class Rate:
    """A row of a factor's table, as somebody gives it: a word, or a number from which on."""

    multiplier: Decimal
    value: str = ""
    label: str = ""
    at_least: Decimal | None = None


def draft_version(actor: User | None, product_id: UUID) -> ProductVersion:
    """The next version as a draft: a copy of the latest, to be edited. Raises Conflict ("has_draft") where one is open."""
    require(actor, "products.change_productversion")
    with unit_of_work(actor):
        product = locked(Product.objects.all(), product_id)
        latest = product.versions.prefetch_related("coverages", "factors__values").order_by("-number").first()
        if latest is None or latest.is_draft:
            raise Conflict(f"{product} has a draft already: edit or publish that.", code="has_draft")
        draft = ProductVersion.objects.create(
            product=product,
            number=latest.number + 1,
            base_rate=latest.base_rate,
            short_rate_share=latest.short_rate_share,
            quote_days=latest.quote_days,
        )
        _copy_parts(latest, draft)
        return draft


def _copy_parts(source: ProductVersion, target: ProductVersion) -> None:
    copies = {coverage.pk: _copied(coverage, product_version=target) for coverage in source.coverages.all()}
    Coverage.objects.bulk_create(copies.values())
    factors, values = [], []
    for factor in source.factors.all():
        copy = _copied(factor, product_version=target, coverage=copies[factor.coverage_id] if factor.coverage_id else None)
        factors.append(copy)
        values += [_copied(row, factor=copy) for row in factor.values.all()]
    RatingFactor.objects.bulk_create(factors)
    FactorValue.objects.bulk_create(values)


def _copied[M: Coverage | RatingFactor | FactorValue](record: M, **changed: Any) -> M:
    own = {"id", "version", "created_at", "updated_at", *changed, *(f"{name}_id" for name in changed)}
    kept = {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields if field.attname not in own}
    return type(record)(**kept, **changed)


def update_version(actor: User | None, version_id: UUID, *, version: int | None, changes: Mapping[str, Any]) -> ProductVersion:
    """Change rates and dates of a draft. Raises Conflict ("published") for any other, Invalid, StaleVersion."""
    require(actor, "products.change_productversion")
    with unit_of_work(actor):
        draft = locked(ProductVersion.objects.all(), version_id, version)
        _refuse_published(draft)
        _apply(draft, changes, VERSION_FIELDS)
        return draft


def update_coverage(actor: User | None, coverage_id: UUID, *, version: int | None, changes: Mapping[str, Any]) -> Coverage:
    """Change a coverage of a draft. Raises Conflict ("published"), Invalid with every field to correct, StaleVersion."""
    require(actor, "products.change_productversion")
    with unit_of_work(actor):
        coverage = locked(Coverage.objects.all(), coverage_id, version)
        _refuse_published(_version_of(coverage))
        _apply(coverage, changes, COVERAGE_FIELDS)
        return coverage


def update_factor(
    actor: User | None, factor_id: UUID, *, version: int | None, changes: Mapping[str, Any], rates: Sequence[Rate] | None = None
) -> RatingFactor:
    """Change a factor of a draft; `rates` replaces its table. Raises Conflict ("published"), Invalid, StaleVersion."""
    require(actor, "products.change_productversion")
    with unit_of_work(actor):
        factor = locked(RatingFactor.objects.all(), factor_id, version)
        _refuse_published(_version_of(factor))
        _apply(factor, changes, FACTOR_FIELDS)
        if rates is not None:
            _replace_rates(factor, rates)
        return factor


def publish_version(actor: User | None, version_id: UUID, *, version: int | None = None) -> ProductVersion:
    """Make a draft the product's version from its `valid_from` on; what was the latest ends there. It never changes again.

    Raises Conflict: "published", or "before_predecessor" where it would not follow the latest; Invalid for what is missing.
    """
    require(actor, "products.publish_productversion")
    with unit_of_work(actor):
        draft = locked(ProductVersion.objects.all(), version_id, version)
        product = locked(Product.objects.all(), draft.product_id)
        _refuse_published(draft)
        now = timezone.now()
        begins = _begin_of(draft, now)
        if errors := faults(ProductVersion.objects.whole().get(pk=draft.pk)):
            raise Invalid.of(errors)
        latest = product.versions.filter(status=ProductVersion.Status.PUBLISHED, valid_to=None).first()
        if latest is not None:
            if latest.valid_from is not None and begins <= latest.valid_from:
                raise Conflict(f"{latest} begins later than that or at once with it.", code="before_predecessor", field="valid_from")
            change(latest, valid_to=begins)
        change(draft, status=ProductVersion.Status.PUBLISHED, published_at=now, published_by=actor)
        change(product, is_active=product.is_active)  # its pages show another version from now on: open ones are stale
        return draft


def _begin_of(draft: ProductVersion, now: datetime.datetime) -> datetime.datetime:
    if draft.valid_from is None:
        raise Invalid("Say from when the version is valid.", code="required", field="valid_from")
    if draft.valid_from < now:
        raise Invalid(
            "A version is valid from now on at the earliest: what was quoted stays as it was.", code="in_past", field="valid_from"
        )
    return draft.valid_from


def discard_version(actor: User | None, version_id: UUID, *, version: int | None) -> None:
    """Throw a draft away. Raises Conflict ("published")."""
    require(actor, "products.change_productversion")
    with unit_of_work(actor):
        draft = locked(ProductVersion.objects.all(), version_id, version)
        _refuse_published(draft)
        draft.delete()


def set_on_sale(actor: User | None, product_id: UUID, *, on_sale: bool, version: int | None = None) -> Product:
    """Withdraw a product from sale, or bring it back. Quotes that have a price keep it. Raises Conflict where it is so already."""
    require(actor, "products.publish_productversion")
    with unit_of_work(actor):
        product = locked(Product.objects.all(), product_id, version)
        if product.is_active == on_sale:
            raise Conflict(f"{product} is {'on sale' if on_sale else 'withdrawn'} already.", code="not_allowed_now")
        change(product, is_active=on_sale)
        return product


def _version_of(part: Coverage | RatingFactor) -> ProductVersion:
    """Locked, so that nobody publishes it under the edit."""
    return locked(ProductVersion.objects.all(), part.product_version_id)


def _refuse_published(version: ProductVersion) -> None:
    if not version.is_draft:
        raise Conflict(f"{version} is published and never changes: draft a new version.", code="published")


def _apply(record: ProductVersion | Coverage | RatingFactor, changes: Mapping[str, Any], names: Sequence[str]) -> None:
    before = {name: getattr(record, name) for name in names}
    for name in names:
        setattr(record, name, changes.get(name, before[name]))
    check(record, *(_coverage_errors(record) if isinstance(record, Coverage) else []))
    after = {name: getattr(record, name) for name in names}
    for name, value in before.items():
        setattr(record, name, value)
    change(record, **{name: value for name, value in after.items() if value != before[name]})


def _coverage_errors(coverage: Coverage) -> list[FieldError]:
    errors = []
    for word in ("limit", "deductible"):
        least, usual, most = (getattr(coverage, f"{which}_{word}") for which in ("least", "usual", "most"))
        if least > usual:
            errors.append(FieldError(f"usual_{word}", "out_of_range", f"The usual {word} is not below the least."))
        if usual > most:
            errors.append(FieldError(f"most_{word}", "out_of_range", f"The most {word} is not below the usual."))
    if coverage.aggregate is not None and coverage.aggregate < coverage.usual_limit:
        errors.append(FieldError("aggregate", "out_of_range", "The aggregate is not below the usual limit."))
    types = coverage.claim_types
    if not isinstance(types, list) or not types or not all(isinstance(each, str) and 0 < len(each) <= LONGEST_TYPE for each in types):
        errors.append(FieldError("claim_types", "invalid", "Name at least one type of claim."))
    return errors


def _replace_rates(factor: RatingFactor, rates: Sequence[Rate]) -> None:
    rows = [
        FactorValue(factor=factor, position=place, value=rate.value, label=rate.label, at_least=rate.at_least, multiplier=rate.multiplier)
        for place, rate in enumerate(rates)
    ]
    if errors := _rate_errors(factor, rows):
        raise Invalid.of(errors)
    factor.values.all().delete()
    for row in rows:
        row.save(force_insert=True)  # one by one, so that each is audited


def _rate_errors(factor: RatingFactor, rows: Sequence[FactorValue]) -> list[FieldError]:
    if not rows:
        return [FieldError("rates", "required", "Give at least one rate.")]
    keys = [row.at_least if factor.is_banded else row.value for row in rows]
    if any(key in (None, "") for key in keys):
        return [FieldError("rates", "invalid", "Each line begins with a number." if factor.is_banded else "Each line begins with a word.")]
    if len(set(keys)) < len(keys):
        return [FieldError("rates", "duplicate", "Each line begins with another value.")]
    for row in rows:
        if not row.multiplier.is_finite() or not 0 < row.multiplier < 1000 or row.multiplier != row.multiplier.quantize(Decimal("0.0001")):
            return [FieldError("rates", "out_of_range", f"{row.words}: a factor is above 0, below 1,000, with at most four decimals.")]
    return []
