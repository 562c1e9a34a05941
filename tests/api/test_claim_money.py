"""A claim's money through the API: the worked examples, and what is told of it to whom."""

from decimal import Decimal

import pytest

from claims.fraud.services import refer_claim
from claims.models import Claim
from policies.reading import coverages_of
from tests.api.calling import Caller
from tests.factories import PolicyFactory, adjuster, policyholder, staff, started_claim, submitted_claim, supervisor
from tests.policies.test_coverages import bound
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db


def claim_of(owner: User, loss: str) -> Claim:
    return started_claim(owner, PolicyFactory.create(coverage_amount=Decimal("100000.00")), claim_amount=Decimal(loss))


def balance(caller: Caller, claim: Claim) -> dict[str, Decimal]:
    found: dict[str, Decimal] = caller.get(f"/claims/{claim.pk}/money").data["balance"]
    return {name: Decimal(value) for name, value in found.items()}


def test_a_payment_sent_twice_under_one_key_is_made_once() -> None:
    owner, finance = adjuster(), Caller(staff("Finance"))
    claim = claim_of(owner, "8000.00")
    Caller(owner).post(f"/claims/{claim.pk}/approve")
    answers = [finance.post(f"/claims/{claim.pk}/pay", {"amount": 100}, Idempotency_Key="pay-1") for _ in range(2)]
    assert [answer.data["paidAmount"] for answer in answers] == [100, 100]
    assert claim.payments.count() == 1


def test_bad_amounts_name_their_field_and_more_than_approved_is_a_conflict() -> None:
    owner, finance = adjuster(), Caller(staff("Finance"))
    claim = claim_of(owner, "8000.00")
    assert finance.post(f"/claims/{claim.pk}/pay", {"amount": 1}).errors == {"status": "not_approved"}
    Caller(owner).post(f"/claims/{claim.pk}/approve")
    assert finance.post(f"/claims/{claim.pk}/pay", {"amount": 7000.01}).errors == {"amount": "over_approved"}
    assert finance.post(f"/claims/{claim.pk}/pay", {"amount": -1}).status == 422
    assert finance.post(f"/claims/{claim.pk}/pay", {"amount": 1, "costType": "fun"}).status == 422
    assert finance.post(f"/claims/{claim.pk}/pay", {"amount": 1, "coverage": "moon"}).errors == {"coverage": "choice"}


def test_a_payment_on_another_coverage_than_the_approved_one_waits_and_says_why() -> None:
    owner, finance = adjuster(), Caller(staff("Finance"))
    policy = bound()
    day = {"incident_date": policy.start_date, "reported_date": policy.start_date}
    claim = started_claim(owner, policy, claim_type="theft", claim_amount=Decimal("6000.00"), **day)
    Caller(owner).post(f"/claims/{claim.pk}/approve")
    other = next(code for code in coverages_of(claim.policy) if code != claim.proofs.get().read["coverage"])
    assert finance.post(f"/claims/{claim.pk}/pay", {"amount": 100, "coverage": other}).data["paidAmount"] == 0
    [payment] = finance.get(f"/claims/{claim.pk}/money").data["payments"]
    assert (payment["status"], payment["waitsFor"]) == ("requested", "It is on another coverage than the claim was approved for.")


def test_a_payment_that_one_person_approved_is_not_issued_after_a_referral() -> None:
    owner, finance = adjuster(), Caller(staff("Finance"))
    claim = claim_of(owner, "8000.00")
    Caller(owner).post(f"/claims/{claim.pk}/approve")
    Caller(owner).post(f"/claims/{claim.pk}/pay")
    refer_claim(owner, claim.pk, reason="Odd receipts")
    refused = finance.post(f"/claims/{claim.pk}/payments/{claim.payments.get().pk}/issue")
    assert (refused.status, list(refused.errors.values())) == (409, ["second_person"])


def test_a_payment_of_another_claim_is_not_found_below_this_one() -> None:
    owner, finance = adjuster(), Caller(staff("Finance"))
    claim = claim_of(owner, "8000.00")
    Caller(owner).post(f"/claims/{claim.pk}/approve")
    Caller(owner).post(f"/claims/{claim.pk}/pay")
    assert finance.post(f"/claims/{submitted_claim().pk}/payments/{claim.payments.get().pk}/issue").status == 404


def test_the_insured_is_told_neither_reserves_nor_proof() -> None:
    claim = submitted_claim()
    at = Caller(policyholder(claim.policy.customer))
    assert [at.get(f"/claims/{claim.pk}/{what}").status for what in ("money", "proof")] == [403, 403]


def test_the_proof_is_told_with_what_it_read_and_done_again() -> None:
    owner = adjuster()
    claim = claim_of(owner, "8000.00")
    assert Caller(owner).get(f"/claims/{claim.pk}/proof").status == 404
    Caller(owner).post(f"/claims/{claim.pk}/approve")
    proof = Caller(owner).get(f"/claims/{claim.pk}/proof").data
    assert (proof["amount"], proof["lines"]["payable"], proof["faults"]) == (7000, "7000.00", [])


def test_each_payment_has_the_proof_that_it_was_approved_on_whatever_was_approved_since() -> None:
    owner = supervisor()
    boss, finance = Caller(owner), Caller(staff("Finance"))
    url = f"/claims/{claim_of(owner, '8000.00').pk}"
    boss.post(f"{url}/approve")
    finance.post(f"{url}/pay", {"amount": 100})
    (first,) = boss.get(f"{url}/money").data["payments"]
    finance.post(f"{url}/payments/{first['id']}/clear")
    boss.post(f"{url}/close")
    boss.post(f"{url}/reopen", {"reason": "A second estimate"})
    boss.post(f"{url}/start")
    boss.post(f"{url}/approve", {"amount": 6000})
    finance.post(f"{url}/pay", {"amount": 50})
    finance.post(f"{url}/pay", {"amount": 20, "costType": "expense", "payee": "Assessors Ltd"})
    first, second, expense = boss.get(f"{url}/money").data["payments"]
    proofs = [boss.get(f"{url}/payments/{each['id']}/proof").data for each in (first, second)]
    assert [(proof["amount"], proof["faults"]) for proof in proofs] == [(7000, []), (6000, [])]
    assert boss.get(f"{url}/payments/{expense['id']}/proof").status == 404


def test_filing_a_claim_takes_no_more_statements_for_the_ledger() -> None:
    assert not submitted_claim().entries.exists()
