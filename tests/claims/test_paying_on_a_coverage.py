"""A payment is within what the coverage that it names pays: its limit for the loss, its aggregate for the term."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.books import money
from claims.books.money import _above_the_aggregate, _above_the_limit, _paid_above_the_limit
from claims.coverages import used_by_others
from claims.models import Claim, ClaimPayment
from claims.services import approve_claim, approve_payment, clear_payment, issue_payment, moving, pay_claim, stop_payment
from claims.services.proving import basis_of, settlement_of
from policies.models import Policy
from policies.reading import cover_at, covers_at, promises_held
from policies.services import cancel_policy, endorse_policy
from tests import needs
from tests.api.calling import Caller
from tests.claims.test_settlement import with_product
from tests.factories import PolicyFactory, adjuster, staff, started_claim, superuser, supervisor
from tests.oversight.planting import plant
from tests.policies.booking import days_into, fresh
from tests.policies.test_coverages import bound, change, loss
from tests.workbench.desk import claim_url, desk_of, send, words
from vanguard.books import Looking, Offender
from vanguard.errors import Conflict, DomainError
from vanguard.querysets import get_or_refuse

pytestmark = pytest.mark.django_db
D = Decimal
THEFT, LIABILITY = "personalProperty", "liability"


def approved(policy: Policy, kind: str, amount: int) -> Claim:
    """`amount` is approved on a loss that is larger than any limit."""
    return approve_claim(superuser(), loss(policy, kind, 2_000_000).pk, amount=D(amount))


def asked(claim: Claim, amount: str | int, coverage: str | None = None) -> ClaimPayment:
    """By an adjuster's program: without authority, so only the coverage can be in the way."""
    pay_claim(None, claim.pk, amount=D(amount), coverage=coverage)
    return claim.payments.order_by("-created_at", "-id")[0]


def paid(claim: Claim, amount: str | int, coverage: str | None = None) -> ClaimPayment:
    """It has left us: approved by a second person where it waited for one."""
    payment = asked(claim, amount, coverage)
    if payment.status == "requested":
        approve_payment(superuser(), payment.pk)
        issue_payment(staff("Finance"), payment.pk)
    payment.refresh_from_db()
    return payment


def refused(step: Callable[[], object], code: str) -> str:
    with pytest.raises(Conflict) as found:
        step()
    assert (found.value.code, found.value.errors[0].field) == (code, "amount")
    return str(found.value)


# -- The limit of one loss
def test_a_payment_is_refused_above_what_the_coverage_it_names_pays_for_the_loss() -> None:
    claim = approved(bound(), "fire", 90_000)
    said = refused(lambda: asked(claim, "47500.01", THEFT), "over_limit")
    assert (
        said == "Personal property pays at most 47,500.00 for this loss, of which 0.00 is paid or asked for. Pay 47,500.00 or less on it."
    )
    first = asked(claim, 40_000, THEFT)
    said = refused(lambda: asked(claim, "7500.01", THEFT), "over_limit")
    assert "of which 40,000.00 is paid or asked for. Pay 7,500.00 or less on it." in said
    asked(claim, 7_500, THEFT)
    assert "Nothing is left to pay on it." in refused(lambda: asked(claim, "0.01", THEFT), "over_limit")
    asked(claim, "0.01")  # what was approved is left on the coverage that answers the loss
    stop_payment(None, first.pk, reason="Another account")
    assert asked(claim, 40_000, THEFT).status == "requested"


def test_the_terms_in_force_at_the_loss_say_what_the_coverage_pays() -> None:
    policy = bound()
    claim = approved(policy, "fire", 90_000)
    endorse_policy(None, policy.pk, change(THEFT, 20_000, effective_at=days_into(policy, 30)))
    assert asked(claim, 47_500, THEFT).coverage == THEFT


def test_a_coverage_that_pays_up_to_the_limit_pays_all_of_it() -> None:
    claim = approved(bound(), "fire", 250_000)
    refused(lambda: asked(claim, "200000.01", LIABILITY), "over_limit")
    assert paid(claim, 200_000, LIABILITY).status == "issued"


