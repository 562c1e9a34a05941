"""Requesting and pricing: what is asked for is checked, rated step by step, and looked at by the underwriting rules."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from policies.products import services as products
from policies.products.rating import cents_of
from policies.products.rules import Cover
from policies.quotes import services
from policies.quotes.models import Quote, UnderwritingRule
from tests.factories import CustomerFactory, adjuster, policyholder, underwriter
from tests.quotes.making import (
    CAR,
    HOUSE,
    a_year_from,
    backdated,
    bound,
    covers,
    days_ahead,
    past_its_price,
    product,
    quoted,
    referred,
    requested,
)
from vanguard.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, StaleVersion

pytestmark = [pytest.mark.django_db, pytest.mark.once]
type Call = Callable[[], object]


def refusal(quote: Quote, **given: Any) -> DomainError:
    with pytest.raises(DomainError) as refused:
        services.price_quote(None, quote.pk, **given)
    return refused.value


def test_a_request_is_a_draft_with_a_readable_number_and_the_usual_cover() -> None:
    actor = underwriter()
    quote = requested(actor=actor)
    assert quote.quote_number == f"QUO-{timezone.now().year}-000001"
    assert (quote.status, quote.premium_amount, quote.maker) == ("draft", None, actor)
    assert quote.covers["dwelling"] == {"limitAmount": "300000.00", "deductibleAmount": "2500.00"}
    assert [(row.command, row.to_status) for row in quote.transitions.all()] == [("request", "draft")]


def test_a_price_shows_each_step_and_the_steps_multiply_to_it() -> None:
    quote = quoted()
    pricing = quote.pricing
    assert pricing is not None
    product_of_steps = Fraction(pricing.base_rate)
    for step in pricing.steps:
        product_of_steps *= Fraction(step["factor"])
    assert cents_of(product_of_steps) == pricing.premium_amount == quote.premium_amount
    shown = {step["name"]: (step["found"], step["factor"]) for step in pricing.steps}
    assert shown["Construction"] == ("Masonry", "0.9100")
    assert shown["Age of the roof"] == ("6", "1.0000")
    assert shown["Dwelling limit"] == ("300,000", "1.0000")
    assert pricing.steps[-1] == {"name": "Term", "found": "365 of 365 days", "factor": "1.0000", "amount": str(quote.premium_amount)}


def test_the_premium_of_the_ordinary_house_by_hand() -> None:
    """1180.00 × masonry 0.91 × roof 1.00 × station 0.95 × no loss 0.92 × alarm 0.92 × cover 1 × 1 × 1 × 1."""
    assert quoted().premium_amount == Decimal("863.42")


def test_a_shorter_term_takes_its_days_out_of_the_days_of_its_year() -> None:
    start = datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)
    quote = quoted(start_date=start, end_date=start + datetime.timedelta(days=73))
    assert quote.pricing is not None
    assert (quote.pricing.steps[-1]["found"], quote.pricing.steps[-1]["factor"]) == ("73 of 365 days", "0.2000")
    assert quote.premium_amount == Decimal("172.68")  # 863.421104 ÷ 5, rounded once
    third = quoted(start_date=start, end_date=start + datetime.timedelta(days=100))
    assert third.pricing is not None
    assert third.pricing.steps[-1]["factor"] == "20/73"


def test_a_price_holds_for_thirty_days_and_expires_by_time_alone() -> None:
    quote = quoted()
    assert quote.priced_at is not None
    assert quote.expires_at == quote.priced_at + datetime.timedelta(days=30)
    old = past_its_price(quote)
    assert (old.status, old.current_status) == ("quoted", "expired")
    now = timezone.now()
    assert list(Quote.objects.with_status("expired", now)) == [old]
    assert not Quote.objects.with_status("quoted", now).exists()


def test_priced_again_it_has_a_new_price_and_keeps_the_old_one() -> None:
    quote = past_its_price(quoted())
    first = quote.premium_amount
    again = services.price_quote(None, quote.pk, inputs={"construction": "frame"}, covers=covers(dwelling=400_000))
    assert (again.current_status, again.inputs["construction"], again.inputs["alarm"]) == ("quoted", "frame", "monitored")
    assert again.covers["dwelling"]["limitAmount"] == "400000.00"
    assert [pricing.premium_amount for pricing in again.pricings.all()] == [again.premium_amount, first]
    assert first is not None
    assert again.premium_amount is not None
    assert again.premium_amount > first


def test_a_new_price_is_made_on_the_version_that_is_valid_at_its_start_and_the_old_one_stays() -> None:
    quote = quoted(starts_in=10)
    draft = products.draft_version(None, product().pk)
    draft = products.update_version(
        None, draft.pk, version=draft.version, changes={"base_rate": Decimal("2360.00"), "valid_from": days_ahead(5)}
    )
    products.publish_version(None, draft.pk)
    assert Quote.objects.get(pk=quote.pk).product_version.number == 2
    again = services.price_quote(None, quote.pk)
    assert again.product_version.number == 3
    assert [(each.product_version.number, each.premium_amount) for each in again.pricings.all()] == [
        (3, Decimal("1726.84")), (2, Decimal("863.42")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("inputs", "field", "code"),
    [
        ({"roofAge": -1}, "inputs.roofAge", "out_of_range"),
        ({"roofAge": 151}, "inputs.roofAge", "out_of_range"),
        ({"roofAge": "old"}, "inputs.roofAge", "invalid"),
        ({"roofAge": True}, "inputs.roofAge", "invalid"),
        ({"roofAge": "NaN"}, "inputs.roofAge", "invalid"),
        ({"roofAge": "1e400"}, "inputs.roofAge", "invalid"),
        ({"roofAge": [1]}, "inputs.roofAge", "invalid"),
        ({"roofAge": "0.001"}, "inputs.roofAge", "invalid"),
        ({"roofAge": None}, "inputs.roofAge", "required"),
        ({"construction": "straw"}, "inputs.construction", "not_a_choice"),
        ({"construction": 1}, "inputs.construction", "not_a_choice"),
        ({"swimmingPool": "yes"}, "inputs.swimmingPool", "unknown"),
    ],
)
def test_an_answer_that_cannot_be_rated_names_its_question(inputs: dict[str, Any], field: str, code: str) -> None:
    quote = requested()
    assert [(error.field, error.code) for error in refusal(quote, inputs=inputs).errors] == [(field, code)]
    assert Quote.objects.get(pk=quote.pk).status == "draft"


@pytest.mark.parametrize(
    ("limit", "deductible", "field"),
    [
        (99_999, 2_500, "covers.dwelling.limit_amount"),
        (1_500_001, 2_500, "covers.dwelling.limit_amount"),
        (300_000, 499, "covers.dwelling.deductible_amount"),
        (300_000, 25_001, "covers.dwelling.deductible_amount"),
        ("300000.001", 2_500, "covers.dwelling.limit_amount"),
        ("NaN", 2_500, "covers.dwelling.limit_amount"),
    ],
)
def test_a_limit_outside_the_products_range_names_the_field(limit: Any, deductible: Any, field: str) -> None:
    chosen = {"dwelling": Cover(Decimal(limit), Decimal(deductible))}
    refused = refusal(requested(), covers=chosen)
    assert isinstance(refused, Invalid)
    assert [error.field for error in refused.errors] == [field]


def test_a_coverage_that_the_product_does_not_have_is_named() -> None:
    assert refusal(requested(), covers=covers(earthquake=1)).errors[0].field == "covers.earthquake"


@pytest.mark.parametrize(
    ("start", "end", "field", "code"),
    [
        (10, 10, "end_date", "before_start"),
        (10, 9, "end_date", "before_start"),
        (10, 400 * 365, "end_date", "too_long"),
        (10, 377, "end_date", "too_long"),
        (400 * 365, 400 * 365 + 1, "start_date", "out_of_range"),
    ],
)
def test_a_term_is_not_empty_and_a_year_at_most(start: int, end: int, field: str, code: str) -> None:
    calls: list[Call] = [
        lambda: requested(start_date=days_ahead(start), end_date=days_ahead(end)),
        lambda: services.price_quote(None, requested().pk, start_date=days_ahead(start), end_date=days_ahead(end)),
    ]
    for call in calls:
        with pytest.raises(Invalid) as refused:
            call()
        assert (refused.value.errors[0].field, refused.value.errors[0].code) == (field, code)


def test_a_leap_years_term_is_a_year() -> None:
    start = datetime.datetime(2028, 2, 29, tzinfo=datetime.UTC)
    quote = quoted(start_date=start, end_date=datetime.datetime(2029, 3, 1, tzinfo=datetime.UTC))
    assert quote.pricing is not None
    assert quote.pricing.steps[-1]["found"] == "366 of 366 days"


@pytest.mark.parametrize(
    ("inputs", "status", "reason"),
    [
        ({}, "quoted", ""),
        ({"roofAge": 24}, "quoted", ""),
        ({"roofAge": 25}, "referred", "A roof of 25 years or more"),
        ({"priorClaims": 2}, "referred", "Two losses in five years"),
        ({"priorClaims": 3}, "declined", "Three or more losses"),
        ({"priorClaims": 3, "roofAge": 40}, "declined", "Three or more losses"),
    ],
)
def test_the_rules_refer_or_decline_and_say_why(inputs: dict[str, Any], status: str, reason: str) -> None:
    quote = services.price_quote(None, requested().pk, inputs=inputs)
    assert quote.status == status
    assert quote.transitions.latest("at").to_status == status
    assert reason in quote.transitions.latest("at").reason
    found = quote.pricing
    assert found is not None
    assert found.outcome == status
    if inputs == {"roofAge": 25}:
        assert [(each["rule"], each["found"], each["comparison"], each["value"]) for each in found.findings] == [
            ("Old roof", "25", "is at least", "25")
        ]


def test_rules_look_at_the_cover_the_premium_and_the_day_too() -> None:
    assert services.price_quote(None, requested().pk, covers=covers(dwelling=1_200_000)).status == "referred"
    assert backdated().needs_second_person
    assert quoted(starts_in=200).status == "referred"
    UnderwritingRule.objects.create(
        name="Dear", looks_at="premiumAmount", comparison="above", value="800.00", outcome="refer", reason="A high premium."
    )
    assert quoted().status == "referred"


def test_a_rule_counts_from_its_first_moment_to_before_its_last() -> None:
    rule = UnderwritingRule.objects.get(name="Old roof")
    for valid_from, valid_to, status in (
        (days_ahead(1), None, "quoted"),
        (days_ahead(-9), days_ahead(-1), "quoted"),
        (days_ahead(-9), days_ahead(9), "referred"),
    ):
        UnderwritingRule.objects.filter(pk=rule.pk).update(valid_from=valid_from, valid_to=valid_to)
        assert referred().status == status


def test_a_rule_of_one_product_says_nothing_about_another() -> None:
    quote = requested(product_id=product("PA").pk, inputs=CAR | {"priorClaims": 3})
    assert services.price_quote(None, quote.pk).status == "referred"
    assert services.price_quote(None, requested().pk, inputs={"priorClaims": 3}).status == "declined"


def test_a_product_that_is_withdrawn_is_neither_requested_nor_priced() -> None:
    quote = requested()
    products.set_on_sale(None, product().pk, on_sale=False)
    calls: list[Call] = [requested, lambda: services.price_quote(None, quote.pk)]
    for call in calls:
        with pytest.raises(Conflict) as refused:
            call()
        assert refused.value.code == "not_on_sale"


def test_an_unknown_customer_or_product_is_not_found() -> None:
    for field in ("customer_id", "product_id"):
        with pytest.raises(NotFound) as refused:
            requested(None, None, 10, **{field: uuid4()})
        assert refused.value.errors[0].field == field


def test_a_policyholder_requests_and_prices_the_own_and_nothing_elses() -> None:
    mine, other = CustomerFactory.create(), quoted()
    rosa = policyholder(mine)
    quote = services.price_quote(rosa, requested(mine, rosa).pk)
    assert (quote.status, quote.maker) == ("quoted", rosa)
    assert list(Quote.objects.visible_to(rosa)) == [quote]
    with pytest.raises(NotFound):
        requested(other.customer, rosa)
    with pytest.raises(NotFound):
        services.price_quote(rosa, other.pk)
    for command in (services.approve_quote, services.bind_quote):
        with pytest.raises(NotAllowed):
            command(rosa, quote.pk)


def test_an_adjuster_reads_quotes_and_makes_none() -> None:
    quote, maya = quoted(), adjuster()
    assert list(Quote.objects.visible_to(maya)) == [quote]
    calls: list[Call] = [lambda: requested(actor=maya), lambda: services.price_quote(maya, quote.pk)]
    for call in calls:
        with pytest.raises(NotAllowed):
            call()


def test_somebody_who_read_an_older_state_is_told() -> None:
    quote = quoted()
    with pytest.raises(StaleVersion):
        services.price_quote(None, quote.pk, version=1)


def test_what_was_bound_or_declined_is_not_priced_again() -> None:
    assert refusal(bound()).code == "already_bound"
    declined = services.price_quote(None, requested().pk, inputs={"priorClaims": 9})
    assert refusal(declined).code == "declined"


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "expired"},
        {"status": "bound"},
        {"premium_amount": None},
        {"premium_amount": Decimal(-1)},
        {"end_date": days_ahead(-999)},
        {"expires_at": None},
    ],
)
def test_the_database_itself_refuses_what_no_quote_can_be(fields: dict[str, Any]) -> None:
    quote = quoted()
    with pytest.raises(IntegrityError), transaction.atomic():
        Quote.objects.filter(pk=quote.pk).update(**fields)


def test_a_year_is_offered_by_default() -> None:
    start = days_ahead(10)
    quote = quoted(start_date=start, end_date=a_year_from(start), inputs=HOUSE)
    assert quote.pricing is not None
    assert quote.pricing.steps[-1]["factor"] == "1.0000"
