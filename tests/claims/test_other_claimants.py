"""The same policy, day and type: held for a person where the same one claims or nobody is named, linked where another one does."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from claims.intake.models import ClaimLink
from claims.models import Claim
from claims.services import (
    PossibleDuplicate,
    ToldClaimant,
    add_claimant,
    approve_claim,
    end_claimant,
    file_notice,
    look_alikes,
    start_claim,
    submit_claim,
    take_notice,
)
from customers.services import merge_customers
from policies.models import Policy
from tests.api.calling import Caller
from tests.claims.test_look_alikes import AT, notice, sent
from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder, staff
from tests.workbench.desk import desk_of, local, send, words
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


FORM = "/admin/claims/claim/add/"


def form_of(policy: Policy, **fields: str) -> dict[str, str]:
    return {"policy": policy.policy_number, "claim_type": "theft", "claim_amount": "900", "incident_date": local(AT)} | fields


def test_the_form_of_a_first_notice_names_a_customer_who_claims_by_the_address(policy: Policy) -> None:
    ida = CustomerFactory.create(first_name="Ida", last_name="Poole", email="ida@poole.example")
    desk = desk_of(adjuster())
    told = form_of(policy, claimant_customer="IDA@poole.example")
    assert "Say what they claim for." in words(desk.post(FORM, told))
    told["claimant_claims_for"] = "property_damage"
    assert "There is no customer with the address" in words(desk.post(FORM, told | {"claimant_customer": "nobody@poole.example"}))
    assert "one of the two" in words(desk.post(FORM, told | {"claimant_name": "Ida Poole"}))
    assert "stands on the customer’s record" in words(desk.post(FORM, told | {"claimant_phone": "9165550142"}))
    assert not Claim.objects.exists()
    answer = desk.post(FORM, told, follow=True)
    assert "is filed." in words(answer)
    assert "Ida Poole" in words(answer)
    assert Claim.objects.get().claimants.get().customer == ida


def test_an_organisation_is_named_as_one(policy: Policy) -> None:
    told = {"claimant_claims_for": "property_damage", "claimant_kind": "organisation", "claimant_name": "Vale Roofing"}
    desk_of(adjuster()).post(FORM, form_of(policy, **told))
    assert Claim.objects.get().claimants.get().kind == "organisation"


def test_who_takes_a_notice_is_offered_customers_and_others_are_not() -> None:
    CustomerFactory.create(first_name="Ida", last_name="Poole", email="ida@poole.example")
    offers = desk_of(adjuster()).get("/admin/claims/claim/customers/?q=poo").json()["offers"]
    assert offers == [{"value": "ida@poole.example", "label": "Ida Poole"}]
    assert desk_of(staff("Finance")).get("/admin/claims/claim/customers/?q=poo").status_code == 403


def test_what_is_held_is_shown_with_who_claims_on_both(policy: Policy) -> None:
    first = filed(policy, NORA)
    end_claimant(None, first.pk, add_claimant(None, first.pk, BEN).pk, reason="Was not there")
    page = words(desk_of(adjuster()).post(FORM, form_of(policy, claimant_claims_for="other", claimant_name="Vale, Nora")))
    assert "Who claims Vale, Nora Nora Vale What happened" in page
    page = words(desk_of(adjuster()).post(FORM, form_of(policy)))
    assert "Who claims Nobody else named Nora Vale What happened" in page


def test_a_notice_that_was_kept_is_filed_with_who_claims(policy: Policy) -> None:
    first = filed(policy, NORA)
    ida = CustomerFactory.create(first_name="Ida", phone="", email="ida@poole.example")
    facts = notice(policy)
    draft = take_notice(adjuster(), caller_name="Rosa Delgado")
    with pytest.raises(PossibleDuplicate):
        file_notice(adjuster(), draft.pk, **facts, claimant=NORA)
    claim = file_notice(adjuster(), draft.pk, **facts, claimant=ToldClaimant("other", customer_id=ida.pk))
    assert claim.claimants.get().customer == ida
    assert (ClaimLink.objects.get().earlier, ClaimLink.objects.get().kind) == (first, "same_event")


def test_a_notice_that_was_kept_is_filed_with_who_claims_from_its_page(policy: Policy) -> None:
    filed(policy, NORA)
    CustomerFactory.create(first_name="Ida", last_name="Poole", phone="", email="ida@poole.example")
    draft = take_notice(adjuster(), caller_name="Rosa Delgado")
    url, sent_ = f"/admin/intake/noticedraft/{draft.pk}/file/", form_of(policy)
    desk = desk_of(adjuster())
    told = {"claimant_claims_for": "other", "claimant_name": "Nora Vale"}
    assert "It is that one: open it" in words(send(desk, url, **(sent_ | told)))
    told = {"claimant_claims_for": "other", "claimant_customer": "ida@poole.example"}
    assert "is filed." in words(send(desk, url, **(sent_ | told)))
    assert ClaimLink.objects.get().kind == "same_event"


def asked(policy: Policy, claimant: dict[str, str] | None) -> dict[str, Any]:
    body: dict[str, Any] = {"policyId": str(policy.pk), "claimType": "Theft", "incidentDate": AT.isoformat()}
    return body | ({"claimant": claimant} if claimant else {})


def test_the_api_is_asked_for_look_alikes_with_who_claims_and_says_what_filing_does(policy: Policy) -> None:
    first, caller = filed(policy, NORA), Caller(adjuster())
    nora, ben = {"claimsFor": "other", "name": "Nora Vale"}, {"claimsFor": "other", "name": "Ben Stone"}
    for told, alike in ((nora, [first]), (ben, []), (None, [first])):
        answer = caller.post("/claims/look-alikes", asked(policy, told))
        assert [each["id"] for each in answer.data] == [str(each.pk) for each in alike]
        query = f"policy_id={policy.pk}&claim_type=theft&incident_date={AT:%Y-%m-%dT%H:%M:%SZ}"
        assert len(caller.get(f"/claims/look-alikes?{query}").data) == 1, "where nobody is named, nobody is told apart"
    assert caller.post("/claims", sent(policy, claimant=ben)).status == 201
    second = Claim.objects.exclude(pk=first.pk).get()
    assert ClaimLink.objects.get().kind == "same_event"
    answer = caller.post("/claims/look-alikes", asked(policy, ben))
    assert [each["id"] for each in answer.data] == [str(second.pk)]
    assert Claim.objects.count() == 2, "nothing is kept of the question"


def test_a_question_that_leaves_no_trace_confirms_neither_an_e_mail_nor_a_phone(policy: Policy) -> None:
    nora = ToldClaimant("other", name="Nora Vale", email="nora@vale.example", phone="(916) 555-0142")
    filed(policy, nora)
    for guess in ({"email": nora.email}, {"phone": nora.phone}, {"email": "norman@vale.example"}):
        answer = Caller(adjuster()).post("/claims/look-alikes", asked(policy, {"claimsFor": "other", "name": "Zz"} | guess))
        assert answer.data == []


def test_look_alikes_with_a_customer_who_claims_and_what_the_api_refuses(policy: Policy) -> None:
    filed(policy, NORA)
    ida = CustomerFactory.create(phone="(916) 555-0177")
    caller = Caller(adjuster())
    told = {"claimsFor": "other", "customerId": str(ida.pk)}
    assert len(caller.post("/claims/look-alikes", asked(policy, told)).data) == 1, "the phone is the same"
    assert caller.post("/claims/look-alikes", asked(policy, {"claimsFor": "other"})).status == 422
    assert caller.post("/claims/look-alikes", asked(policy, told | {"customerId": str(policy.pk)})).status == 404
    owner = Caller(policyholder(policy.customer))
    assert owner.post("/claims/look-alikes", asked(policy, {"claimsFor": "other", "name": "Ben"})).status == 403
    assert len(owner.post("/claims/look-alikes", asked(policy, None)).data) == 1
    stranger = Caller(policyholder())
    assert stranger.post("/claims/look-alikes", asked(policy, None)).data == []


def test_look_alikes_with_who_claims_take_one_question_more(policy: Policy) -> None:
    actor = adjuster()
    told: dict[str, Any] = {"policy_id": policy.pk, "claim_type": "theft", "incident_date": AT}
    counts = []
    for _ in range(2):
        for number in range(3):
            submit_claim(None, **notice(policy), claimant=ToldClaimant("other", name=f"Cy Stone {Claim.objects.count()} {number}"))
        for claimant in (None, BEN):
            actor.has_perm("parties.add_claimant")
            with CaptureQueriesContext(connection) as queries:
                look_alikes(actor, **told, claimant=claimant)
            counts.append(len(queries))
    assert counts == [1, 2, 1, 2]