def test_who_approves_or_issues_a_payment_asks_the_coverage_again() -> None:
    claim = approved(bound(), "fire", 90_000)
    first, second = asked(claim, 30_000, THEFT), asked(claim, 10_000, THEFT)
    approve_payment(superuser(), first.pk)
    plant("claims_claimpayment", "amount = 17500.01", id=str(second.pk))
    refused(lambda: approve_payment(superuser(), second.pk), "over_limit")
    refused(lambda: issue_payment(staff("Finance"), first.pk), "over_limit")
    assert [each.status for each in claim.payments.order_by("created_at", "id")] == ["approved", "requested"]


def test_costs_of_adjusting_use_up_nothing_of_a_coverage() -> None:
    claim = approved(bound(), "fire", 90_000)
    paid(claim, 47_500, THEFT)
    pay_claim(None, claim.pk, amount=D(500), cost_type="expense", coverage=THEFT, payee="Castellan Surveyors")
    assert paid(claim, 42_500).coverage == "dwelling"


def test_a_policy_of_no_product_pays_as_before() -> None:
    claim = started_claim(adjuster(), PolicyFactory.create(policy_type="no such product"), claim_amount=D(900_000))
    approve_claim(None, claim.pk)
    pay_claim(None, claim.pk)
    assert Claim.objects.get(pk=claim.pk).paid_amount == D(24_000)


# -- The aggregate of the term
def test_an_aggregate_is_used_up_by_the_coverage_that_a_payment_names() -> None:
    policy = with_product(coverage_amount=D(900_000))
    fire = started_claim(superuser(), policy, claim_amount=D(700_000))
    approve_claim(superuser(), fire.pk)
    paid(fire, 600_000, LIABILITY)
    neighbour = started_claim(superuser(), policy, claim_type="liability", claim_amount=D(850_000))
    assert (basis_of(neighbour).used, settlement_of(neighbour).payable) == (D(600_000), D(400_000))
    with pytest.raises(Conflict) as over:
        approve_claim(superuser(), neighbour.pk, amount=D("400000.01"))
    assert over.value.code == "over_limit"
    approve_claim(superuser(), neighbour.pk, amount=D(399_000))
    said = refused(lambda: asked(fire, "1000.01", LIABILITY), "over_aggregate")
    assert "at most 1,000,000.00 for all losses of the term, of which 999,000.00 is used. Pay 1,000.00 or less on it." in said
    assert paid(fire, 1_000, LIABILITY).status == "issued"
    assert (list(_above_the_aggregate(Looking())), list(_paid_above_the_limit(Looking()))) == ([], [])


def test_what_has_left_on_another_coverage_is_not_used_of_the_one_that_answers() -> None:
    policy = with_product(coverage_amount=D(900_000))
    first = started_claim(superuser(), policy, claim_type="liability", claim_amount=D(850_000))
    approve_claim(superuser(), first.pk, amount=D(800_000))
    other = started_claim(superuser(), policy, claim_type="liability", claim_amount=D(850_000))
    assert settlement_of(other).left == D(200_000)
    payment = asked(first, 300_000, "dwelling")
    assert settlement_of(other).left == D(200_000)  # it may be taken back, and is then to be paid by the one that answers
    approve_payment(superuser(), payment.pk)
    issue_payment(staff("Finance"), payment.pk)
    assert settlement_of(other).left == D(500_000)
    clear_payment(staff("Finance"), payment.pk)
    assert settlement_of(other).left == D(500_000)


def test_a_type_of_loss_that_no_coverage_names_uses_up_the_principal_one() -> None:
    policy = with_product()
    claim = started_claim(superuser(), policy, claim_type="meteorite")
    approve_claim(superuser(), claim.pk)
    other = started_claim(superuser(), policy, claim_type="fire")
    assert used_by_others(other, promises_held(policy), "dwelling") == D(4_000)


# -- What else may move it
def test_a_change_of_the_terms_leaves_what_was_paid_on_each_coverage() -> None:
    policy = bound()
    claim = approved(policy, "fire", 90_000)
    paid(claim, 40_000, THEFT)
    for limit, ok in ((42_499, False), (42_500, True)):
        lower = replace(change(THEFT, limit), effective_at=policy.start_date)
        if ok:
            endorse_policy(None, policy.pk, lower)
            continue
        with pytest.raises(Conflict) as found:
            endorse_policy(None, policy.pk, lower)
        assert (found.value.code, found.value.errors[0].field) == ("claims_above", f"covers.{THEFT}.limit_amount")


