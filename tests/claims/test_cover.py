"""The loss stays under cover whatever changes: the claim, the policy, or both at the same instant."""

import datetime
import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from claims.models import Claim
from claims.services import approve_claim, assign_claim, deny_claim, reopen_claim, start_claim, submit_claim, update_claim
from policies.services import cancel_policy, update_policy
from tests import needs
from tests.factories import PolicyFactory, adjuster, started_claim, submitted_claim, supervisor, underwriter
from tests.policies.booking import running
from vanguard.errors import Conflict, DomainError

pytestmark = pytest.mark.django_db


def days_ago(days: int) -> datetime.datetime:
    return timezone.now() - datetime.timedelta(days=days)


def test_an_edit_that_moves_the_loss_out_of_cover_is_refused() -> None:
    claim = submitted_claim()
    with pytest.raises(Conflict) as refused:
        update_claim(None, claim.pk, version=1, changes={"incident_date": days_ago(101)})
    assert refused.value.code == "not_in_force"
    assert Claim.objects.get(pk=claim.pk).incident_date == claim.incident_date


def test_a_claim_whose_policy_was_cancelled_from_before_the_loss_is_denied_and_not_approved() -> None:
    actor = adjuster()
    claim = started_claim(actor)
    cancel_policy(underwriter(), claim.policy_id, effective_at=days_ago(20))
    with pytest.raises(Conflict) as refused:
        approve_claim(actor, claim.pk)
    assert refused.value.code == "not_in_force"
    assert deny_claim(actor, claim.pk, reason="Cancelled before the loss").status == "denied"


def test_cover_is_not_taken_from_under_money_that_was_approved() -> None:
    actor = adjuster()
    claim = approve_claim(actor, started_claim(actor).pk)
    with pytest.raises(Conflict) as refused:
        cancel_policy(underwriter(), claim.policy_id, effective_at=days_ago(20))
    assert (refused.value.code, refused.value.errors[0].field) == ("claims_outside", "effective_date")
    with pytest.raises(Conflict) as refused:
        update_policy(underwriter(), claim.policy_id, version=1, changes={"coverage_amount": Decimal("4999.99")})
    assert (refused.value.code, refused.value.errors[0].field) == ("claims_above", "coverage_amount")
    update_policy(underwriter(), claim.policy_id, version=1, changes={"coverage_amount": Decimal("5000.00")})
    assert cancel_policy(underwriter(), claim.policy_id, effective_at=days_ago(1)).status == "cancelled"


def test_a_reopened_claim_that_waits_for_a_second_person_is_due_by_its_reopening() -> None:
    actor, boss = adjuster(), supervisor()
    policy = PolicyFactory.create(coverage_amount=Decimal("90000.00"))
    claim = started_claim(actor, policy, claim_amount=Decimal("60000.00"), incident_date=days_ago(95), reported_date=days_ago(90))
    deny_claim(actor, claim.pk, reason="No cover seen")
    reopen_claim(boss, claim.pk, reason="Cover found")
    waiting = approve_claim(actor, claim.pk)
    assert waiting.stage == "awaiting_approval"
    assert waiting.due_at is not None
    assert waiting.due_at > timezone.now() + datetime.timedelta(days=39)


def test_the_insured_neither_takes_nor_starts_nor_raises_the_own_claim() -> None:
    insured = supervisor()
    claim = submitted_claim(PolicyFactory.create(customer__user=insured))
    steps: list[Callable[[], object]] = [
        lambda: assign_claim(insured, claim.pk),
        lambda: assign_claim(supervisor(), claim.pk, assignee_id=insured.pk),
        lambda: start_claim(insured, claim.pk),
        lambda: update_claim(insured, claim.pk, version=1, changes={"claim_amount": Decimal("9999.00")}),
    ]
    for step in steps:
        with pytest.raises(Conflict) as refused:
            step()
        assert refused.value.code == "party"


def at_the_same_instant(*steps: Callable[[], object]) -> list[str]:
    """What became of each step: "done", or the code of its refusal."""
    barrier, outcomes = threading.Barrier(len(steps)), ["?"] * len(steps)

    def run(index: int, step: Callable[[], object]) -> None:
        barrier.wait()
        try:
            step()
            outcomes[index] = "done"
        except DomainError as refused:
            outcomes[index] = refused.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(5))
def test_the_period_and_the_loss_never_change_past_each_other(_round: int) -> None:
    claim, boss, writer = submitted_claim(running()), supervisor(), underwriter()
    outcomes = at_the_same_instant(
        lambda: update_claim(boss, claim.pk, version=1, changes={"incident_date": days_ago(50)}),
        lambda: update_policy(writer, claim.policy_id, version=1, changes={"start_date": days_ago(20)}),
    )
    fresh = Claim.objects.select_related("policy").get(pk=claim.pk)
    assert fresh.policy.is_in_force_at(fresh.incident_date), outcomes
    assert sorted(outcomes)[0] == "claims_outside" or "not_in_force" in outcomes


@needs.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(5))
def test_a_loss_is_not_filed_under_a_cover_that_is_ending_at_the_same_instant(_round: int) -> None:
    policy, writer, moment = PolicyFactory.create(), underwriter(), days_ago(20)
    outcomes = at_the_same_instant(
        lambda: submit_claim(None, policy_id=policy.pk, claim_type="theft", claim_amount=Decimal(1), incident_date=days_ago(10)),
        lambda: cancel_policy(writer, policy.pk, effective_at=moment),
    )
    assert outcomes in (["done", "done"], ["not_in_force", "done"])
    filed = Claim.objects.filter(policy=policy).first()
    if filed is not None:
        cancelled = policy.transitions.get(command="cancel")
        assert filed.transitions.get(command="submit").at < cancelled.at, "filed after the cancellation had been committed"
