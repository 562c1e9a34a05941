"""A denial has a ground, a clause of the policy as it read, and a letter; all three stay as they are."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from claims.decisions.models import Denial, DenialReason
from claims.models import Claim
from claims.services import appeal_claim, deny_claim
from policies.products.models import ProductClause, ProductVersion
from policies.products.services import draft_version
from tests.api.calling import Caller
from tests.factories import PolicyFactory, adjuster, policyholder, started_claim
from vanguard.errors import Invalid

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def pinned_claim(claim_type: str = "theft") -> Claim:
    """A claim under a policy of the homeowners' version on sale."""
    version = ProductVersion.objects.valid_at(timezone.now()).get(product__policy_type="homeowners")
    return started_claim(adjuster(), PolicyFactory.create(product_version=version), claim_type=claim_type)


def test_a_denial_names_ground_and_clause_as_it_read_then() -> None:
    claim = pinned_claim()
    deny_claim(claim.assignee, claim.pk, reason="The bicycle was sold in May.", reason_code="no_insurable_interest")
    denial = claim.denials.get()
    clause = ProductClause.objects.get(product_version=claim.policy.product_version, reference="C.3")
    assert (denial.reason_code_id, denial.reason, denial.decided_by) == (
        "no_insurable_interest",
        "The bicycle was sold in May.",
        claim.assignee,
    )
    assert (denial.clause_reference, denial.clause_text) == ("C.3", clause.text)


def test_with_a_reason_only_the_clause_is_what_the_coverage_insures() -> None:
    """The contract's body, {"reason": …}."""
    claim = pinned_claim()
    answer = Caller(claim.assignee).post(f"/claims/{claim.pk}/deny", {"reason": "No theft"})
    assert (answer.status, answer.data["status"]) == (200, "denied")
    denial = claim.denials.get()
    assert (denial.reason_code_id, denial.clause_reference, denial.clause_heading) == ("other", "B.1", "Personal property")


def test_the_api_takes_ground_and_clause_and_tells_them_to_staff() -> None:
    claim = pinned_claim("fire")
    caller = Caller(claim.assignee)
    body = {"reason": "Rot over years", "reasonCode": "excluded_peril", "clause": "e.1"}
    assert caller.post(f"/claims/{claim.pk}/deny", body).status == 200
    [told] = caller.get(f"/claims/{claim.pk}/decisions").data["denials"]
    assert (told["reasonCode"], told["clauseReference"], told["reason"]) == ("excluded_peril", "E.1", "Rot over years")


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"reason": "x", "reasonCode": "because"}, {"reasonCode": "unknown"}),
        ({"reason": "x", "clause": "Z.9"}, {"clause": "unknown"}),
        ({"reason": "x", "reasonCode": "late_notice"}, {"reasonCode": "retired"}),
        ({"reason": " "}, {"reason": "required"}),
    ],
)
def test_what_the_policy_or_the_list_does_not_have_is_refused_at_its_field(body: dict[str, str], errors: dict[str, str]) -> None:
    DenialReason.objects.filter(pk="late_notice").update(is_active=False)
    claim = pinned_claim()
    answer = Caller(claim.assignee).post(f"/claims/{claim.pk}/deny", body)
    assert answer.status == 422
    if body["reason"].strip():
        assert answer.errors == errors
    assert Claim.objects.get(pk=claim.pk).status == "processing"
    assert not claim.letters.exists()


def test_a_policy_of_no_product_has_the_general_form() -> None:
    claim = started_claim(adjuster())
    deny_claim(claim.assignee, claim.pk, reason="Worn", reason_code="excluded_peril")
    assert claim.denials.get().clause_reference == "E.1"
    with pytest.raises(Invalid):
        deny_claim(None, started_claim(adjuster()).pk, reason="x", clause="B.1")


def test_the_database_keeps_a_denial_as_it_was() -> None:
    claim = pinned_claim()
    deny_claim(claim.assignee, claim.pk, reason="No theft")
    for attempt in (lambda: Denial.objects.update(reason="Another"), lambda: Denial.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


def test_a_published_versions_clauses_stay_and_its_draft_takes_them_along() -> None:
    version = ProductVersion.objects.valid_at(timezone.now()).get(product__policy_type="homeowners")
    with pytest.raises(IntegrityError), transaction.atomic():
        version.clauses.update(text="Everything is excluded.")
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductClause.objects.create(product_version=version, reference="E.9", topic="exclusion", heading="New", text="New")
    draft = draft_version(None, version.product_id)
    assert list(draft.clauses.values_list("reference", "text")) == list(version.clauses.values_list("reference", "text"))
    assert draft.clauses.filter(reference="A.3").update(text="Changed") == 1


def test_each_coverage_says_how_its_losses_are_valued() -> None:
    version = ProductVersion.objects.valid_at(timezone.now()).get(product__policy_type="homeowners")
    texts = {clause.coverage.code: clause.text for clause in version.clauses.filter(topic="valuation") if clause.coverage}
    assert "less depreciation" in texts["personalProperty"]
    assert "held back is paid when you show us" in texts["dwelling"]
    assert version.coverages.get(code="dwelling").usual_limit > Decimal(0)


def test_the_insured_reads_why_in_the_words_of_the_letter_and_not_who() -> None:
    claim = pinned_claim()
    insured = Caller(policyholder(claim.policy.customer))
    deny_claim(claim.assignee, claim.pk, reason="The bicycle was sold in May.", reason_code="no_insurable_interest")
    [told] = insured.get(f"/claims/{claim.pk}/denials").data["data"]
    denial = claim.denials.get()
    assert told["why"] == denial.reason_code.words
    assert (told["reason"], told["clauseReference"], told["clauseText"]) == (denial.reason, "C.3", denial.clause_text)
    assert (told["onAppeal"], "decidedById" in told) == (False, False)
    assert Caller(policyholder()).get(f"/claims/{claim.pk}/denials").status == 404


def test_after_an_appeal_that_is_denied_again_both_decisions_are_read_the_latest_first() -> None:
    claim = pinned_claim()
    insured = policyholder(claim.policy.customer)
    deny_claim(claim.assignee, claim.pk, reason="No theft")
    appeal_claim(insured, claim.pk, reason="It was theft")
    deny_claim(adjuster(), claim.pk, reason="Still no theft")
    told = Caller(insured).get(f"/claims/{claim.pk}/denials").data["data"]
    assert [(each["reason"], each["onAppeal"]) for each in told] == [("Still no theft", True), ("No theft", False)]
