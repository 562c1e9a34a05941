"""A claim's money through the API: the worked examples, and what is told of it to whom."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group

from claims.models import AuthorityLimit, Claim
from tests.api.calling import Caller
from tests.factories import PolicyFactory, adjuster, policyholder, staff, started_claim, submitted_claim, supervisor
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db


def claim_of(owner: User, loss: str) -> Claim:
    return started_claim(owner, PolicyFactory.create(coverage_amount=Decimal("100000.00")), claim_amount=Decimal(loss))


def balance(caller: Caller, claim: Claim) -> dict[str, Decimal]:
    found: dict[str, Decimal] = caller.get(f"/claims/{claim.pk}/money").data["balance"]
    return {name: Decimal(value) for name, value in found.items()}


def test_worked_example_reserve_10000_paid_7000_closed_reopened_with_2000() -> None:
    owner = adjuster()
    claim, at = claim_of(owner, "8000.00"), Caller(owner)
    finance, boss = Caller(staff("Finance")), Caller(supervisor())
    path = f"/claims/{claim.pk}"
    assert at.post(f"{path}/reserve", {"amount": 10000, "reason": "First estimate"}).status == 200
    at.post(f"{path}/approve")
    paid = finance.post(f"{path}/pay")
    assert (paid.data["stage"], paid.data["paidAmount"]) == ("paid", 7000)
    [payment] = at.get(f"{path}/money").data["payments"]
    assert at.post(f"{path}/close").errors == {"status": "payment_in_flight"}
    assert finance.post(f"{path}/payments/{payment['id']}/clear").status == 200
    assert balance(at, claim) == {"outstanding": 3000, "paid": 7000, "recovered": 0, "incurred": 10000}
    assert at.post(f"{path}/close").status == 200
    assert balance(at, claim) == {"outstanding": 0, "paid": 7000, "recovered": 0, "incurred": 7000}
    boss.post(f"{path}/reopen", {"reason": "A second invoice"})
    boss.post(f"{path}/reserve", {"amount": 2000, "reason": "A second invoice"})
    assert balance(at, claim) == {"outstanding": 2000, "paid": 7000, "recovered": 0, "incurred": 9000}


def test_worked_example_authority_10000_payments_6000_then_6000_by_the_same_adjuster() -> None:
    owner = adjuster()
    AuthorityLimit.objects.filter(role=Group.objects.get(name="Adjuster"), cost_type="indemnity").update(amount=Decimal(10000))
    claim, at, boss = claim_of(owner, "13000.00"), Caller(owner), Caller(supervisor())
    path = f"/claims/{claim.pk}"
    assert at.post(f"{path}/approve").data["stage"] == "awaiting_approval"
    assert boss.post(f"{path}/approve").data["approvedAmount"] == 12000
    for _ in range(2):
        assert at.post(f"{path}/pay", {"amount": 6000}).status == 200
    first, second = at.get(f"{path}/money").data["payments"]
    assert (first["status"], first["basis"], second["status"]) == ("approved", "own_authority", "requested")
    assert at.post(f"{path}/payments/{second['id']}/approve").errors == {"": "four_eyes"}
    assert boss.post(f"{path}/payments/{second['id']}/approve").status == 200
    assert at.get(f"{path}/money").data["payments"][1]["basis"] == "second_person"


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


def test_filing_a_claim_takes_no_more_statements_for_the_ledger() -> None:
    assert not submitted_claim().entries.exists()
