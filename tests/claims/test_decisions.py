import datetime
import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from claims.authority import authority_of
from claims.clocks.calendar import end_of_day
from claims.models import AuthorityLimit, Claim
from claims.services import approve_claim, assign_claim, close_claim, deny_claim, reopen_claim, set_reserve, take_next_claim, update_claim
from claims.settlement import settle
from tests.api.calling import Caller
from tests.factories import (
    CustomerFactory,
    PolicyFactory,
    adjuster,
    policyholder,
    started_claim,
    submitted_claim,
    superuser,
    supervisor,
    underwriter,
)
from vanguard.accounts.models import User
from vanguard.errors import Conflict, DomainError, Invalid, NotAllowed

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("loss", "deductible", "limit", "payable"),
    [("500", "1000", "10000", "0"), ("2.665", "0", "10", "2.67")],
)
def test_what_a_loss_pays(loss: str, deductible: str, limit: str, payable: str) -> None:
    assert settle(Decimal(loss), Decimal(deductible), Decimal(limit)).payable == Decimal(payable)


def test_what_was_paid_before_is_taken_off_last() -> None:
    assert settle(Decimal(15000), Decimal(1000), Decimal(10000), paid_before=Decimal(4000)).payable == Decimal(5000)


def test_the_adjuster_approves_within_authority_and_the_history_says_who_when_and_on_whose_authority() -> None:
    actor = adjuster()
    claim = started_claim(actor)
    approve_claim(actor, claim.pk, amount=Decimal("3500.00"), reason="Estimate agreed")
    fresh = Claim.objects.get(pk=claim.pk)
    assert (fresh.status, fresh.stage, fresh.approved_amount) == ("approved", "payment_pending", Decimal("3500.00"))
    assert fresh.processed_date is not None
    assert fresh.due_at == end_of_day(fresh.processed_date + datetime.timedelta(days=30))
    row = fresh.transitions.get(command="approve")
    assert (row.actor, row.amount, row.reason, row.basis) == (actor, Decimal("3500.00"), "Estimate agreed", "own_authority")


def test_without_an_amount_all_that_is_payable_is_approved() -> None:
    actor = adjuster()
    assert approve_claim(actor, started_claim(actor).pk).approved_amount == Decimal("4000.00")


@pytest.mark.parametrize(("amount", "code"), [("4000.01", "over_limit"), ("24000.01", "over_limit")])
def test_no_more_than_is_payable_is_approved_by_anybody(amount: str, code: str) -> None:
    actor = supervisor()
    claim = started_claim(actor)
    with pytest.raises(Conflict) as refused:
        approve_claim(actor, claim.pk, amount=Decimal(amount))
    assert (refused.value.code, refused.value.errors[0].field) == (code, "amount")
    assert Claim.objects.get(pk=claim.pk).status == "processing"


@pytest.mark.parametrize("amount", ["-1", "0.001", "NaN", "Infinity"])
def test_an_amount_that_is_no_money_is_refused(amount: str) -> None:
    actor = adjuster()
    claim = started_claim(actor)
    with pytest.raises(Invalid):
        approve_claim(actor, claim.pk, amount=Decimal(amount))


def test_nothing_is_approved_only_where_nothing_is_payable() -> None:
    actor = adjuster()
    claim = started_claim(actor)
    with pytest.raises(Invalid) as refused:
        approve_claim(actor, claim.pk, amount=Decimal(0))
    assert (refused.value.code, refused.value.errors[0].field) == ("nothing_approved", "amount")
    below_deductible = started_claim(actor, claim_amount=Decimal("900.00"))
    approved = approve_claim(actor, below_deductible.pk)
    assert (approved.status, approved.stage, approved.approved_amount) == ("approved", "approved", Decimal(0))


def large_claim(owner: User) -> Claim:
    return started_claim(owner, PolicyFactory.create(coverage_amount=Decimal("100000.00")), claim_amount=Decimal("41000.00"))


def test_above_the_authority_the_claim_waits_for_a_second_person_who_is_never_the_first() -> None:
    maker, second = adjuster(), supervisor()
    claim = large_claim(maker)
    waiting = approve_claim(maker, claim.pk)
    assert (waiting.status, waiting.stage, waiting.proposed_amount, waiting.proposed_by) == (
        "processing",
        "awaiting_approval",
        Decimal("40000.00"),
        maker,
    )
    with pytest.raises(Conflict) as refused:
        approve_claim(maker, claim.pk)
    assert refused.value.code == "four_eyes"
    approved = approve_claim(second, claim.pk)
    assert (approved.status, approved.approved_amount, approved.proposed_amount) == ("approved", Decimal("40000.00"), None)
    row = approved.transitions.get(command="approve")
    assert (row.actor, row.basis) == (second, "second_person")


def test_an_edit_voids_the_proposed_approval() -> None:
    maker = adjuster()
    claim = approve_claim(maker, large_claim(maker).pk)
    edited = update_claim(maker, claim.pk, version=claim.version, changes={"claim_amount": Decimal("30000.00")})
    assert (edited.stage, edited.proposed_amount, edited.proposed_by) == ("evaluation", None, None)


def test_no_limit_set_means_no_authority_and_a_limit_for_the_type_beats_the_general_one() -> None:
    person, role = adjuster(), Group.objects.get(name="Adjuster")
    assert authority_of(person, "theft") == Decimal("25000.00")
    AuthorityLimit.objects.create(role=role, claim_type="theft", amount=Decimal("500.00"))
    assert (authority_of(person, "Theft"), authority_of(person, "fire")) == (Decimal("500.00"), Decimal("25000.00"))
    AuthorityLimit.objects.all().delete()
    assert authority_of(person, "theft") == Decimal("0.00")
    assert authority_of(superuser(), "theft") is None


