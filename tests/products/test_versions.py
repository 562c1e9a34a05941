"""Versions: drafted, edited, published, and from then on never changed, by the services or by the database."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from claims.bordereau.lines import PRODUCTS
from policies.products import services
from policies.products.definition import compare
from policies.products.models import Coverage, FactorValue, Product, ProductVersion, RatingFactor
from policies.products.services import Rate
from tests.factories import adjuster, superuser, underwriter
from tests.quotes.making import product
from vanguard.errors import Conflict, DomainError, Invalid, NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def latest(code: str = "HO") -> ProductVersion:
    return ProductVersion.objects.whole().get(product__code=code, status="published", valid_to=None)


def draft(**changes: Any) -> ProductVersion:
    made = services.draft_version(None, product().pk)
    return services.update_version(None, made.pk, version=made.version, changes=changes) if changes else made


def soon(days: int = 1) -> datetime.datetime:
    return timezone.now() + datetime.timedelta(days=days)


def test_the_book_finds_a_product_for_each_of_its_types_with_ranges_that_hold_its_terms() -> None:
    """The PRISM bordereau's limits and deductibles, and the earliest loss."""
    terms = {"homeowners": ((200_000, 20_000), (300_000, 20_000)), "personal_auto": ((8_000, 1_000), (15_000, 1_000), (20_000, 1_000))}
    then = datetime.datetime(2008, 1, 1, tzinfo=datetime.UTC)
    assert {each.policy_type for each in PRODUCTS.values()} == set(terms)
    for policy_type, pairs in terms.items():
        version = ProductVersion.objects.valid_at(then).whole().get(product__policy_type=policy_type)
        claim_types = {claim_type for coverage in version.coverages.all() for claim_type in coverage.claim_types}
        assert {each.claim_type for each in PRODUCTS.values() if each.policy_type == policy_type} <= claim_types
        for limit, deductible in pairs:
            principal = version.principal
            assert principal.least_limit <= limit <= principal.most_limit
            assert principal.least_deductible <= deductible <= principal.most_deductible
            assert principal.settlement_rule == "limit_less_deductible"


def test_of_each_product_one_version_is_valid_at_any_moment() -> None:
    for at in (datetime.datetime(2008, 1, 1, tzinfo=datetime.UTC), datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), timezone.now()):
        assert ProductVersion.objects.valid_at(at).count() == Product.objects.count() == 2
    edge = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    assert ProductVersion.objects.valid_at(edge - datetime.timedelta(microseconds=1)).get(product=product()).number == 1
    assert ProductVersion.objects.valid_at(edge).get(product=product()).number == 2


def test_a_draft_is_a_whole_copy_of_the_latest() -> None:
    copy = ProductVersion.objects.whole().get(pk=draft().pk)
    assert (copy.number, copy.status, copy.valid_from) == (3, "draft", None)
    assert [line for line in compare(latest(), copy) if line.is_one] == []
    assert Coverage.objects.filter(product_version=copy).count() == 3


def test_there_is_one_draft_of_a_product_at_a_time() -> None:
    draft()
    with pytest.raises(Conflict) as refused:
        draft()
    assert refused.value.code == "has_draft"


def test_a_published_version_begins_where_its_predecessor_ends() -> None:
    boss, begins = superuser(), soon(3)
    before = latest()
    published = services.publish_version(boss, draft(base_rate=Decimal("1250.00"), valid_from=begins).pk)
    before.refresh_from_db()
    assert (published.status, published.published_by, published.valid_to) == ("published", boss, None)
    assert before.valid_to == published.valid_from == begins
    assert ProductVersion.objects.valid_at(timezone.now()).get(product=product()).number == 2
    assert ProductVersion.objects.valid_at(begins).get(product=product()).number == 3


@pytest.mark.parametrize(
    ("valid_from", "code"),
    [(None, "required"), (datetime.datetime(2021, 1, 1, tzinfo=datetime.UTC), "in_past")],
)
def test_a_version_is_published_from_now_on_at_the_earliest(valid_from: datetime.datetime | None, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.publish_version(None, draft(valid_from=valid_from).pk)
    assert (refused.value.code, refused.value.errors[0].field) == (code, "valid_from")


def test_a_version_is_not_published_before_the_one_that_waits_already() -> None:
    services.publish_version(None, draft(valid_from=soon(30)).pk)
    with pytest.raises(Conflict) as refused:
        services.publish_version(None, draft(valid_from=soon(10)).pk)
    assert refused.value.code == "before_predecessor"


def test_a_table_that_leaves_a_choice_without_a_rate_is_not_published() -> None:
    made = draft(valid_from=soon())
    factor = made.factors.get(code="dwellingLimit")
    services.update_factor(None, factor.pk, version=factor.version, changes={}, rates=[Rate(Decimal("1.1"), at_least=Decimal(250_000))])
    with pytest.raises(Invalid) as refused:
        services.publish_version(None, made.pk)
    assert refused.value.errors[0].field == "factors.dwellingLimit"


@pytest.mark.parametrize(
    ("rates", "code"),
    [
        ([Rate(Decimal("-0.5"), value="frame")], "out_of_range"),
        ([Rate(Decimal(0), value="frame")], "out_of_range"),
        ([Rate(Decimal("NaN"), value="frame")], "out_of_range"),
        ([Rate(Decimal("1.00001"), value="frame")], "out_of_range"),
        ([Rate(Decimal(1), value="frame"), Rate(Decimal(2), value="frame")], "duplicate"),
        ([Rate(Decimal(1), at_least=Decimal(3))], "invalid"),
        ([], "required"),
    ],
)
def test_a_factor_that_cannot_be_multiplied_with_is_refused(rates: list[Rate], code: str) -> None:
    factor = draft().factors.get(code="construction")
    with pytest.raises(Invalid) as refused:
        services.update_factor(None, factor.pk, version=factor.version, changes={}, rates=rates)
    assert (refused.value.code, refused.value.errors[0].field) == (code, "rates")
    assert factor.values.count() == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"least_limit": Decimal(999_999_999)}, "usual_limit"),
        ({"most_deductible": Decimal(1)}, "most_deductible"),
        ({"least_limit": Decimal(-1)}, "least_limit"),
        ({"aggregate": Decimal(5)}, "aggregate"),
        ({"claim_types": []}, "claim_types"),
        ({"settlement_rule": "generous"}, "settlement_rule"),
    ],
)
def test_a_coverage_that_makes_no_sense_names_its_field(changes: dict[str, Any], field: str) -> None:
    coverage = draft().coverages.get(code="dwelling")
    with pytest.raises(Invalid) as refused:
        services.update_coverage(None, coverage.pk, version=coverage.version, changes=changes)
    assert field in [error.field for error in refused.value.errors]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"base_rate": Decimal(-1)}, "base_rate"),
        ({"short_rate_share": Decimal("1.5")}, "short_rate_share"),
        ({"quote_days": 0}, "quote_days"),
    ],
)
def test_rates_out_of_range_name_their_field(changes: dict[str, Any], field: str) -> None:
    made = draft()
    with pytest.raises(Invalid) as refused:
        services.update_version(None, made.pk, version=made.version, changes=changes)
    assert refused.value.errors[0].field == field


