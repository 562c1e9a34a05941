"""Payments on a claim: who may, how far, and their life from the request to the bank."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from claims.fraud.services import refer_claim
from claims.models import AuthorityLimit, Claim, ClaimPayment, ClaimTransition
from claims.services import (
    approve_claim,
    approve_payment,
    clear_payment,
    close_claim,
    issue_payment,
    pay_claim,
    record_recovery,
    reopen_claim,
    reverse_recovery,
    set_reserve,
    stop_payment,
    void_payment,
)
from policies.reading import coverages_of
from tests.factories import PolicyFactory, adjuster, staff, started_claim, superuser, supervisor, underwriter
from tests.oversight.planting import plant
from tests.policies.test_coverages import bound
from vanguard.accounts.models import User
from vanguard.errors import Conflict, Invalid, NotAllowed

pytestmark = pytest.mark.django_db


def approved_claim(owner: User, payable: str = "4000.00", approver: User | None = None) -> Claim:
    policy = PolicyFactory.create(coverage_amount=Decimal("100000.00"))
    claim = started_claim(owner, policy, claim_amount=Decimal(payable) + Decimal("1000.00"))
    return approve_claim(approver or owner, claim.pk)


def limited(amount: str) -> User:
    """An adjuster with this authority."""
    person = adjuster()
    role = Group.objects.get(name="Adjuster")
    AuthorityLimit.objects.filter(role=role, cost_type="indemnity").update(amount=Decimal(amount))
    return person


def newest(claim: Claim) -> ClaimPayment:
    return claim.payments.order_by("-created_at", "-id")[0]


def test_a_payment_split_off_to_stay_within_the_authority_waits_and_is_sealed_by_the_second_person() -> None:
    maker, second = limited("10000.00"), supervisor()
    claim = approved_claim(maker, "12000.00", approver=second)
    pay_claim(maker, claim.pk, amount=Decimal("6000.00"))
    first = newest(claim)
    assert (first.status, first.basis, first.approved_by) == ("approved", "own_authority", maker)
    pay_claim(maker, claim.pk, amount=Decimal("6000.00"))
    waiting = newest(claim)
    assert (waiting.status, waiting.approved_by, waiting.seal) == ("requested", None, "")
    assert waiting.waits_for.startswith("Split: with earlier payments 12,000.00")
    with pytest.raises(Conflict) as refused:
        approve_payment(maker, waiting.pk)
    assert refused.value.code == "four_eyes"
    approve_payment(second, waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.basis, waiting.approved_by, waiting.seal) == ("approved", "second_person", second, waiting.digest())


def test_a_second_person_needs_authority_for_all_that_the_claim_then_costs() -> None:
    maker, boss = limited("10000.00"), supervisor()
    claim = approved_claim(maker, "12000.00", approver=boss)
    pay_claim(maker, claim.pk)
    with pytest.raises(Conflict) as refused:
        approve_payment(adjuster(), newest(claim).pk)
    assert refused.value.code == "over_authority"


def test_finance_carries_out_what_was_approved_and_the_approver_is_the_other_pair_of_eyes() -> None:
    owner, finance = adjuster(), staff("Finance")
    claim = approved_claim(owner)
    paid = pay_claim(finance, claim.pk)
    assert (paid.status, paid.stage, paid.paid_amount) == ("approved", "paid", Decimal("4000.00"))
    payment = newest(claim)
    assert (payment.status, payment.requested_by, payment.approved_by, payment.basis) == ("issued", finance, owner, "second_person")
    assert payment.payee == claim.policy.customer.full_name


def test_finance_pays_nobody_but_the_insured_on_the_approval_of_the_claim() -> None:
    """The approval was about the insured: a payee whom nobody has seen is approved first."""
    owner, finance = adjuster(), staff("Finance")
    claim = approved_claim(owner)
    pay_claim(finance, claim.pk, payee="A Friend")
    payment = newest(claim)
    assert (payment.status, payment.approved_by, payment.seal) == ("requested", None, "")
    assert payment.waits_for == "The payee is not the insured, for whom it was approved."
    with pytest.raises(Conflict):
        issue_payment(finance, payment.pk)
    approve_payment(owner, payment.pk)
    assert issue_payment(finance, payment.pk).paid_amount == Decimal("4000.00")


def test_who_approved_the_claim_is_no_second_person_to_the_own_payment() -> None:
    person = adjuster()
    claim = approved_claim(person)
    person.groups.set([Group.objects.get(name="Finance")])
    moved = User.objects.get(pk=person.pk)
    pay_claim(moved, claim.pk)
    assert (newest(claim).status, newest(claim).waits_for) == ("requested", "Nobody else approved the claim by name.")


@pytest.mark.parametrize("payee", ["Ada Quill", "ada  quill", "Quill, Ada", "Ada\u00a0Quill", "ＡＤＡ Quill"])
def test_one_of_us_is_known_however_the_name_is_written(payee: str) -> None:
    staff("Finance", first_name="Ada", last_name="Quill")
    owner = adjuster()
    claim = approved_claim(owner)
    pay_claim(owner, claim.pk, payee=payee)
    assert newest(claim).waits_for == "The payee is one of us."


@pytest.mark.parametrize("payee", ["Inés De La Cruz", "de la cruz, inés", "Ine\u0301s De La Cruz"])
def test_one_of_us_is_known_by_a_surname_of_several_words_too(payee: str) -> None:
    staff("Finance", first_name="Inés", last_name="De La Cruz")
    owner = adjuster()
    claim = approved_claim(owner)
    pay_claim(owner, claim.pk, payee=payee)
    assert newest(claim).waits_for == "The payee is one of us."


def test_a_payment_that_one_person_approved_is_not_issued_after_a_referral_to_special_investigation() -> None:
    owner, finance = adjuster(), staff("Finance")
    claim = approved_claim(owner)
    pay_claim(owner, claim.pk)
    alone = newest(claim)
    refer_claim(owner, claim.pk, reason="The receipts are of another house")
    with pytest.raises(Conflict) as refused:
        issue_payment(finance, alone.pk)
    assert (refused.value.code, newest(claim).status) == ("second_person", "approved")
    stop_payment(owner, alone.pk, reason="Two shall look")
    pay_claim(owner, claim.pk)
    approve_payment(supervisor(), newest(claim).pk)
    issue_payment(finance, newest(claim).pk)
    assert newest(claim).status == "issued"


def test_a_payment_on_another_coverage_than_the_approved_one_waits_for_a_second_person() -> None:
    owner, second, finance = adjuster(), supervisor(), staff("Finance")
    policy = bound()
    day = {"incident_date": policy.start_date, "reported_date": policy.start_date}
    claim = started_claim(owner, policy, claim_type="theft", claim_amount=Decimal("6000.00"), **day)
    approve_claim(second, claim.pk)
    approved_for = claim.proofs.get().read["coverage"]
    other = next(code for code in coverages_of(claim.policy) if code != approved_for)
    for number, person in enumerate((owner, finance), 1):
        pay_claim(person, claim.pk, amount=Decimal("100.00"), coverage=other)
        assert (newest(claim).status, newest(claim).coverage) == ("requested", other)
        assert newest(claim).waits_for == "It is on another coverage than the claim was approved for."
        pay_claim(person, claim.pk, amount=Decimal("100.00"), coverage=approved_for)
        assert newest(claim).status in ("approved", "issued"), number
    pay_claim(owner, claim.pk, amount=Decimal("50.00"), cost_type="expense", coverage=other)
    assert newest(claim).waits_for == ""


def test_nobody_has_a_hand_in_a_payment_to_themselves_at_any_step() -> None:
    owner, other, ada = adjuster(), supervisor(), staff("Finance", first_name="Ada", last_name="Quill")
    claim = approved_claim(owner)
    pay_claim(owner, claim.pk, payee="Ada Quill")
    payment = newest(claim)
    approve_payment(other, payment.pk)
    issue_payment(staff("Finance"), payment.pk)
    steps: list[Callable[[], Claim]] = [
        lambda: clear_payment(ada, payment.pk),
        lambda: stop_payment(ada, payment.pk, reason="x"),
        lambda: void_payment(ada, payment.pk, reason="x"),
    ]
    for step in steps:
        with pytest.raises(Conflict) as refused:
            step()
        assert refused.value.code == "party"


def test_what_has_come_back_already_is_reversed_before_its_payment_is_voided() -> None:
    claim = approved_claim(adjuster())
    pay_claim(None, claim.pk)
    payment = newest(claim)
    record_recovery(None, claim.pk, amount=Decimal("1000.00"), source="salvage")
    with pytest.raises(Conflict) as refused:
        void_payment(None, payment.pk, reason="Wrong payee")
    assert refused.value.code == "recovered"
    reverse_recovery(None, claim.entries.get(kind="recovery").pk, reason="Bounced")
    assert void_payment(None, payment.pk, reason="Wrong payee").paid_amount == Decimal("0.00")


def test_a_voided_payment_brings_no_reserve_back_that_somebody_has_set_anew() -> None:
    claim = approved_claim(adjuster())
    set_reserve(None, claim.pk, amount=Decimal("4000.00"), reason="First estimate")
    pay_claim(None, claim.pk)
    set_reserve(None, claim.pk, amount=Decimal("500.00"), reason="Hidden damage")
    void_payment(None, newest(claim).pk, reason="Wrong payee")
    assert claim.entries.all().balance().outstanding == Decimal("500.00")


def test_a_payment_voided_on_a_closed_file_leaves_it_closed_and_paid_as_it_was_called() -> None:
    claim = approved_claim(adjuster())
    pay_claim(None, claim.pk)
    clear_payment(None, newest(claim).pk)
    close_claim(None, claim.pk)
    voided = void_payment(None, claim.payments.get(status="cleared").pk, reason="Wrong payee")
    assert (voided.stage, voided.is_open, voided.paid_amount) == ("paid", False, Decimal("0.00"))


def test_the_life_of_a_payment_from_the_request_to_the_bank() -> None:
    owner, finance = adjuster(), staff("Finance")
    claim = approved_claim(owner)
    pay_claim(owner, claim.pk, amount=Decimal("1500.00"))
    payment = newest(claim)
    assert (payment.status, payment.paid_at) == ("approved", None)
    with pytest.raises(NotAllowed):
        issue_payment(owner, payment.pk)
    issued = issue_payment(finance, payment.pk)
    assert (issued.paid_amount, issued.stage) == (Decimal("1500.00"), "payment_pending")
    clear_payment(finance, payment.pk)
    steps = [row.command for row in ClaimTransition.objects.filter(claim=claim)][-3:]
    assert steps == ["request_payment", "pay", "clear_payment"]
    for command in (issue_payment, clear_payment):
        with pytest.raises(Conflict) as refused:
            command(finance, payment.pk)
        assert refused.value.code == "not_allowed_now"


def test_no_payment_is_above_what_is_approved_and_left() -> None:
    owner, finance = adjuster(), staff("Finance")
    claim = approved_claim(owner)
    pay_claim(owner, claim.pk, amount=Decimal("3000.00"))
    with pytest.raises(Conflict) as refused:
        pay_claim(finance, claim.pk, amount=Decimal("1000.01"))
    assert (refused.value.code, refused.value.errors[0].field) == ("over_approved", "amount")
    pay_claim(finance, claim.pk, amount=Decimal("1000.00"))
    with pytest.raises(Conflict):
        pay_claim(finance, claim.pk)


@pytest.mark.parametrize("amount", ["0", "-5", "0.001", "NaN"])
def test_what_is_no_amount_is_not_paid(amount: str) -> None:
    owner = adjuster()
    with pytest.raises(Invalid) as refused:
        pay_claim(owner, approved_claim(owner).pk, amount=Decimal(amount))
    assert refused.value.errors[0].field == "amount"


def test_nothing_is_paid_before_the_approval_nor_on_a_closed_file() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    with pytest.raises(Conflict) as refused:
        pay_claim(owner, claim.pk, amount=Decimal("1.00"))
    assert refused.value.code == "not_approved"
    approve_claim(owner, claim.pk)
    close_claim(owner, claim.pk)
    with pytest.raises(Conflict) as refused:
        pay_claim(owner, claim.pk, amount=Decimal("1.00"))
    assert refused.value.code == "not_allowed_now"


def test_the_costs_of_adjusting_have_a_limit_of_their_own_and_use_up_nothing_of_the_settlement() -> None:
    owner, finance = adjuster(), staff("Finance")
    claim = started_claim(owner)
    pay_claim(owner, claim.pk, amount=Decimal("2000.00"), cost_type="expense", payee="Castellan Surveyors")
    assert issue_payment(finance, newest(claim).pk).paid_amount == Decimal("0.00")
    pay_claim(owner, claim.pk, amount=Decimal("2000.00"), cost_type="expense", payee="Castellan Surveyors")
    assert newest(claim).status == "requested"
    assert approve_claim(owner, claim.pk).approved_amount == Decimal("4000.00")


def test_a_payee_who_works_here_needs_a_second_person_and_handles_nothing_of_it() -> None:
    owner, friend = adjuster(), supervisor(first_name="Ada", last_name="Quill")
    claim = approved_claim(owner)
    pay_claim(owner, claim.pk, payee="Ada Quill")
    payment = newest(claim)
    assert (payment.status, payment.waits_for) == ("requested", "The payee is one of us.")
    with pytest.raises(Conflict) as refused:
        approve_payment(friend, payment.pk)
    assert refused.value.code == "party"


def test_a_stopped_request_frees_what_it_held_and_a_stopped_payment_comes_back() -> None:
    owner, finance = adjuster(), staff("Finance")
    claim = approved_claim(owner)
    pay_claim(owner, claim.pk)
    stop_payment(owner, newest(claim).pk, reason="Wrong payee")
    pay_claim(finance, claim.pk)
    with pytest.raises(NotAllowed):
        stop_payment(owner, newest(claim).pk, reason="Too late for me")
    stopped = stop_payment(finance, claim.payments.get(status="issued").pk, reason="Lost in the mail")
    assert (stopped.paid_amount, stopped.stage) == (Decimal("0.00"), "payment_pending")
    assert pay_claim(finance, claim.pk).paid_amount == Decimal("4000.00")


def test_a_cleared_payment_is_voided_not_stopped_and_for_a_reason() -> None:
    owner, finance = adjuster(), staff("Finance")
    claim = approved_claim(owner)
    pay_claim(finance, claim.pk)
    clear_payment(finance, newest(claim).pk)
    with pytest.raises(Conflict):
        stop_payment(finance, newest(claim).pk, reason="x")
    with pytest.raises(Invalid):
        void_payment(finance, newest(claim).pk, reason=" ")
    void_payment(finance, newest(claim).pk, reason="Paid to the wrong person")
    assert claim.payments.get(amount__gt=0).status == "voided"


def test_a_file_with_a_payment_under_way_is_neither_closed_nor_reopened() -> None:
    boss = supervisor()
    claim = approved_claim(boss)
    pay_claim(boss, claim.pk, amount=Decimal("10.00"))
    for command in (close_claim, lambda actor, pk: reopen_claim(actor, pk, reason="x")):
        with pytest.raises(Conflict) as refused:
            command(boss, claim.pk)
        assert refused.value.code == "payment_in_flight"


def test_who_has_no_part_in_payments_asks_for_none() -> None:
    claim = approved_claim(adjuster())
    for person in (underwriter(), staff("Compliance"), adjuster()):
        with pytest.raises(NotAllowed):
            pay_claim(person, claim.pk)


def test_the_database_refuses_an_edit_of_a_payment_whoever_makes_it() -> None:
    owner = adjuster()
    claim = approved_claim(owner)
    pay_claim(owner, claim.pk)
    rows = ClaimPayment.objects.filter(claim=claim)
    for edit in ({"amount": Decimal("3999.00")}, {"payee": "Somebody else"}, {"coverage": "other"}, {"requested_by": supervisor()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**edit)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.delete()


def test_the_database_refuses_a_second_person_who_is_the_maker() -> None:
    owner = adjuster()
    claim = approved_claim(owner)
    pay_claim(owner, claim.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimPayment.objects.filter(claim=claim).update(basis="second_person")
    with pytest.raises(IntegrityError), transaction.atomic():
        claim.transitions.filter(command="approve").update(basis="second_person", maker=owner)


def test_the_database_refuses_to_pay_beyond_what_was_approved() -> None:
    claim = approved_claim(adjuster())
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(paid_amount=Decimal("4000.01"))


def test_a_payment_that_is_not_what_was_approved_is_not_issued() -> None:
    owner = adjuster()
    claim = approved_claim(owner)
    pay_claim(owner, claim.pk)
    plant("claims_claimpayment", f"seal = '{'0' * 64}'", claim_id=str(claim.pk))
    with pytest.raises(Conflict) as refused:
        issue_payment(staff("Finance"), newest(claim).pk)
    assert refused.value.code == "seal_broken"


def test_without_limits_one_person_asks_approves_and_issues() -> None:
    boss = superuser()
    claim = approved_claim(boss)
    assert pay_claim(boss, claim.pk).stage == "paid"
    assert newest(claim).basis == "own_authority"
