"""What is changed on a policy stays what its product sells, through every way in."""

import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from policies.models import Policy
from policies.quotes import services as quotes
from policies.rules import Endorsement
from policies.services import book_policy, endorse_policy, renew_policy, update_policy
from policies.terms import OwnCover
from tests.api.calling import Caller
from tests.factories import CustomerFactory, underwriter
from tests.policies.booking import day, fresh, running
from tests.quotes.making import requested
from tests.workbench.desk import desk_of, local, send, source, words
from vanguard.errors import Invalid

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def at_priya() -> Client:
    return desk_of(underwriter(first_name="Priya", last_name="Nair"))


def sold() -> Policy:
    """Homeowners' cover that was bound from a quote: limit 300,000, deductible 2,500."""
    quote = quotes.price_quote(None, requested(starts_in=0).pk)
    policy = quotes.bind_quote(None, quote.pk).policy
    assert policy is not None
    return policy


OUTSIDE = [
    ("policyType", "policy_type", "banana boats", "No product is of the type banana boats."),
    ("coverageAmount", "coverage_amount", "1.00", "Limit is between 100,000.00 and 1,500,000.00."),
    ("coverageAmount", "coverage_amount", "1500000.01", "Limit is between 100,000.00 and 1,500,000.00."),
    ("deductibleAmount", "deductible_amount", "700000.00", "The deductible is below the limit"),
    ("deductibleAmount", "deductible_amount", "499.99", "Deductible is between 500.00 and 25,000.00."),
]


@pytest.mark.parametrize(("sent", "field", "value", "says"), OUTSIDE)
def test_an_endorsement_to_what_the_product_does_not_sell_is_refused_at_its_field(
    at_priya: Client, sent: str, field: str, value: str, says: str
) -> None:
    policy = sold()
    amount = value if field == "policy_type" else Decimal(value)
    caller = Caller(underwriter())
    for path in ("endorse", "endorse/preview"):
        answer = caller.post(f"/policies/{policy.pk}/{path}", {sent: value if field == "policy_type" else float(value)})
        assert answer.status == 422, answer
        assert says in str(answer)
    with pytest.raises(Invalid) as refused:
        endorse_policy(None, policy.pk, Endorsement({field: amount}))
    assert refused.value.errors[0].field == field
    terms = {name: str(getattr(policy, name)) for name in ("policy_type", "premium_amount", "coverage_amount", "deductible_amount")}
    at_desk = send(at_priya, f"/admin/policies/policy/{policy.pk}/endorse/", **terms | {field: value})
    # A type is written with underscores, whatever is typed.
    assert says.replace("banana boats", "banana_boats") in words(at_desk)
    assert fresh(policy).booked_versions == 1


@pytest.mark.parametrize(("sent", "field", "value", "says"), OUTSIDE[1:])
def test_a_renewal_is_not_offered_with_what_the_product_does_not_sell(
    at_priya: Client, sent: str, field: str, value: str, says: str
) -> None:
    policy = sold()
    answer = Caller(underwriter()).post(f"/policies/{policy.pk}/renew", {sent: float(value)})
    assert (answer.status, says in str(answer)) == (422, True)
    with pytest.raises(Invalid) as refused:
        renew_policy(None, policy.pk, terms={field: Decimal(value)})
    assert refused.value.errors[0].field == field
    page = f"/admin/policies/policy/{policy.pk}/renew/"
    typed = {name: str(getattr(policy, name)) for name in ("policy_type", "premium_amount", "coverage_amount", "deductible_amount")}
    end = local(policy.end_date + datetime.timedelta(days=365))
    at_desk = send(at_priya, page, **typed | {"end_date": end, field: value})
    assert says in words(at_desk)
    assert f'id="renew_{field}_error"' in source(at_desk)
    assert not Policy.objects.filter(renews=policy).exists()


def test_a_renewal_goes_on_with_what_was_agreed_outside_the_ranges_and_within_them_else() -> None:
    agreed = running(coverage_amount=Decimal(30_000))
    assert renew_policy(None, agreed.pk).coverage_amount == Decimal(30_000)
    within = renew_policy(None, sold().pk, terms={"coverage_amount": Decimal(1_500_000), "deductible_amount": Decimal(25_000)})
    assert within.coverage_amount == Decimal(1_500_000)


def test_a_renewal_as_another_type_is_held_to_that_products_ranges() -> None:
    agreed = running(coverage_amount=Decimal(30_000))
    with pytest.raises(Invalid) as refused:
        renew_policy(None, agreed.pk, terms={"policy_type": "personal_auto", "coverage_amount": Decimal(900_000_000)})
    assert [each.code for each in refused.value.errors] == ["out_of_range"]