# -- Every way in
def test_the_api_names_the_field_and_says_what_is_left() -> None:
    claim, finance = approved(bound(), "fire", 90_000), Caller(staff("Finance"))
    answer = finance.post(f"/claims/{claim.pk}/pay", {"amount": 50_000, "coverage": THEFT})
    assert (answer.status, answer.errors) == (409, {"amount": "over_limit"})
    assert claim.payments.count() == 0
    payment = asked(claim, 47_500, THEFT)
    plant("claims_claimpayment", "amount = 47500.01", id=str(payment.pk))
    answer = Caller(superuser()).post(f"/claims/{claim.pk}/payments/{payment.pk}/approve")
    assert (answer.status, answer.errors) == (409, {"amount": "over_limit"})


def test_the_desk_says_at_the_amount_what_is_left_on_the_coverage() -> None:
    claim, desk = approved(bound(), "fire", 90_000), desk_of(supervisor())
    page = send(desk, claim_url(claim, "pay"), amount="50,000", cost_type="indemnity", coverage=THEFT, payee="Harold Finch")
    assert "Personal property pays at most 47,500.00 for this loss" in words(page)
    payment = asked(claim, 47_500, THEFT)
    plant("claims_claimpayment", "amount = 47500.01", id=str(payment.pk))
    page = send(desk, claim_url(claim, "approve-payment"), payment=str(payment.pk))
    assert "Personal property pays at most 47,500.00 for this loss" in words(page)
    assert claim.payments.get().status == "requested"


# -- Beneath the services
def test_the_books_find_a_payment_that_its_coverage_does_not_pay() -> None:
    claim = approved(bound(), "fire", 90_000)
    payment = asked(claim, 60_000)
    assert list(_paid_above_the_limit(Looking())) == []
    plant("claims_claimpayment", f"coverage = '{THEFT}'", id=str(payment.pk))
    [found] = _paid_above_the_limit(Looking())
    assert (found.name, found.says) == (
        claim.claim_number,
        "60,000.00 is paid or asked for on Personal property, which pays 47,500.00 for the loss.",
    )