EDITS: list[Callable[[ProductVersion], object]] = [
    lambda version: services.update_version(None, version.pk, version=None, changes={"base_rate": Decimal(1)}),
    lambda version: services.update_coverage(None, version.principal.pk, version=None, changes={"name": "House"}),
    lambda version: services.update_factor(None, version.factors.all()[0].pk, version=None, changes={"name": "Walls"}),
    lambda version: services.publish_version(None, version.pk),
    lambda version: services.discard_version(None, version.pk, version=None),
]


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_published_is_not_edited_by_anybody(edit: Callable[[ProductVersion], object]) -> None:
    with pytest.raises(Conflict) as refused:
        edit(latest())
    assert refused.value.code == "published"


WRITES: list[Callable[[ProductVersion], object]] = [
    lambda version: ProductVersion.objects.filter(pk=version.pk).update(base_rate=1),
    lambda version: ProductVersion.objects.filter(pk=version.pk).update(status="draft", published_at=None),
    lambda version: ProductVersion.objects.filter(product=version.product, number=1).update(valid_to=None),
    lambda version: Coverage.objects.filter(product_version=version).update(most_limit=10**9),
    lambda version: RatingFactor.objects.filter(product_version=version).update(most=1),
    lambda version: FactorValue.objects.filter(factor__product_version=version).update(multiplier=2),
    lambda version: FactorValue.objects.create(factor=version.factors.all()[0], value="adobe", multiplier=1),
    lambda version: FactorValue.objects.filter(factor=version.factors.all()[0]).update(factor=draft().factors.all()[1]),
]


@pytest.mark.parametrize("write", WRITES)
def test_the_database_itself_keeps_what_is_published(write: Callable[[ProductVersion], object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        write(latest())


def test_nor_does_postgresql_let_a_part_be_deleted() -> None:
    """SQLite does: Django empties tables there by deleting their rows."""
    if connection.vendor != "postgresql":
        return
    for rows in (FactorValue.objects.filter(factor__product_version=latest()), Coverage.objects.filter(product_version=latest())):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows._raw_delete(rows.db)


def test_two_versions_that_would_be_valid_at_once_are_refused_by_the_database() -> None:
    made = draft(valid_from=datetime.datetime(2010, 1, 1, tzinfo=datetime.UTC))
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductVersion.objects.filter(pk=made.pk).update(status="published", published_at=timezone.now(), valid_to=soon())


def test_a_negative_factor_does_not_get_past_the_database_either() -> None:
    row = draft().factors.all()[0].values.all()[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        FactorValue.objects.filter(pk=row.pk).update(multiplier=Decimal("-0.5"))


def test_a_draft_that_is_not_wanted_is_thrown_away_whole() -> None:
    made = draft()
    services.discard_version(underwriter(), made.pk, version=made.version)
    assert not RatingFactor.objects.filter(product_version_id=made.pk).exists()
    assert draft().number == 3


def test_underwriters_draft_and_only_who_may_publishes() -> None:
    made = services.draft_version(underwriter(), product().pk)
    made = services.update_version(underwriter(), made.pk, version=made.version, changes={"valid_from": soon()})
    calls: list[Callable[[], object]] = [
        lambda: services.publish_version(underwriter(), made.pk),
        lambda: services.draft_version(adjuster(), product("PA").pk),
    ]
    for call in calls:
        with pytest.raises(NotAllowed):
            call()
    assert services.publish_version(superuser(), made.pk).status == "published"


def test_a_withdrawn_product_is_not_on_sale_until_it_comes_back() -> None:
    boss = superuser()
    services.set_on_sale(boss, product().pk, on_sale=False)
    assert [each.code for each in Product.objects.on_sale_at(timezone.now())] == ["PA"]
    with pytest.raises(DomainError):
        services.set_on_sale(boss, product().pk, on_sale=False)
    services.set_on_sale(boss, product().pk, on_sale=True)
    assert Product.objects.on_sale_at(timezone.now()).count() == 2
