"""What a claim pays by its product's rule and aggregate, and the proof that is kept of it."""

import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from claims.models import Claim, SettlementProof
from claims.services import approve_claim, clear_payment, faults_of, pay_claim, reopen_claim, update_claim
from claims.services.proving import basis_of, settlement_of
from claims.settlement import settle
from policies.models import Policy
from policies.products.models import Coverage, ProductVersion
from tests.api.calling import Caller
from tests.factories import PolicyFactory, adjuster, staff, started_claim, supervisor
from tests.workbench.desk import claim_url, desk_of, words
from vanguard.errors import Conflict

pytestmark = pytest.mark.django_db


def with_product(**fields: object) -> Policy:
    """A homeowners' policy on the version on sale, whose liability cover pays up to the limit under an aggregate of 1,000,000."""
    version = ProductVersion.objects.valid_at(timezone.now()).get(product__policy_type="homeowners")
    return PolicyFactory.create(product_version=version, **fields)


def test_earlier_claims_use_up_the_aggregate() -> None:
    boss, policy = supervisor(), with_product(coverage_amount=Decimal("10000.00"))
    earlier = started_claim(boss, policy, claim_type="liability", claim_amount=Decimal("9000.00"))
    approve_claim(boss, earlier.pk)
    other = started_claim(boss, policy, claim_amount=Decimal("9000.00"))  # another coverage: it uses up nothing
    approve_claim(boss, other.pk)
    claim = started_claim(boss, policy, claim_type="liability", claim_amount=Decimal("9000.00"))
    assert basis_of(claim).used == Decimal("8000.00")
    assert settlement_of(claim).left == Decimal("992000.00")
    # What is left decides when it is the lowest.
    low = settle(Decimal(9000), Decimal(1000), Decimal(10000), rule="limit", left=Decimal("500.00"))
    assert (low.payable, low.counts) == (Decimal("500.00"), "aggregate")
    assert settle(Decimal(9000), Decimal(1000), Decimal(10000), left=Decimal("-5.00")).payable == Decimal("0.00")


def test_no_more_than_the_aggregate_leaves_is_approved() -> None:
    boss, policy = supervisor(), with_product(coverage_amount=Decimal("100000.00"))
    claim = started_claim(boss, policy, claim_type="liability", claim_amount=Decimal("90000.00"))
    for _ in range(10):
        neighbour = started_claim(boss, policy, claim_type="liability", claim_amount=Decimal("101000.00"))
        approve_claim(boss, neighbour.pk)
    with pytest.raises(Conflict) as refused:
        approve_claim(boss, claim.pk, amount=Decimal("1.00"))
    assert refused.value.code == "over_limit"


def test_an_approval_keeps_what_it_read_and_the_proof_comes_to_the_same_again() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    approve_claim(owner, claim.pk, amount=Decimal("3500.00"))
    proof = claim.proofs.get()
    assert (proof.actor, proof.amount) == (owner, Decimal("3500.00"))
    assert (proof.read["loss"], proof.read["deductible"], proof.read["limit"]) == ("5000.00", "1000.00", "25000.00")
    assert (proof.read["policy_number"], proof.read["policy_version"]) == (claim.policy.policy_number, 1)
    assert proof.lines["payable"] == "4000.00"
    assert faults_of(proof) == []


def test_a_proof_that_does_not_come_to_the_same_says_where() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    approve_claim(owner, claim.pk)
    proof = claim.proofs.get()
    proof.read["deductible"], proof.amount = "500.00", Decimal("4600.00")
    assert [fault.split(" is ")[0] for fault in faults_of(proof)[:1]] == ["Loss less deductible"]
    assert any("above the payable" in fault for fault in faults_of(proof))
    assert any("of the policy says" in fault for fault in faults_of(proof))


