"""An appeal goes to another person, freezes the first decision, and has a clock of its own."""

import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from claims.clocks.calendar import end_of_day
from claims.clocks.reading import next_clock
from claims.decisions.models import Appeal, Denial
from claims.models import Claim
from claims.services import (
    appeal_claim,
    approve_claim,
    assign_claim,
    close_claim,
    deny_claim,
    reopen_claim,
    take_next_claim,
    update_claim,
)
from tests.api.calling import Caller
from tests.factories import PolicyFactory, adjuster, policyholder, started_claim, supervisor, underwriter
from vanguard.accounts.models import User
from vanguard.errors import Conflict, Invalid, NotAllowed, NotFound

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def denied(first: User) -> Claim:
    """`first` has denied it."""
    return deny_claim(first, started_claim(first).pk, reason="Wear and tear", reason_code="excluded_peril")


def appealed(first: User) -> Claim:
    return appeal_claim(None, denied(first).pk, reason="The pipe burst.")


def test_an_appealed_claim_is_processing_again_without_the_first_person_under_a_clock_of_fourteen_days() -> None:
    first = adjuster()
    claim = appealed(first)
    assert (claim.status, claim.stage, claim.assignee, claim.first_decided_by) == ("processing", "appeal", None, first)
    deadline = next_clock(claim)
    assert deadline is not None
    assert claim.appealed_at is not None
    assert (deadline.rule.action, deadline.due_at) == ("Decide the appeal", end_of_day(claim.appealed_at + datetime.timedelta(days=14)))
    assert claim.due_at == deadline.due_at


def test_the_first_decision_and_its_letter_stay_as_they_were() -> None:
    claim = denied(adjuster())
    denial, letter = claim.denials.get(), claim.letters.get(kind="denial")
    with letter.file.open("rb") as stored:
        before = stored.read()
    appeal_claim(None, claim.pk, reason="The pipe burst.")
    deny_claim(supervisor(), claim.pk, reason="It did not.", reason_code="excluded_peril")
    again = Denial.objects.get(pk=denial.pk)
    assert (again.reason, again.clause_text, again.decided_at) == (denial.reason, denial.clause_text, denial.decided_at)
    with claim.letters.get(pk=letter.pk).file.open("rb") as stored:
        assert stored.read() == before


def test_another_person_overturns_it_and_the_letter_shows_the_sum() -> None:
    claim, second = appealed(adjuster()), supervisor()
    approved = approve_claim(second, claim.pk)
    appeal = Appeal.objects.get()
    assert (approved.status, approved.appealed_at, approved.first_decided_by) == ("approved", None, None)
    assert (appeal.outcome, appeal.decided_by) == ("overturned", second)
    assert sorted(claim.letters.values_list("kind", flat=True)) == ["appeal_decided", "appeal_received", "denial"]


def test_another_person_upholds_it_and_it_can_be_appealed_again() -> None:
    claim, second = appealed(adjuster()), supervisor()
    again = deny_claim(second, claim.pk, reason="Rot, not a burst", reason_code="excluded_peril")
    assert (again.status, Appeal.objects.get().outcome) == ("denied", "upheld")
    assert claim.denials.count() == 2
    assert claim.denials.last() is not None
    assert Appeal.objects.get().upheld_by == claim.denials.last()
    third = appeal_claim(None, claim.pk, reason="Here is the plumber's report.")
    assert third.first_decided_by == second


@pytest.mark.parametrize("decide", ["approve", "deny", "assign"])
def test_who_decided_first_has_no_part_in_it_through_service_and_api(decide: str) -> None:
    first = supervisor()
    claim = appealed(first)
    calls: dict[str, Callable[[], Claim]] = {
        "approve": lambda: approve_claim(first, claim.pk),
        "deny": lambda: deny_claim(first, claim.pk, reason="Again"),
        "assign": lambda: assign_claim(first, claim.pk),
    }
    with pytest.raises(Conflict) as refused:
        calls[decide]()
    assert refused.value.code == "decided_first"
    body = {"reason": "Again"} if decide == "deny" else None
    answer = Caller(first).post(f"/claims/{claim.pk}/{decide}", body)
    assert (answer.status, answer.errors) == (409, {"": "decided_first"})
    assert Claim.objects.get(pk=claim.pk).stage == "appeal"


