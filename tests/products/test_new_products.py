"""A product from nothing: its first draft, coverages and factors, each refusal at its field, and then a quote at its price."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from policies.products import services
from policies.products.models import Coverage, Product, ProductVersion
from policies.products.services import Rate
from policies.quotes.services import create_quote, price_quote
from tests.factories import CustomerFactory, adjuster, underwriter
from tests.quotes.making import a_year_from, days_ahead
from vanguard.errors import Conflict, DomainError, Invalid, NotAllowed, StaleVersion

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CONTENTS: dict[str, Any] = {
    "name": "Contents",
    "least_limit": Decimal(5_000),
    "usual_limit": Decimal(20_000),
    "most_limit": Decimal(80_000),
    "claim_types": ["theft", "fire"],
}
FLOORS = (Rate(Decimal("1.2"), value="ground", label="Ground floor"), Rate(Decimal("0.9"), value="upper"))
BANDS = (Rate(Decimal("0.8"), at_least=Decimal(0)), Rate(Decimal("1.5"), at_least=Decimal(30_000)))


def renters() -> ProductVersion:
    """The draft of a new product for people who rent."""
    made = services.create_product(underwriter(), code="RE", name="Renters", policy_type="renters", base_rate=Decimal("240.00"))
    return made.versions.get()


def refusal(call: Callable[[], object]) -> tuple[str, str]:
    """Field and code of what was refused, which is one field only."""
    with pytest.raises(DomainError) as refused:
        call()
    (field,) = {error.field for error in refused.value.errors}
    return field, refused.value.errors[0].code


def test_a_new_product_is_quoted_at_base_rate_times_factors_once_it_is_published() -> None:
    draft = renters()
    services.add_coverage(None, draft.pk, code="contents", **CONTENTS)
    services.add_factor(None, draft.pk, code="floor", name="Floor", looks_at="choice", question="On which floor?", rates=FLOORS)
    services.add_factor(None, draft.pk, code="contentsLimit", name="Limit", looks_at="limit", coverage_code="contents", rates=BANDS)
    with pytest.raises(Invalid):
        services.publish_version(None, draft.pk)  # not said yet from when
    draft = services.update_version(None, draft.pk, version=None, changes={"valid_from": timezone.now() + timedelta(seconds=5)})
    services.publish_version(None, draft.pk)
    start = days_ahead(10)
    terms: dict[str, Any] = {
        "product_id": draft.product_id,
        "start_date": start,
        "end_date": a_year_from(start),
        "inputs": {"floor": "ground"},
    }
    quote = price_quote(None, create_quote(None, customer_id=CustomerFactory.create().pk, **terms).pk)
    assert quote.premium_amount == Decimal("230.40")  # 240.00 × 1.2 × 0.8


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"code": "ho 2"}, "code"),
        ({"code": "HO"}, "code"),
        ({"policy_type": "Home owners"}, "policy_type"),
        ({"policy_type": "homeowners"}, "policy_type"),
        ({"name": ""}, "name"),
        ({"base_rate": Decimal(0)}, "base_rate"),
        ({"base_rate": Decimal(-5)}, "base_rate"),
    ],
)
def test_a_product_that_cannot_be_names_the_field(given: dict[str, Any], field: str) -> None:
    right: dict[str, Any] = {"code": "RE", "name": "Renters", "policy_type": "renters", "base_rate": Decimal("240.00")}
    assert refusal(lambda: services.create_product(None, **(right | given)))[0] == field
    assert Product.objects.count() == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"code": "Two words"}, "code"),
        ({"code": "contents"}, "code"),
        ({"least_limit": Decimal(-1)}, "least_limit"),
        ({"usual_limit": Decimal(90_000)}, "most_limit"),
        ({"aggregate": Decimal(5)}, "aggregate"),
        ({"claim_types": []}, "claim_types"),
        ({"settlement_rule": "generously"}, "settlement_rule"),
    ],
)
def test_a_coverage_that_cannot_be_names_the_field(given: dict[str, Any], field: str) -> None:
    draft = renters()
    services.add_coverage(None, draft.pk, code="contents", **CONTENTS)
    assert refusal(lambda: services.add_coverage(None, draft.pk, **({"code": "jewels"} | CONTENTS | given)))[0] == field


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"rates": (Rate(Decimal("-0.5"), value="ground"),)}, ("rates", "out_of_range")),
        ({"rates": (Rate(Decimal(0), value="ground"),)}, ("rates", "out_of_range")),
        ({"rates": ()}, ("rates", "required")),
        ({"rates": (Rate(Decimal(1), at_least=Decimal(5)),)}, ("rates", "invalid")),
        ({"code": "On floor"}, ("code", "invalid")),
        ({"question": ""}, ("question", "required")),
        ({"looks_at": "limit", "rates": BANDS}, ("coverage_code", "required")),
        ({"looks_at": "limit", "coverage_code": "jewels", "rates": BANDS}, ("coverage_code", "required")),
        ({"coverage_code": "contents"}, ("coverage_code", "not_asked")),
        ({"looks_at": "stars", "rates": BANDS}, ("looks_at", "invalid_choice")),
    ],
)
def test_a_factor_that_cannot_be_names_the_field(given: dict[str, Any], refused: tuple[str, str]) -> None:
    draft = renters()
    right: dict[str, Any] = {"code": "floor", "name": "Floor", "looks_at": "choice", "question": "On which floor?", "rates": FLOORS}
    assert refused in [refusal(lambda: services.add_factor(None, draft.pk, **(right | given)))]
    assert not draft.factors.exists()


def test_every_field_to_correct_is_named_at_once() -> None:
    negative = (Rate(Decimal(-1), value="ground"),)
    with pytest.raises(Invalid) as refused:
        services.add_factor(None, renters().pk, code="A floor", name="", looks_at="choice", rates=negative)
    assert {error.field for error in refused.value.errors} == {"code", "name", "question", "rates"}


def test_a_code_names_one_factor() -> None:
    draft = renters()

    def add() -> object:
        return services.add_factor(None, draft.pk, code="floor", name="Floor", looks_at="choice", question="Which?", rates=FLOORS)

    add()
    assert refusal(add) == ("code", "duplicate")


def test_what_is_taken_out_of_a_draft_is_gone_and_the_next_coverage_is_the_principal_one() -> None:
    draft = renters()
    first, second = (services.add_coverage(None, draft.pk, code=code, **CONTENTS) for code in ("contents", "jewels"))
    factor = services.add_factor(
        None,
        draft.pk,
        code="limit",
        name="Limit",
        looks_at="limit",
        coverage_code="contents",
        rates=(Rate(Decimal(1), at_least=Decimal(0)),),
    )
    with pytest.raises(Conflict, match="Limit looks at contents"):
        services.remove_coverage(None, first.pk, version=None)
    services.remove_factor(None, factor.pk, version=factor.version)
    services.remove_coverage(None, first.pk, version=first.version)
    second.refresh_from_db()
    assert (second.is_principal, draft.coverages.count(), draft.factors.count()) == (True, 1, 0)


def test_a_published_version_takes_no_parts_and_loses_none_whichever_way_it_is_tried() -> None:
    published = ProductVersion.objects.valid_at(timezone.now()).whole().get(product__code="HO")
    coverage, factor = published.coverages.all()[0], published.factors.all()[0]
    tries: list[Callable[[], object]] = [
        lambda: services.add_coverage(None, published.pk, code="jewels", **CONTENTS),
        lambda: services.add_factor(None, published.pk, code="x", name="X", looks_at="choice", question="?", rates=FLOORS),
        lambda: services.remove_coverage(None, coverage.pk, version=None),
        lambda: services.remove_factor(None, factor.pk, version=None),
    ]
    assert [refusal(each)[1] for each in tries] == ["published"] * 4
    with pytest.raises(IntegrityError), transaction.atomic():
        Coverage.objects.create(product_version=published, code="jewels", **CONTENTS)


def test_only_underwriters_make_products_and_two_at_once_do_not_overwrite() -> None:
    draft = renters()
    with pytest.raises(NotAllowed):
        services.create_product(adjuster(), code="XX", name="X", policy_type="xx", base_rate=Decimal(1))
    services.update_version(None, draft.pk, version=draft.version, changes={"quote_days": 10})
    with pytest.raises(StaleVersion):
        services.add_coverage(None, draft.pk, code="contents", version=draft.version, **CONTENTS)
