"""The catalogue's products are there after every migrate that finds none, as roles and first limits are."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from policies.products.catalogue import CATALOGUE, FactorSpec, ProductSpec, VersionSpec
from policies.products.models import Coverage, FactorValue, Product, ProductClause, ProductVersion, RatingFactor
from policies.products.wording import form_of, form_without_product
from vanguard.accounts.roles import RolesSynced
from vanguard.events import on


@on(RolesSynced)
def seed_products(roles: RolesSynced) -> None:
    """A database without any product gets the catalogue. One that has products is left alone."""
    if not Product.objects.using(roles.using).exists():
        with transaction.atomic(using=roles.using):
            for spec in CATALOGUE:
                _product(spec, roles.using)
    if not ProductClause.objects.using(roles.using).filter(product_version=None).exists():
        _general_form(roles.using)


def _product(spec: ProductSpec, using: str) -> None:
    product = Product(code=spec.code, name=spec.name, policy_type=spec.policy_type)
    Product.objects.using(using).bulk_create([product])
    for number, version in enumerate(spec.versions, start=1):
        _version(product, number, version, using)


def _version(product: Product, number: int, spec: VersionSpec, using: str) -> None:
    version = ProductVersion(
        product=product,
        number=number,
        base_rate=Decimal(spec.base_rate),
        short_rate_share=Decimal(spec.short_rate_share),
        valid_from=_first_of(spec.valid_from),
    )
    ProductVersion.objects.using(using).bulk_create([version])
    coverages = [_coverage(version, spec, place) for place in range(len(spec.coverages))]
    Coverage.objects.using(using).bulk_create(coverages)
    by_code = {coverage.code: coverage for coverage in coverages}
    factors = [_factor(version, each, place, by_code.get(each.coverage)) for place, each in enumerate(spec.factors)]
    RatingFactor.objects.using(using).bulk_create(factors)
    ProductClause.objects.using(using).bulk_create(_clauses(version, coverages))
    rows = [row for factor, each in zip(factors, spec.factors, strict=True) for row in _values(factor, each)]
    FactorValue.objects.using(using).bulk_create(rows)
    # Only now: what is published takes no more parts.
    ended = {"valid_to": _first_of(spec.valid_to)} if spec.valid_to else {}
    ProductVersion.objects.using(using).filter(pk=version.pk).update(
        status=ProductVersion.Status.PUBLISHED, published_at=timezone.now(), **ended
    )


def _coverage(version: ProductVersion, spec: VersionSpec, place: int) -> Coverage:
    of = spec.coverages[place]
    (least, usual, most), (low, middle, high) = of.limits, of.deductibles
    return Coverage(
        product_version=version,
        code=of.code,
        name=of.name,
        position=place,
        is_principal=place == 0,
        least_limit=Decimal(least),
        usual_limit=Decimal(usual),
        most_limit=Decimal(most),
        least_deductible=Decimal(low),
        usual_deductible=Decimal(middle),
        most_deductible=Decimal(high),
        aggregate=Decimal(of.aggregate) if of.aggregate is not None else None,
        claim_types=list(of.claim_types),
        settlement_rule=of.settlement_rule,
        valuation=of.valuation,
    )


def _clauses(version: ProductVersion, coverages: list[Coverage]) -> list[ProductClause]:
    by_code = {coverage.code: coverage for coverage in coverages}
    return [
        ProductClause(
            product_version=version,
            coverage=by_code.get(spec.coverage),
            position=place,
            reference=spec.reference,
            topic=spec.topic,
            heading=spec.heading,
            text=spec.text,
        )
        for place, spec in enumerate(form_of(coverages))
    ]


def _general_form(using: str) -> None:
    forms = [
        ProductClause(position=place, reference=spec.reference, topic=spec.topic, heading=spec.heading, text=spec.text)
        for place, spec in enumerate(form_without_product())
    ]
    ProductClause.objects.using(using).bulk_create(forms)


def _factor(version: ProductVersion, spec: FactorSpec, place: int, coverage: Coverage | None) -> RatingFactor:
    return RatingFactor(
        product_version=version,
        code=spec.code,
        name=spec.name,
        question=spec.question,
        position=place,
        looks_at=spec.looks_at,
        coverage=coverage,
        most=Decimal(spec.most) if spec.most is not None else None,
        whole=spec.whole if spec.looks_at == RatingFactor.LooksAt.NUMBER else None,
    )


def _values(factor: RatingFactor, spec: FactorSpec) -> list[FactorValue]:
    return [
        FactorValue(
            factor=factor,
            position=place,
            value="" if factor.is_banded else key,
            label="" if factor.is_banded else _label(key),
            at_least=Decimal(key) if factor.is_banded else None,
            multiplier=Decimal(multiplier),
        )
        for place, (key, multiplier) in enumerate(spec.rates)
    ]


def _label(word: str) -> str:
    """fireResistive → Fire resistive."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in word)
    return spaced.capitalize()


def _first_of(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)