def test_nobody_gives_it_to_the_first_person_and_take_next_passes_it_by() -> None:
    first, boss = adjuster(), supervisor()
    claim = appealed(first)
    with pytest.raises(Conflict) as refused:
        assign_claim(boss, claim.pk, assignee_id=first.pk)
    assert refused.value.code == "decided_first"
    assert take_next_claim(first) is None
    other = adjuster()
    assert take_next_claim(other) == claim


def test_the_database_holds_it_too() -> None:
    first, other = adjuster(), supervisor()
    claim = appealed(first)
    rows, appeals = Claim.objects.filter(pk=claim.pk), Appeal.objects.filter(claim=claim)
    attempts: list[Callable[[], object]] = [
        lambda: rows.update(assignee=first),
        lambda: rows.update(stage="awaiting_approval", proposed_amount=1, proposed_by=first),
        lambda: appeals.update(outcome="upheld", decided_by=first, decided_at=claim.updated_at),
        lambda: appeals.update(first_decided_by=other),
        lambda: appeals.update(reason="Never mind"),
        lambda: appeals.delete(),
        lambda: Appeal.objects.create(claim=claim, reason="Twice"),
    ]
    for attempt in attempts:
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()
    deny_claim(other, claim.pk, reason="Rot")
    with pytest.raises(IntegrityError), transaction.atomic():
        appeals.update(outcome="overturned")
    assert rows.update(assignee=other) == 1


def test_the_policyholder_appeals_the_own_claim_and_nobody_elses() -> None:
    claim = denied(adjuster())
    insured, stranger = policyholder(claim.policy.customer), policyholder()
    assert Caller(stranger).post(f"/claims/{claim.pk}/appeal", {"reason": "Mine"}).status == 404
    with pytest.raises(NotFound):
        appeal_claim(stranger, claim.pk, reason="Mine")
    answer = Caller(insured).post(f"/claims/{claim.pk}/appeal", {"reason": "The pipe burst 😡"})
    assert (answer.status, answer.data["status"], answer.data["stage"]) == (200, "processing", "appeal")
    assert Appeal.objects.get().recorded_by == insured
    kinds = [row["kind"] for row in Caller(insured).get(f"/claims/{claim.pk}/letters").data["data"]]
    assert kinds == ["appeal_received", "denial"]


def test_only_a_denied_claim_is_appealed_for_a_reason_and_by_who_may() -> None:
    first = adjuster()
    running = started_claim(first)
    with pytest.raises(Conflict) as refused:
        appeal_claim(None, running.pk, reason="Already")
    assert refused.value.code == "not_allowed_now"
    claim = denied(first)
    with pytest.raises(Invalid):
        appeal_claim(None, claim.pk, reason="  ")
    with pytest.raises(NotAllowed):
        appeal_claim(underwriter(), claim.pk, reason="x")


def test_a_closed_file_is_open_again_and_reopening_stays_what_it_was() -> None:
    first, boss = adjuster(), supervisor()
    claim = close_claim(first, denied(first).pk)
    assert appeal_claim(None, claim.pk, reason="New report").is_open
    other = denied(first)
    reopened = reopen_claim(boss, other.pk, reason="New evidence")
    assert (reopened.stage, reopened.appealed_at) == ("evaluation", None)
    assert approve_claim(first, other.pk).status == "approved"


def test_above_the_authority_of_the_second_person_a_third_one_approves_and_never_the_first() -> None:
    first, maker, third = supervisor(), adjuster(), supervisor()
    policy = PolicyFactory.create(coverage_amount=Decimal("100000.00"))
    claim = deny_claim(first, started_claim(first, policy, claim_amount=Decimal("41000.00")).pk, reason="Rust")
    appeal_claim(None, claim.pk, reason="No rust")
    waiting = approve_claim(maker, claim.pk)
    assert (waiting.stage, next_action(waiting)) == ("awaiting_approval", "Decide the appeal")
    with pytest.raises(Conflict) as refused:
        approve_claim(first, claim.pk)
    assert refused.value.code == "decided_first"
    edited = update_claim(maker, claim.pk, version=waiting.version, changes={"claim_amount": Decimal("40000.00")})
    assert edited.stage == "appeal"
    approve_claim(maker, claim.pk)
    assert approve_claim(third, claim.pk).status == "approved"
    assert Appeal.objects.get().decided_by == third


def next_action(claim: Claim) -> str:
    deadline = next_clock(claim)
    return deadline.rule.action if deadline else ""
