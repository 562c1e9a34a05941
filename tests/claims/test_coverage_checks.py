"""Every look at the cover leaves a row that says what it read."""

import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from claims.decisions.models import CoverageCheck
from claims.services import approve_claim, delete_claim, deny_claim
from policies.products.models import ProductVersion
from policies.rules import Endorsement
from policies.services import endorse_policy
from tests.api.calling import Caller
from tests.factories import PolicyFactory, adjuster, policyholder, started_claim, submitted_claim, supervisor

pytestmark = pytest.mark.django_db


def test_filing_keeps_the_version_that_was_in_force_at_the_loss() -> None:
    policy = PolicyFactory.create()
    loss = timezone.now() - datetime.timedelta(days=10)
    insured = Caller(policyholder(policy.customer))
    body = {"policyId": str(policy.pk), "claimType": "fire", "claimAmount": 5000, "incidentDate": loss.isoformat()}
    assert insured.post("/claims", body).status == 201
    check = CoverageCheck.objects.get()
    assert (check.step, check.in_force, check.policy_version) == ("submit", True, 1)
    assert (check.incident_date, check.starts_at, check.ends_at) == (loss, policy.start_date, policy.end_date)
    assert (check.limit, check.deductible, check.coverage) == (Decimal(25000), Decimal(1000), "")


def test_a_decision_keeps_the_coverage_that_answers_too() -> None:
    version = ProductVersion.objects.valid_at(timezone.now()).get(product__policy_type="homeowners")
    claim = started_claim(supervisor(), PolicyFactory.create(product_version=version), claim_type="theft")
    approve_claim(claim.assignee, claim.pk)
    check = claim.coverage_checks.get(step="approve")
    assert (check.actor, check.coverage, check.coverage_name) == (claim.assignee, "personalProperty", "Personal property")
    assert check.product_version == version.number


def test_what_was_read_stays_when_the_policy_is_changed_later() -> None:
    owner = supervisor()
    claim = started_claim(owner)
    later = Endorsement({"coverage_amount": Decimal("40000.00")}, effective_at=timezone.now() - datetime.timedelta(days=1))
    endorse_policy(None, claim.policy_id, later)
    deny_claim(owner, claim.pk, reason="Rust")
    read = Caller(owner).get(f"/claims/{claim.pk}/decisions").data["coverageChecks"]
    assert [(each["step"], each["policyVersion"], each["limit"]) for each in read] == [
        ("submit", 1, 25000), ("start", 1, 25000), ("deny", 2, 25000),
    ]  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        claim.coverage_checks.update(in_force=False)


def test_a_claim_that_should_never_have_been_filed_takes_its_checks_along() -> None:
    claim = submitted_claim()
    delete_claim(adjuster(), claim.pk, version=None)
    assert not CoverageCheck.objects.exists()
