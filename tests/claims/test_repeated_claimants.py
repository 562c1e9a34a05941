"""The indicator “repeated claimant” counts who claims, besides whose policy it is; a rehearsal of its rule counts the same."""

import datetime
import random
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from claims.fraud import facts
from claims.fraud.facts import assessment_of, facts_of, facts_of_many
from claims.fraud.models import FraudRule
from claims.models import Claim
from claims.oversight.rehearsal import FraudRehearsal, rehearse
from claims.parties.models import Claimant
from claims.parties.privacy import erase
from claims.services import ToldClaimant, add_claimant, end_claimant
from customers.services import merge_customers
from tests.factories import CustomerFactory, PolicyFactory, submitted_claim, supervisor
from tests.workbench.desk import desk_of, words

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def claim_of(claimant: ToldClaimant | None, days: int) -> Claim:
    """On a policy of its own, with a loss so many days ago."""
    claim = submitted_claim(incident_date=timezone.now() - days * DAY, reported_date=timezone.now() - (days - 1) * DAY)
    if claimant is not None:
        add_claimant(None, claim.pk, claimant)
    return claim


def reason(claim: Claim) -> str:
    fresh = Claim.objects.get(pk=claim.pk)
    return next((hit.reason for hit in assessment_of(fresh).hits if hit.code == "repeated_claimant"), "")


@pytest.mark.parametrize(
    "told",
    [
        ToldClaimant("other", name="N. Vale", email="NORA@vale.example"),
        ToldClaimant("other", name="N. Vale", phone="+1 916 555 0177"),
    ],
    ids=["the e-mail address", "the phone"],
)
def test_the_same_person_on_claims_of_three_policies_is_noticed(told: ToldClaimant) -> None:
    nora = ToldClaimant("bodily_injury", name="Nora Vale", email="nora@vale.example", phone="(916) 555-0177")
    claim_of(nora, 60)
    claim_of(told, 40)
    assert reason(claim_of(nora, 20)) == "It is a claimant’s 3rd claim within 24 months."
    assert reason(claim_of(ToldClaimant("other", name="Nora Vale"), 10)) == "", "a name alone is nobody"


def test_a_customer_is_counted_with_what_is_claimed_on_others_policies() -> None:
    customer = CustomerFactory.create(phone="")
    told = ToldClaimant("property_damage", customer_id=customer.pk)
    claim_of(told, 60)
    own = submitted_claim(PolicyFactory.create(customer=customer), incident_date=timezone.now() - 40 * DAY)
    assert reason(own) == ""
    assert reason(claim_of(told, 20)) == "It is a claimant’s 3rd claim within 24 months."
    last = submitted_claim(PolicyFactory.create(customer=customer), incident_date=timezone.now() - 10 * DAY)
    assert reason(last) == "It is the customer’s 4th loss within 24 months."


def test_a_claim_without_a_claimant_is_judged_as_before() -> None:
    assert reason(claim_of(None, 10)) == ""


# -- Of many claims at once, as a rehearsal reads them
NORA = ToldClaimant("bodily_injury", name="Nora Vale", email="nora@vale.example", phone="(916) 555-0177")


def many_of(*claims: Claim) -> list[Claim]:
    rows = Claim.objects.select_related("policy__customer")
    return list(rows.filter(pk__in=[claim.pk for claim in claims]) if claims else rows)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("few", [0, 99])
def test_of_a_whole_book_the_facts_are_those_of_each_claim(seed: int, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reported in the order in which they happened: then what was known at each report is what the page counts now, whether it reads the
    claimants of a claim one by one or at once."""
    monkeypatch.setattr(facts, "FEW", few)
    chance = random.Random(seed)
    phones = ["", "(916) 555-0177", "(916) 555-0178"]
    people = [CustomerFactory.create(first_name=f"Ida{number}", phone=chance.choice(phones)) for number in range(4)]
    told = [ToldClaimant("other", customer_id=each.pk) for each in people]
    told += [ToldClaimant("other", name="Nora Vale", email="nora@vale.example"), ToldClaimant("other", name="N. V.", phone=phones[1])]
    told += [NORA, ToldClaimant("other", name="Nora Vale")]
    claims = []
    for number in range(14):
        at = timezone.now() - (60 - number) * DAY
        policy = PolicyFactory.create(customer=chance.choice(people)) if chance.random() < 0.7 else PolicyFactory.create()
        claim = submitted_claim(policy, incident_date=at, reported_date=at + DAY / 2)
        for each in chance.sample(told, chance.randint(0, 3)):
            named = add_claimant(None, claim.pk, each)
            if chance.random() < 0.2:
                end_claimant(None, claim.pk, named.pk, reason="Not there")
        claims.append(claim)
    merge_customers(None, people[0].pk, people[1].pk)
    erase(Claimant.objects.filter(claim=claims[3]))
    rows = many_of()
    many = facts_of_many(rows)
    assert {claim.pk: replace(facts_of(claim), authorities=()) for claim in rows} == many
    assert any(losses for facts in many.values() for losses in facts.claimants), "the book has somebody who claims twice"


def test_of_others_losses_only_those_count_that_were_reported_by_then() -> None:
    early = claim_of(NORA, 40)
    late = submitted_claim(incident_date=timezone.now() - 50 * DAY, reported_date=timezone.now() - 5 * DAY)
    add_claimant(None, late.pk, NORA)
    last = claim_of(NORA, 20)
    many = facts_of_many(many_of(last))
    assert many[last.pk].claimants == ((early.incident_date,),)
    assert facts_of(last).claimants == ((early.incident_date, late.incident_date),)


def test_a_book_of_many_claimants_is_read_in_as_many_questions_as_a_small_one() -> None:
    customer = CustomerFactory.create(phone="")
    counts = []
    for _ in range(2):
        for number in range(3):
            claim = claim_of(NORA, 10 + number)
            add_claimant(None, claim.pk, ToldClaimant("other", customer_id=customer.pk))
        rows = many_of()
        with CaptureQueriesContext(connection) as asked:
            facts_of_many(rows)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def suggested(claims: list[Claim]) -> list[Claim]:
    """Of which the page of today says so."""
    return [claim for claim in claims if assessment_of(Claim.objects.get(pk=claim.pk)).suggests]


def test_a_rehearsal_finds_the_claims_of_somebody_who_claims_again_and_again() -> None:
    """Of three claims the second one is where the rule begins to suggest; at the third it is suggested by the rule that is valid."""
    FraudRule.objects.filter(code="repeated_claimant").update(weight=50)
    claims = [claim_of(NORA, days) for days in (60, 40, 20)]
    rule = FraudRule(code="repeated_claimant", weight=100, parameters={"claims": 2, "months": 24})
    found = rehearse(FraudRehearsal(rule), timezone.now() + DAY)
    assert [each.claim_number for each in found.changed] == [claims[1].claim_number]
    assert suggested(claims) == [claims[2]]
    assert "Repeated claimant" in found.changed[0].would
    page = desk_of(supervisor()).get("/admin/rehearsal/fraud/?code=repeated_claimant&weight=100&claims=2&months=24")
    assert "A referral would be suggested" in words(page)
    assert claims[1].claim_number in words(page)
    assert claims[0].claim_number not in words(page)