def test_a_denial_needs_a_reason_and_keeps_it() -> None:
    actor = adjuster()
    claim = started_claim(actor)
    with pytest.raises(Invalid) as refused:
        deny_claim(actor, claim.pk, reason="  ")
    assert refused.value.errors[0].field == "reason"
    denied = deny_claim(actor, claim.pk, reason="Wear and tear, clause 4.2")
    assert (denied.status, denied.stage, denied.approved_amount) == ("denied", "denied", None)
    assert denied.transitions.get(command="deny").reason == "Wear and tear, clause 4.2"


@pytest.mark.parametrize("command", [approve_claim, close_claim])
def test_a_pending_claim_is_neither_approved_nor_closed(command: Callable[..., Claim]) -> None:
    actor, claim = supervisor(), submitted_claim()
    with pytest.raises(Conflict) as refused:
        command(actor, claim.pk)
    assert refused.value.code == "not_allowed_now"


def test_the_second_click_has_no_second_effect() -> None:
    actor = adjuster()
    claim = started_claim(actor)
    approve_claim(actor, claim.pk)
    with pytest.raises(Conflict):
        approve_claim(actor, claim.pk)
    assert claim.transitions.filter(command="approve").count() == 1


def test_adjusters_act_on_their_own_claims_and_supervisors_on_anybodys() -> None:
    claim = started_claim(adjuster())
    with pytest.raises(NotAllowed) as refused:
        approve_claim(adjuster(), claim.pk)
    assert refused.value.code == "not_your_claim"
    assert approve_claim(supervisor(), claim.pk).status == "approved"


def test_roles_without_the_permission_decide_nothing() -> None:
    claim = started_claim(adjuster())
    for person in (underwriter(), policyholder(claim.policy.customer)):
        with pytest.raises(NotAllowed):
            deny_claim(person, claim.pk, reason="no")


def test_nobody_decides_on_a_claim_in_which_they_are_insured() -> None:
    insured = supervisor()
    claim = started_claim(adjuster(), PolicyFactory.create(customer__user=insured))
    with pytest.raises(Conflict) as refused:
        approve_claim(insured, claim.pk)
    assert refused.value.code == "party"
    with pytest.raises(Conflict) as refused:
        deny_claim(insured, claim.pk, reason="no")
    assert refused.value.code == "party"


@pytest.mark.parametrize(
    ("person", "customer"),
    [
        ({"first_name": "Inés", "last_name": "De La Cruz"}, {"first_name": "INÉS", "last_name": "de la Cruz"}),
        ({"email": "ines@castellan.example"}, {"email": "Ines@Castellan.example"}),
    ],
    ids=["the name", "the e-mail address"],
)
def test_who_works_here_is_known_as_the_insured_without_a_log_in_at_the_record(person: dict[str, str], customer: dict[str, str]) -> None:
    insured = supervisor(**person)
    policy = PolicyFactory.create(customer=CustomerFactory.create(**customer))
    claim = started_claim(adjuster(), policy)
    steps: list[Callable[[], object]] = [
        lambda: approve_claim(insured, claim.pk),
        lambda: deny_claim(insured, claim.pk, reason="no"),
        lambda: assign_claim(insured, claim.pk),
        lambda: set_reserve(insured, claim.pk, amount=Decimal(1), reason="x"),
    ]
    for step in steps:
        assert_party(step)
    assert Caller(insured).post(f"/claims/{claim.pk}/approve").status == 409
    approve_claim(supervisor(), claim.pk)
    assert_party(lambda: close_claim(insured, claim.pk))
    assert_party(lambda: reopen_claim(insured, claim.pk, reason="More"))
    assert Caller(insured).post(f"/claims/{claim.pk}/close").status == 409
    waiting = submitted_claim(policy)
    assert take_next_claim(insured) is None
    assert take_next_claim(adjuster()) == waiting


def assert_party(step: Callable[[], object]) -> None:
    with pytest.raises(Conflict) as refused:
        step()
    assert refused.value.code == "party"


def test_a_closed_file_is_reopened_for_a_reason_and_its_history_stays() -> None:
    actor, boss = adjuster(), supervisor()
    claim = started_claim(actor)
    approve_claim(actor, claim.pk)
    closed = close_claim(actor, claim.pk)
    assert (closed.status, closed.is_open, closed.due_at) == ("approved", False, None)
    with pytest.raises(NotAllowed):
        reopen_claim(actor, claim.pk, reason="Second invoice")
    reopened = reopen_claim(boss, claim.pk, reason="Second invoice")
    assert (reopened.status, reopened.stage, reopened.closed_at, reopened.processed_date) == ("processing", "evaluation", None, None)
    assert reopened.due_at is not None
    assert reopened.due_at > timezone.now() + datetime.timedelta(days=39)
    commands = [row.command for row in claim.transitions.all()]
    assert commands == ["submit", "start", "approve", "close", "reopen"]


@pytest.mark.django_db(transaction=True)
def test_two_people_approve_at_the_same_instant_and_exactly_one_has_an_effect() -> None:
    people = [supervisor(), supervisor()]
    claim = started_claim(people[0])
    barrier, outcomes = threading.Barrier(2), []

    def decide(person: User) -> None:
        barrier.wait()
        try:
            outcomes.append(approve_claim(person, claim.pk).status)
        except DomainError as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["approved", "not_allowed_now"]
    assert claim.transitions.filter(command="approve").count() == 1