def test_the_books_ask_as_much_for_many_claims_as_for_few() -> None:
    def paid_loss(kind: str) -> Claim:
        claim = approved(bound(), kind, 40_000)
        endorse_policy(None, claim.policy_id, change(THEFT, 20_000, effective_at=days_into(claim.policy, 30)))
        asked(claim, 30_000, THEFT)
        return claim

    def queries(search: Callable[[Looking], Iterable[Offender]]) -> int:
        with CaptureQueriesContext(connection) as found:
            assert list(search(Looking())) == []
        return len(found)

    searches = (_paid_above_the_limit, _above_the_limit)
    claims = [paid_loss("fire")]
    few = [queries(each) for each in searches]
    claims += [paid_loss(kind) for kind in ("theft", "fire", "theft", "fire")]
    assert [queries(each) for each in searches] == few
    for claim in claims:
        plant("claims_claimpayment", "amount = 60000.01", claim_id=str(claim.pk))
        plant("claims_claim", "approved_amount = 600000", id=str(claim.pk))
    assert [{found.name for found in each(Looking())} for each in searches] == [{claim.claim_number for claim in claims}] * 2


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_the_books_find_the_same_in_batches_of_any_size(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(money, "BATCH", size)
    claims = [approved(bound(), "fire", 90_000) for _ in range(3)]
    for claim in claims:
        plant("claims_claimpayment", f"coverage = '{THEFT}'", id=str(asked(claim, 60_000).pk))
    assert sorted(each.name for each in _paid_above_the_limit(Looking())) == sorted(claim.claim_number for claim in claims)


def test_the_terms_of_many_at_their_losses_are_those_of_each() -> None:
    plain, changed, cancelled = bound(), bound(), PolicyFactory.create()
    endorse_policy(None, changed.pk, change(THEFT, 20_000, effective_at=days_into(changed, 30)))
    cancel_policy(None, cancelled.pk, effective_at=days_into(cancelled, 40))
    moments = (-1, 0, 10, 29, 30, 40, 41, 400)
    lapsed = PolicyFactory.create()
    lapsed.lapses_at = days_into(lapsed, 20)
    policies = (fresh(plain), fresh(changed), fresh(cancelled), lapsed)
    losses = [(policy, days_into(policy, day)) for policy in policies for day in moments]
    covers = covers_at(losses)
    assert covers == [cover_at(policy, moment) for policy, moment in losses]
    assert {cover.in_force for cover in covers} == {True, False}


def test_the_books_find_an_aggregate_that_payments_of_other_losses_used_up() -> None:
    policy = with_product(coverage_amount=D(900_000))
    liability, fire = (started_claim(superuser(), policy, claim_type=kind, claim_amount=D(850_000)) for kind in ("liability", "fire"))
    for claim in (liability, fire):
        approve_claim(superuser(), claim.pk, amount=D(600_000))
    payment = asked(fire, 600_000)
    assert list(_above_the_aggregate(Looking())) == []
    plant("claims_claimpayment", f"coverage = '{LIABILITY}'", id=str(payment.pk))
    found = {each.name: each.says for each in _above_the_aggregate(Looking())}
    words_ = "With other claims 1,200,000.00 is used of an aggregate of 1,000,000.00 (Personal liability)."
    assert found == {liability.claim_number: words_, fire.claim_number: words_}


def test_a_payment_from_before_coverages_were_named_is_of_the_one_that_answers() -> None:
    policy = with_product(coverage_amount=D(900_000))
    first = started_claim(superuser(), policy, claim_type="liability", claim_amount=D(850_000))
    approve_claim(superuser(), first.pk, amount=D(600_000))
    payment = asked(first, 600_000)
    plant("claims_claimpayment", "coverage = ''", id=str(payment.pk))
    other = started_claim(superuser(), policy, claim_type="liability", claim_amount=D(850_000))
    assert basis_of(other).used == D(600_000)
    assert (list(_above_the_aggregate(Looking())), list(_paid_above_the_limit(Looking()))) == ([], [])


# -- At the same instant
def _both(first: Callable[[], object], second: Callable[[], object]) -> list[str]:
    barrier, outcomes = threading.Barrier(2), []

    def go(step: Callable[[], object]) -> None:
        barrier.wait()
        try:
            step()
            outcomes.append("done")
        except DomainError as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(step,)) for step in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def _two_fires() -> tuple[Claim, Claim]:
    policy = with_product(coverage_amount=D(900_000))
    claims = [started_claim(superuser(), policy, claim_amount=D(700_000)) for _ in range(2)]
    return tuple(approve_claim(superuser(), each.pk) for each in claims)  # type: ignore[return-value]


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_claims_that_pay_on_one_aggregate_at_the_same_instant_do_not_both_get_the_rest() -> None:
    one, two = _two_fires()
    outcome = _both(lambda: asked(one, 600_000, LIABILITY), lambda: asked(two, 600_000, LIABILITY))
    assert outcome == ["done", "over_aggregate"]
    assert ClaimPayment.objects.filter(coverage=LIABILITY).count() == 1


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_payment_and_an_approval_on_one_aggregate_at_the_same_instant_do_not_both_get_the_rest() -> None:
    fire = _two_fires()[0]
    neighbour = started_claim(superuser(), fire.policy, claim_type="liability", claim_amount=D(850_000))
    outcome = _both(lambda: asked(fire, 600_000, LIABILITY), lambda: approve_claim(None, neighbour.pk, amount=D(600_000)))
    assert outcome in (["done", "over_aggregate"], ["done", "over_limit"])


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_without_the_policys_lock_both_would_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = _two_fires()
    both = threading.Barrier(2)

    def unlocked(claim_id: UUID) -> Policy:
        both.wait(timeout=5)
        return get_or_refuse(Policy.objects.all(), Claim.objects.get(pk=claim_id).policy_id)

    monkeypatch.setattr(moving, "_policy_of", unlocked)
    assert _both(lambda: asked(one, 600_000, LIABILITY), lambda: asked(two, 600_000, LIABILITY)) == ["done", "done"]
