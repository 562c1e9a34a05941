"""A term that nobody sells is refused at the desk, and where one is stored its page opens all the same."""

import datetime
from decimal import Decimal

import pytest
from django.test import Client

from policies.models import Policy
from policies.services import book_policy, renew_policy
from tests.api.calling import Caller
from tests.factories import CustomerFactory, PolicyFactory, underwriter
from tests.policies.booking import booked, day, fresh, running
from tests.workbench.desk import local, send, words
from vanguard.errors import Invalid

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LIST = "/admin/policies/policy/"


def url(policy: Policy, what: str = "change") -> str:
    return f"{LIST}{policy.pk}/{what}/"


@pytest.mark.parametrize("end", [datetime.datetime(2199, 12, 31, tzinfo=datetime.UTC), datetime.datetime(2900, 1, 1, tzinfo=datetime.UTC)])
def test_the_page_of_a_policy_whose_renewal_cannot_be_drafted_opens_with_the_command_off(at_priya: Client, end: datetime.datetime) -> None:
    policy = PolicyFactory.create(end_date=end)
    page = at_priya.get(url(policy))
    assert page.status_code == 200
    assert "Renew…" in words(page)
    assert "Nobody insures so far ahead." in words(page)
    assert "Something broke" not in words(page)
    assert "Nobody insures so far ahead." in words(at_priya.get(url(policy, "renew")))
    assert at_priya.post(url(policy, "renew"), {}).status_code == 422
    with pytest.raises(Invalid):
        renew_policy(None, policy.pk)


def test_a_term_longer_than_the_product_sells_is_refused_in_words_wherever_it_is_typed(at_priya: Client) -> None:
    owner, policy = CustomerFactory.create(), running()
    new = {
        "customer": owner.email,
        "policy_type": "homeowners",
        "premium_amount": "900.00",
        "coverage_amount": "300,000.00",
        "deductible_amount": "1,000.00",
        "start_date": "2026-12-01T00:00",
        "end_date": "2199-12-01T00:00",
        "policy_number": "",
    }
    assert "A term is a year at most" in words(at_priya.post(f"{LIST}add/", new))
    assert Policy.objects.count() == 1
    terms = {name: str(getattr(policy, name)) for name in ("policy_type", "premium_amount", "coverage_amount", "deductible_amount")}
    longer = local(policy.end_date + datetime.timedelta(days=3))
    edited = send(at_priya, url(policy, "edit"), start_date=local(policy.start_date), end_date=longer, reason="So it was meant.", **terms)
    assert "A term is a year at most" in words(edited)
    renewed = send(at_priya, url(policy, "renew"), end_date=local(policy.end_date + datetime.timedelta(days=800)), **terms)
    assert "A term is a year at most" in words(renewed)
    assert fresh(policy).end_date == policy.end_date


def test_a_policy_of_two_years_is_offered_a_renewal_for_as_long_as_its_product_sells(at_priya: Client) -> None:
    policy = booked("2025-01-01", "2027-01-01")
    assert "2028-01-01" in at_priya.get(url(policy, "renew")).content.decode()
    assert renew_policy(None, policy.pk).end_date == day("2029-01-01")


def test_the_api_takes_any_term_within_the_years_that_people_insure_and_no_other() -> None:
    owner, caller = CustomerFactory.create(), Caller(underwriter())
    body = {"customerId": str(owner.pk), "policyType": "homeowners", "premiumAmount": 900, "coverageAmount": 1000}
    assert caller.post("/policies", body | {"startDate": "1990-01-01", "endDate": "2199-01-01"}).status == 201
    for start, end in (("1900-01-01", "2300-01-01"), ("1800-01-01", "2199-01-01")):
        assert caller.post("/policies", body | {"startDate": start, "endDate": end}).status == 422
    with pytest.raises(Invalid):
        book_policy(
            None,
            customer_id=owner.pk,
            policy_type="homeowners",
            premium_amount=Decimal(1),
            coverage_amount=Decimal(1),
            start_date=day("1900-01-01"),
            end_date=day("2300-01-01"),
        )
