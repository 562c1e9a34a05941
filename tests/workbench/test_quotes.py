"""Quotes at the underwriter's desk."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from policies.models import Policy
from policies.products.rules import Cover
from policies.quotes import services
from policies.quotes.models import Quote, UnderwritingRule
from tests.factories import CustomerFactory, PolicyFactory, superuser, underwriter
from tests.quotes.making import HOUSE, backdated, bound, days_ahead, past_its_price, product, quoted, referred, requested
from tests.workbench.desk import desk_of, hidden, local, open_form, send, source, words

pytestmark = pytest.mark.django_db
LIST = "/admin/quotes/quote/"


def url(quote: Quote, what: str = "change") -> str:
    return f"{LIST}{quote.pk}/{what}/"


def now(quote: Quote) -> Quote:
    return Quote.objects.get(pk=quote.pk)


def application(quote: Quote, **changes: Any) -> dict[str, Any]:
    """What the form that prices is filled in with."""
    cover = {
        f"covers.{code}.{name}": each[key]
        for code, each in quote.covers.items()
        for name, key in (("limit_amount", "limitAmount"), ("deductible_amount", "deductibleAmount"))
    }
    term = {"start_date": local(quote.start_date), "end_date": local(quote.end_date)}
    return cover | term | {f"inputs.{code}": str(answer) for code, answer in HOUSE.items()} | changes


def test_from_the_request_to_the_policy(at_priya: Client) -> None:
    rosa = CustomerFactory.create(first_name="Rosa", last_name="Delgado")
    form = {"customer": rosa.email, "product": str(product().pk), "start_date": local(days_ahead(10)), "end_date": ""}
    made = at_priya.post(f"{LIST}add/", form, follow=True)
    quote = Quote.objects.get()
    assert f"{quote} is requested." in words(made)
    assert "Not priced yet" in words(made)
    priced = words(send(at_priya, url(quote, "price"), **application(quote)))
    assert f"{quote} comes to $863.42, valid until" in priced
    for expected in (
        "Quoted", "Base rate a year", "1,180.00", "Construction Masonry 0.9100 1,073.80", "Term 365 of 365 days 1.0000 863.42",
        "Premium priced Today", "No rule fired.", "Dwelling", "300,000.00", "Priced by Priya Nair",
    ):  # fmt: skip
        assert expected in priced, expected
    done = words(send(at_priya, url(quote, "bind")))
    policy = Policy.objects.get()
    assert f"{quote} is bound as {policy}." in done
    assert policy.premium_amount == Decimal("863.42")
    assert f"Issued on Homeowners 2 Bound from {quote}" in words(at_priya.get(f"/admin/policies/policy/{policy.pk}/change/"))


def test_a_referral_shows_each_rule_that_fired_and_why_and_is_approved(at_priya: Client) -> None:
    quote = referred()
    page = words(at_priya.get(url(quote)))
    for expected in (
        "Referred", "An underwriter decides", "Old roof A roof of 25 years or more is inspected before we commit.",
        "Age of the roof is at least 25", "30", "Refers", "Approve…",
    ):  # fmt: skip
        assert expected in page, expected
    assert "Bind at" not in page
    assert "is approved. It can be bound." in words(send(at_priya, url(quote, "approve"), reason="Inspected on 3 November"))
    assert "Inspected on 3 November" in words(at_priya.get(url(quote)))
    assert now(quote).status == "approved"


def test_declining_asks_for_a_reason(at_priya: Client) -> None:
    quote = referred()
    assert send(at_priya, url(quote, "decline"), reason="").status_code == 422
    assert "Declined Beyond repair" in words(send(at_priya, url(quote, "decline"), reason="Beyond repair"))
    assert "Price again" not in words(at_priya.get(url(quote)))


def test_who_priced_it_sees_why_somebody_else_has_to_approve(at_priya: Client) -> None:
    maker = underwriter(first_name="Hannah")
    quote = backdated(actor=maker)
    assert "You priced this quote yourself, and a rule asks for a second person." in words(desk_of(maker).get(url(quote)))
    assert desk_of(maker).post(url(quote, "approve"), {"version": "2"}).status_code == 409
    assert now(quote).status == "referred"
    assert "is approved" in words(send(at_priya, url(quote, "approve"), reason=""))


def test_the_insured_does_not_decide_at_the_desk_either() -> None:
    priya = underwriter()
    quote = quoted(CustomerFactory.create(user=priya))
    desk = desk_of(priya)
    assert "You are the insured of this quote" in words(desk.get(url(quote)))
    assert desk.post(url(quote, "bind"), {"version": "2"}).status_code == 409
    assert not Policy.objects.exists()


def test_an_expired_price_is_shown_as_such_and_priced_again(at_priya: Client) -> None:
    quote = past_its_price(quoted())
    page = words(at_priya.get(url(quote)))
    assert "Expired" in page
    assert "The price expired on" in page
    assert "Bind at" not in page
    assert at_priya.post(url(quote, "bind"), {"version": str(quote.version)}).status_code == 409
    again = words(send(at_priya, url(quote, "price"), **application(quote)))
    assert "Quoted" in again
    assert "Earlier prices" in again


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"covers.dwelling.limit_amount": "99"}, "Dwelling: the limit is between 100,000.00 and 1,500,000.00."),
        ({"covers.dwelling.limit_amount": "lots"}, "Enter an amount"),
        ({"covers.personalProperty.deductible_amount": "5"}, "Personal property: the deductible is between 500.00 and 10,000.00."),
        ({"inputs.roofAge": "-1"}, "Ensure this value is greater than or equal to 0"),
        ({"inputs.roofAge": "151"}, "Age of the roof is 150 or less."),
        ({"inputs.roofAge": "old"}, "Enter a number."),
        ({"inputs.roofAge": ""}, "Age of the roof is missing."),
        ({"inputs.construction": "straw"}, "Select a valid choice."),
        ({"end_date": "2026-01-01T00:00"}, "End date is after the start date."),
        ({"end_date": "2199-01-01T00:00"}, "A term is a year at most"),
        ({"start_date": "9999-06-01T00:00"}, "Enter a year from 1900 to 2200."),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_priced(at_priya: Client, changes: dict[str, str], says: str) -> None:
    quote = requested()
    answer = send(at_priya, url(quote, "price"), **application(quote, **changes))
    assert answer.status_code == 422
    assert says in words(answer)
    [name] = changes
    assert f'id="price_{name}_error"' in source(answer)
    assert now(quote).status == "draft"


def test_binding_twice_binds_once_and_says_so(at_priya: Client) -> None:
    quote = quoted()
    sent = open_form(at_priya, url(quote, "bind"))
    at_priya.post(url(quote, "bind"), sent)
    assert "Your second click changed nothing." in words(at_priya.post(url(quote, "bind"), sent, follow=True))
    assert Policy.objects.count() == 1


def test_a_quote_that_a_colleague_decided_meanwhile_is_shown_before_anything_is_done(at_priya: Client) -> None:
    quote = referred()
    sent = open_form(at_priya, url(quote, "approve"))
    send(desk_of(underwriter(first_name="Hannah", last_name="Whitfield")), url(quote, "decline"), reason="Beyond repair")
    answer = at_priya.post(url(quote, "approve"), sent | {"reason": ""})
    assert answer.status_code == 412
    assert "Declined" in words(answer)
    assert now(quote).status == "declined"


def test_a_stale_price_shows_every_figure_and_answer_that_is_different_and_takes_the_choice(at_priya: Client) -> None:
    quote = quoted()
    mine = open_form(at_priya, url(quote, "price")) | application(quote, **{"covers.dwelling.deductible_amount": "5,000.00"})
    limit = Cover(Decimal(500_000), Decimal(2_500))
    services.price_quote(None, quote.pk, inputs={"priorClaims": 2, "alarm": "none"}, covers={"dwelling": limit})
    answer = at_priya.post(url(quote, "price"), mine)
    assert answer.status_code == 412
    for expected in (
        "Dwelling: limit 300,000.00 300,000.00 500,000.00",
        "Dwelling: deductible 2,500.00 2,500.00 2,500.00 5,000.00",
        "Losses in five years 0 0 2",
        "Alarm Monitored Monitored None",
        "Premium 863.42",
    ):
        assert expected in words(answer), expected
    assert "Age of the roof 6 6" not in words(answer)
    kept = {f"keep_{name}": "theirs" for name in ("covers.dwelling.limit_amount", "inputs.priorClaims", "inputs.alarm")}
    at_priya.post(url(quote, "price"), mine | hidden(source(answer), "command-form") | kept)
    priced = now(quote)
    assert priced.chosen["dwelling"] == Cover(Decimal(500_000), Decimal(5_000))
    assert (priced.inputs["priorClaims"], priced.inputs["alarm"]) == ("2", "none")


def test_who_does_not_underwrite_reads_only(at_maya: Client) -> None:
    quote = quoted()
    page = words(at_maya.get(url(quote)))
    assert "863.42" in page
    for command in ("Bind", "Price again", "Decline…"):
        assert command not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 4),
        ("?view=referred", 1),
        ("?view=expiring", 0),
        ("?view=bound", 1),
        ("?view=all", 6),
        ("?view=all&status=expired", 1),
        ("?view=all&q=delgado", 1),
    ],
)
def test_views_filters_and_search_narrow_the_list(at_priya: Client, query: str, found: int) -> None:
    requested()
    quoted(CustomerFactory.create(last_name="Delgado"))
    quoted()
    referred()
    bound()
    past_its_price(quoted())
    page = source(at_priya.get(LIST + query)).partition("<tbody")[2]
    assert page.count('class="wb-id"') == found


def test_the_home_page_leads_with_what_is_referred_to_the_underwriter(at_priya: Client) -> None:
    quote = referred(CustomerFactory.create(first_name="Rosa", last_name="Delgado"))
    page = at_priya.get("/admin/")
    assert "1 quote waits for your decision. Start with Rosa Delgado’s." in words(page)
    assert f"{quote} Rosa Delgado; homeowners A roof of 25 years or more" in words(page)
    assert "Referrals" in source(page)


def test_quotes_are_found_on_the_customers_page_and_by_search(at_priya: Client) -> None:
    quote = quoted()
    assert str(quote) in words(at_priya.get(f"/admin/customers/customer/{quote.customer_id}/change/"))
    answer = at_priya.get(f"/admin/search/?q={quote}")
    assert (answer.status_code, answer.headers["Location"]) == (302, url(quote))


def test_pages_take_as_many_queries_for_many_quotes_as_for_few(at_priya: Client) -> None:
    quote = referred()
    pages = (
        LIST,
        f"{LIST}?view=referred",
        url(quote),
        "/admin/",
        "/admin/products/product/",
        f"/admin/products/product/{product().pk}/change/",
    )

    def counts() -> dict[str, int]:
        taken = {}
        for page in pages:
            with CaptureQueriesContext(connection) as captured:
                assert at_priya.get(page).status_code == 200
            taken[page] = len(captured)
        return taken

    counts()
    few = counts()
    for _ in range(6):
        referred()
        PolicyFactory.create()
    assert counts() == few
    assert max(few.values()) <= 23, few


def test_a_rule_that_could_never_fire_is_refused_and_a_good_one_is_kept() -> None:
    boss = desk_of(superuser())
    rule = {
        "product": str(product().pk), "name": "Straw", "looks_at": "construction", "comparison": "is", "value": "straw",
        "outcome": "decline", "reason": "No straw.", "valid_from_0": "2026-01-01", "valid_from_1": "00:00:00",
        "valid_to_0": "", "valid_to_1": "",
    }  # fmt: skip
    for wrong, says in (
        ({}, "none of the answers"),
        ({"looks_at": "colour"}, "No product of this rule asks for colour."),
        ({"comparison": "above"}, "A word is compared by"),
        ({"looks_at": "roofAge", "value": "old"}, "Enter a number"),
        ({"value": "frame", "valid_to_0": "2025-01-01", "valid_to_1": "00:00:00"}, "Valid to is after valid from."),
    ):
        answer = boss.post("/admin/quotes/underwritingrule/add/", rule | wrong)
        assert says in source(answer), says
    assert boss.post("/admin/quotes/underwritingrule/add/", rule | {"value": "frame"}).status_code == 302
    assert UnderwritingRule.objects.get(name="Straw").value == "frame"
    assert desk_of(underwriter()).get("/admin/quotes/underwritingrule/").status_code == 200
    assert desk_of(underwriter()).post("/admin/quotes/underwritingrule/add/", rule).status_code == 403
