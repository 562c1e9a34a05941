"""The same policy, day and type: held for a person where the same one claims or nobody is named, linked where another one does."""

from typing import Any

import pytest
from django.utils import timezone

from claims.intake.models import ClaimLink
from claims.models import Claim
from claims.services import PossibleDuplicate, ToldClaimant, add_claimant, approve_claim, end_claimant, start_claim, submit_claim
from customers.services import merge_customers
from policies.models import Policy
from tests.api.calling import Caller
from tests.claims.test_look_alikes import notice, sent
from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder
from tests.workbench.desk import desk_of, local, words
from vanguard.errors import NotAllowed

pytestmark = pytest.mark.django_db
NORA = ToldClaimant("bodily_injury", name="Nora Vale", email="nora@vale.example", phone="(916) 555-0177")
BEN = ToldClaimant("property_damage", name="Ben Stone", email="ben@stone.example", phone="(916) 555-0188")


@pytest.fixture
def policy() -> Policy:
    return PolicyFactory.create()


def filed(policy: Policy, claimant: ToldClaimant | None, **fields: Any) -> Claim:
    return submit_claim(None, **notice(policy, **fields), claimant=claimant)


def test_another_claimant_of_the_same_event_is_filed_and_linked(policy: Policy) -> None:
    first = filed(policy, NORA)
    second = filed(policy, BEN)
    link = ClaimLink.objects.get()
    assert (link.earlier_id, link.later_id, link.kind) == (first.pk, second.pk, "same_event")
    assert link.reason == "Another claimant of the same event."
    assert [step.command for step in second.transitions.order_by("at", "id")][:2] == ["submit", "add_claimant"]
    start_claim(None, second.pk)
    assert approve_claim(None, second.pk).status == "approved", "nothing is left to decide"


@pytest.mark.parametrize(
    "again",
    [
        ToldClaimant("other", name="VALE, Nora"),
        ToldClaimant("other", name="N. V.", email="Nora@Vale.example"),
        ToldClaimant("other", name="N. V.", phone="+1 916 555 0177"),
        None,
    ],
    ids=["the name", "the e-mail address", "the phone", "nobody named"],
)
def test_the_same_claimant_or_none_is_held_as_before(policy: Policy, again: ToldClaimant | None) -> None:
    filed(policy, NORA)
    with pytest.raises(PossibleDuplicate):
        filed(policy, again)
    assert Claim.objects.count() == 1


def test_a_claim_on_which_nobody_is_named_holds_it(policy: Policy) -> None:
    filed(policy, None)
    with pytest.raises(PossibleDuplicate):
        filed(policy, NORA)


def test_a_claimant_who_has_ended_is_nobody_elses_reason(policy: Policy) -> None:
    first = filed(policy, NORA)
    end_claimant(None, first.pk, first.claimants.get().pk, reason="Another accident")
    with pytest.raises(PossibleDuplicate):
        filed(policy, BEN)


def test_of_several_claimants_one_that_is_the_same_holds_it(policy: Policy) -> None:
    first = filed(policy, NORA)
    add_claimant(None, first.pk, BEN)
    with pytest.raises(PossibleDuplicate):
        filed(policy, BEN)


def test_customers_are_told_apart_by_their_records_merged_ones_too(policy: Policy) -> None:
    one, two, three = (CustomerFactory.create(first_name=name, phone="") for name in ("Ida", "Kit", "Lou"))
    filed(policy, ToldClaimant("other", customer_id=one.pk))
    filed(policy, ToldClaimant("other", customer_id=two.pk))
    merge_customers(None, three.pk, one.pk)
    with pytest.raises(PossibleDuplicate):
        filed(policy, ToldClaimant("other", customer_id=three.pk))


def test_a_customer_and_a_name_with_the_same_phone_are_one(policy: Policy) -> None:
    customer = CustomerFactory.create(first_name="Ida", phone="(916) 555-0177")
    filed(policy, ToldClaimant("other", customer_id=customer.pk))
    with pytest.raises(PossibleDuplicate):
        filed(policy, NORA)


def test_through_the_api_staff_name_who_claims_and_a_policyholder_does_not(policy: Policy) -> None:
    filed(policy, NORA)
    owner = policyholder(policy.customer)
    told = {"claimsFor": "property_damage", "name": "Ben Stone"}
    answer = Caller(adjuster()).post("/claims", sent(policy, claimant=told))
    assert answer.status == 201
    assert ClaimLink.objects.get().kind == "same_event"
    assert Claim.objects.get(pk=answer.data["id"]).claimants.get().shown_name == "Ben Stone"
    assert Caller(owner).post("/claims", sent(policy, claimant=told)).status == 403
    with pytest.raises(NotAllowed):
        submit_claim(owner, **notice(policy), claimant=BEN)
    wrong = Caller(adjuster()).post("/claims", sent(policy, claimant={"claimsFor": "wages", "name": "Ben"}))
    assert wrong.status == 422
    assert Caller(adjuster()).post("/claims", sent(policy, claimant=told | {"phone": "call me"})).status == 422


def test_the_form_of_a_first_notice_names_who_claims(policy: Policy) -> None:
    first = filed(policy, NORA)
    desk = desk_of(adjuster())
    form = {"policy": policy.policy_number, "claim_type": "theft", "claim_amount": "900", "incident_date": local(first.incident_date)}
    answer = desk.post("/admin/claims/claim/add/", form | {"claimant_name": "Ben Stone"})
    assert "Say what they claim for." in words(answer)
    answer = desk.post("/admin/claims/claim/add/", form | {"claimant_claims_for": "other"})
    assert "Their name is missing." in words(answer)
    told = {"claimant_claims_for": "other", "claimant_name": "Ben Stone", "claimant_email": "ben@stone.example", "claimant_phone": "x"}
    assert "Phone has" in words(desk.post("/admin/claims/claim/add/", form | told | {"claimant_phone": "call me"}))
    answer = desk.post("/admin/claims/claim/add/", form | told | {"claimant_phone": ""}, follow=True)
    assert "is filed." in words(answer)
    assert "Ben Stone" in words(answer)
    assert ClaimLink.objects.get().kind == "same_event"
    assert Claim.objects.filter(created_at__lte=timezone.now()).count() == 2
