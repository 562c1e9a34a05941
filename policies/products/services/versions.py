"""Versions of a product: drafted, edited, published, thrown away."""

import datetime
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from policies.products.definition import faults
from policies.products.models import Coverage, FactorValue, Product, ProductClause, ProductVersion, RatingFactor
from policies.products.services.drafts import apply, refuse_published
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.querysets import locked

VERSION_FIELDS = ("base_rate", "short_rate_share", "quote_days", "valid_from")


def draft_version(actor: User | None, product_id: UUID) -> ProductVersion:
    """The next version as a draft: a copy of the latest, to be edited. Raises Conflict ("has_draft") where one is open."""
    require(actor, "products.change_productversion")
    with unit_of_work(actor):
        product = locked(Product.objects.all(), product_id)
        latest = product.versions.prefetch_related("coverages", "clauses", "factors__values").order_by("-number").first()
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
    ProductClause.objects.bulk_create(
        _copied(clause, product_version=target, coverage=copies[clause.coverage_id] if clause.coverage_id else None)
        for clause in source.clauses.all()
    )
    factors, values = [], []
    for factor in source.factors.all():
        copy = _copied(factor, product_version=target, coverage=copies[factor.coverage_id] if factor.coverage_id else None)
        factors.append(copy)
        values += [_copied(row, factor=copy) for row in factor.values.all()]
    RatingFactor.objects.bulk_create(factors)
    FactorValue.objects.bulk_create(values)


def _copied[M: Coverage | ProductClause | RatingFactor | FactorValue](record: M, **changed: Any) -> M:
    own = {"id", "version", "created_at", "updated_at", *changed, *(f"{name}_id" for name in changed)}
    kept = {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields if field.attname not in own}
    return type(record)(**kept, **changed)


def update_version(actor: User | None, version_id: UUID, *, version: int | None, changes: Mapping[str, Any]) -> ProductVersion:
    """Change rates and dates of a draft. Raises Conflict ("published") for any other, Invalid, StaleVersion."""
    require(actor, "products.change_productversion")
    with unit_of_work(actor):
        draft = locked(ProductVersion.objects.all(), version_id, version)
        refuse_published(draft)
        apply(draft, changes, VERSION_FIELDS)
        return draft


def publish_version(actor: User | None, version_id: UUID, *, version: int | None = None) -> ProductVersion:
    """Make a draft the product's version from its `valid_from` on; what was the latest ends there. It never changes again.

    Raises Conflict: "published", or "before_predecessor" where it would not follow the latest; Invalid for what is missing.
    """
    require(actor, "products.publish_productversion")
    with unit_of_work(actor):
        draft = locked(ProductVersion.objects.all(), version_id, version)
        product = locked(Product.objects.all(), draft.product_id)
        refuse_published(draft)
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
        refuse_published(draft)
        draft.delete()
