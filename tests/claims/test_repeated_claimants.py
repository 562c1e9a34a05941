"""The indicator “repeated claimant” counts who claims, besides whose policy it is."""

import datetime

import pytest
from django.utils import timezone

from claims.fraud.facts import assessment_of
from claims.models import Claim
from claims.services import ToldClaimant, add_claimant
from tests.factories import CustomerFactory, PolicyFactory, submitted_claim

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