def test_a_coverage_of_its_own_stays_in_its_range_too() -> None:
    policy = sold()
    with pytest.raises(Invalid) as refused:
        endorse_policy(None, policy.pk, Endorsement(covers={"personalProperty": OwnCover(Decimal(5))}))
    assert {each.field for each in refused.value.errors} == {"covers.personalProperty.limit_amount"}
    endorse_policy(None, policy.pk, Endorsement(covers={"personalProperty": OwnCover(Decimal(20_000))}))
    endorse_policy(None, policy.pk, Endorsement({"coverage_amount": Decimal(1_500_000), "deductible_amount": Decimal(25_000)}))


def test_what_was_agreed_outside_the_ranges_is_not_forced_into_them() -> None:
    policy = running()
    endorse_policy(None, policy.pk, Endorsement({"coverage_amount": Decimal(30_000)}))
    endorse_policy(None, policy.pk, Endorsement({"policy_type": "personal_auto"}))
    other = running(policy_type="boats")
    endorse_policy(None, other.pk, Endorsement({"policy_type": "banana boats"}))
    assert fresh(policy).coverage_amount == Decimal(30_000)


def test_a_deductible_as_high_as_the_limit_is_refused_wherever_it_comes_in(at_priya: Client) -> None:
    owner, caller, policy = CustomerFactory.create(), Caller(underwriter()), running()
    body = {
        "customerId": str(owner.pk),
        "policyType": "renters",
        "premiumAmount": 10,
        "coverageAmount": 1000,
        "startDate": "2026-01-01",
        "endDate": "2027-01-01",
    }
    assert caller.post("/policies", body | {"deductibleAmount": 5000}).status == 422
    assert caller.post("/policies", body).status == 201
    assert caller.post("/policies", body | {"coverageAmount": 0}).status == 201
    form = {
        "customer": owner.email,
        "policy_type": "umbrella",
        "premium_amount": "10.00",
        "coverage_amount": "1,000.00",
        "deductible_amount": "5,000.00",
        "start_date": "2026-01-01T00:00",
        "end_date": "",
        "policy_number": "",
    }
    assert "The deductible is below the limit" in words(at_priya.post("/admin/policies/policy/add/", form))
    assert caller.post(f"/policies/{policy.pk}/renew", {"coverageAmount": 1000}).status == 422
    assert caller.patch(f"/policies/{policy.pk}", {"deductibleAmount": 25_000}, **{"If-Match": '"1"'}).status == 422
    wrongs: tuple[Callable[[], object], ...] = (
        lambda: renew_policy(None, policy.pk, terms={"deductible_amount": Decimal(25_000)}),
        lambda: update_policy(None, policy.pk, version=None, changes={"coverage_amount": Decimal(1)}, as_sold=True),
        lambda: book_policy(
            None,
            customer_id=owner.pk,
            policy_type="renters",
            premium_amount=Decimal(1),
            coverage_amount=Decimal(10),
            deductible_amount=Decimal(10),
            start_date=day("2026-01-01"),
            end_date=day("2027-01-01"),
        ),
    )
    for wrong in wrongs:
        with pytest.raises(Invalid):
            wrong()
    # A program that knows of no deductible puts the limit right by itself.
    assert caller.patch(f"/policies/{policy.pk}", {"coverageAmount": 2}, **{"If-Match": '"1"'}).status == 200


def test_a_coverage_gets_no_deductible_as_high_as_its_limit_as_its_first_figures_either(at_priya: Client) -> None:
    policy, page = running(), "covers.personalProperty.deductible_amount"
    code = "personalProperty"
    wrongs = (
        {code: OwnCover(Decimal(100), Decimal(5000))},
        {code: OwnCover(None, Decimal(50_000))},
    )
    for covers in wrongs:
        with pytest.raises(Invalid) as refused:
            endorse_policy(None, policy.pk, Endorsement(covers=covers))
        assert [(each.field, each.code) for each in refused.value.errors] == [(page, "above_limit")]
    # The limit that it falls back to is the one that the same endorsement makes.
    with pytest.raises(Invalid):
        endorse_policy(None, policy.pk, Endorsement({"coverage_amount": Decimal(3000)}, covers={code: OwnCover(None, Decimal(3000))}))
    answer = Caller(underwriter()).post(f"/policies/{policy.pk}/endorse", {"covers": {code: {"deductibleAmount": 50_000}}})
    assert (answer.status, "The deductible is below the limit" in str(answer)) == (422, True)
    terms = {name: str(getattr(policy, name)) for name in ("policy_type", "premium_amount", "coverage_amount", "deductible_amount")}
    typed = terms | {"cover": code, "cover_limit": "100.00", "cover_deductible": "5,000.00"}
    at_desk = send(at_priya, f"/admin/policies/policy/{policy.pk}/endorse/", **typed)
    assert "The deductible is below the limit" in words(at_desk)
    assert fresh(policy).booked_versions == 1
    endorse_policy(None, policy.pk, Endorsement(covers={code: OwnCover(Decimal(5000), Decimal(100))}))
    assert fresh(policy).booked_versions == 2
