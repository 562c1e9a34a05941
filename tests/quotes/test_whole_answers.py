"""Losses are counted and ages are told in full years: a fraction of one is no answer."""

import datetime
from decimal import Decimal
from typing import Any

import pytest

from policies.products.models import FactorValue, RatingFactor
from policies.quotes import services
from policies.quotes.models import Quote
from tests.api.calling import Caller
from tests.factories import underwriter
from tests.quotes.making import CAR, product, requested
from tests.workbench.desk import desk_of, local, send, words
from tests.workbench.test_correcting_terms import sold
from vanguard.errors import Invalid

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize("code", ["priorClaims", "roofAge"])
def test_a_fraction_of_a_count_is_refused_at_its_field_wherever_it_comes_in(code: str) -> None:
    quote = requested()
    with pytest.raises(Invalid) as refused:
        services.price_quote(None, quote.pk, inputs={code: "1.5"})
    assert [(each.field, each.code) for each in refused.value.errors] == [(f"inputs.{code}", "not_whole")]
    for value in (1.5, "1.5"):
        answer = Caller(underwriter()).post(f"/quotes/{quote.pk}/price", {"inputs": {code: value}})
        assert (answer.status, answer.errors) == (422, {f"inputs.{code}": "not_whole"})
    cover: dict[str, Any] = {}
    for name, each in quote.covers.items():
        cover |= {f"covers.{name}.limit_amount": each["limitAmount"], f"covers.{name}.deductible_amount": each["deductibleAmount"]}
    term = {"start_date": local(quote.start_date), "end_date": local(quote.end_date)}
    answers = {f"inputs.{asked}": value for asked, value in quote.inputs.items()} | {f"inputs.{code}": "1.5"}
    page = send(desk_of(underwriter()), f"/admin/quotes/quote/{quote.pk}/price/", **cover, **term, **answers)
    assert page.status_code == 422
    assert "is a whole number." in words(page)
    assert services.price_quote(None, quote.pk, inputs={code: "1.0"}).inputs[code] == "1"


def test_what_is_measured_may_be_a_fraction() -> None:
    quote = services.price_quote(None, requested().pk, inputs={"stationMiles": "1.5"})
    assert quote.inputs["stationMiles"] == "1.5"
    car = requested(product_id=product("PA").pk, inputs=CAR | {"annualMiles": "9000.5"})
    with pytest.raises(Invalid):
        services.price_quote(None, car.pk, inputs={"driverAge": 41.5})


COUNTS = [("0", "1", "2"), ("0.00", "1.00", "2.00", "5.00")]
MEASURES = [("0", "5", "15"), ("0",), ("0", "0.5", "1", "1.5"), ("0", "1", "2", "2.5"), ("0", "1", "3", "10"), ("10", "20", "21")]


@pytest.mark.parametrize(("begins", "is_counted"), [*((each, True) for each in COUNTS), *((each, False) for each in MEASURES)])
def test_of_a_factor_of_before_the_rates_tell_whether_it_is_a_count(begins: tuple[str, ...], is_counted: bool) -> None:
    factor = RatingFactor(looks_at="number")
    values = [FactorValue(at_least=Decimal(each)) for each in begins]
    factor._prefetched_objects_cache = {"values": values}  # type: ignore[attr-defined]  # as a prefetch leaves it
    assert factor.takes_whole == is_counted
    factor.whole = not is_counted
    assert factor.takes_whole != is_counted


def test_a_fraction_that_was_taken_in_older_times_goes_on_being_rated() -> None:
    policy = sold(180)
    quote = Quote.objects.get(policy=policy)
    Quote.objects.filter(pk=quote.pk).update(inputs=quote.inputs | {"priorClaims": "0.5"})
    caller = Caller(underwriter())
    end = (policy.end_date + datetime.timedelta(days=90)).isoformat()
    answer = caller.patch(f"/policies/{policy.pk}", {"endDate": end}, **{"If-Match": f'"{policy.version}"'})
    assert answer.status == 200, answer
    assert answer.data["premiumAmount"] > policy.premium_amount