def test_the_database_keeps_a_proof_as_it_is() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    approve_claim(owner, claim.pk)
    for attempt in (lambda: claim.proofs.update(amount=1), lambda: claim.proofs.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


def test_every_coverage_on_sale_has_a_rule_that_claims_know() -> None:
    rules = set(Coverage.objects.values_list("settlement_rule", flat=True))
    assert rules <= {"limit", "limit_less_deductible"}
    loss, deductible, limit = Decimal(3), Decimal(1), Decimal(9)
    assert {settle(loss, deductible, limit, rule=rule).payable for rule in rules} == {Decimal("2.00")}


def test_an_old_proof_stays_true_when_more_is_approved_later() -> None:
    boss = supervisor()
    claim = started_claim(boss, incident_date=timezone.now() - datetime.timedelta(days=20))
    approve_claim(boss, claim.pk, amount=Decimal("1000.00"))
    assert Claim.objects.get(pk=claim.pk).approved_amount == Decimal("1000.00")
    assert faults_of(claim.proofs.get()) == []


@pytest.mark.parametrize(
    ("valuation", "loss", "worn", "payable", "recoverable"),
    [
        ("replacement_cost", "15000", "3000", "9000", "0"),  # the cap decides with and without it
        ("replacement_cost", "6000", "1500", "3500", "1500"),
        ("actual_cash_value", "6000", "1500", "3500", "0"),
        ("replacement_cost", "2000", "1500", "0", "1000"),  # worn below the deductible: all of the rest can come later
        ("replacement_cost", "6000", "0", "5000", "0"),
    ],
)
def test_depreciation_is_held_back_or_lost_as_the_coverage_says(
    valuation: str, loss: str, worn: str, payable: str, recoverable: str
) -> None:
    settled = settle(Decimal(loss), Decimal(1000), Decimal(10000), depreciation=Decimal(worn), valuation=valuation)
    assert (settled.payable, settled.recoverable) == (Decimal(payable), Decimal(recoverable))


def test_what_was_held_back_is_paid_once_the_repair_is_shown() -> None:
    owner = supervisor()
    claim = started_claim(owner, with_product(), claim_amount=Decimal(6000))
    caller = Caller(owner)
    changed = caller.patch(f"/claims/{claim.pk}", {"depreciation": 1500}, If_Match=f'"{claim.version}"')
    assert (changed.status, changed.data["depreciation"]) == (200, 1500)
    assert caller.post(f"/claims/{claim.pk}/approve").data["approvedAmount"] == 3500
    proof = caller.get(f"/claims/{claim.pk}/proof").data
    assert (proof["lines"]["recoverable"], proof["read"]["clauses"]["depreciation"]["reference"], proof["faults"]) == ("1500.00", "A.4", [])
    cashier = staff("Finance")
    pay_claim(cashier, claim.pk)
    clear_payment(cashier, claim.payments.get().pk)
    reopened = reopen_claim(owner, claim.pk, reason="Roof is repaired, invoice of today")
    update_claim(owner, claim.pk, version=reopened.version, changes={"depreciation": Decimal(0)})
    assert approve_claim(owner, claim.pk).approved_amount == Decimal(5000)
    assert [faults_of(each) for each in claim.proofs.select_related("claim__policy")] == [[], []]


def test_depreciation_is_part_of_the_loss_at_every_way_in() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    answer = Caller(owner).patch(f"/claims/{claim.pk}", {"depreciation": 5000.01}, If_Match=f'"{claim.version}"')
    assert (answer.status, answer.errors) == (422, {"depreciation": "above_the_loss"})
    for amount in ("5000.01", "-0.01"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Claim.objects.filter(pk=claim.pk).update(depreciation=Decimal(amount))


def test_correcting_it_voids_an_approval_that_waits() -> None:
    maker = adjuster()
    claim = started_claim(maker, PolicyFactory.create(coverage_amount=Decimal(100000)), claim_amount=Decimal(41000))
    waiting = approve_claim(maker, claim.pk)
    edited = update_claim(maker, claim.pk, version=waiting.version, changes={"depreciation": Decimal(1000)})
    assert (edited.stage, edited.proposed_amount) == ("evaluation", None)


def test_a_proof_from_before_there_was_depreciation_is_read_and_done_again() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    approve_claim(owner, claim.pk)
    proof = claim.proofs.get()
    proof.read = {name: value for name, value in proof.read.items() if name not in ("depreciation", "valuation", "clauses")}
    assert faults_of(proof) == []
    made = SettlementProof(claim=claim, amount=proof.amount, read=proof.read, lines=proof.lines, made_at=timezone.now())
    made.save()
    assert "Recomputed: agrees" in words(desk_of(owner).get(claim_url(claim, "proof")))
