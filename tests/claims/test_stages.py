"""Where a claim stands, and which act leads where. `GOES` reads as the specification: a state, an act in it, the stage that follows."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from claims.admin.timeline import timeline
from claims.decisions.append_only import ERASED
from claims.decisions.models import CoverageCheck
from claims.models import Claim, Stage
from claims.services import (
    approve_claim,
    check_claim_cover,
    evaluate_claim,
    investigate_claim,
    withdraw_approval,
)
from policies.services import cancel_policy
from tests.claims.stages import (
    QUESTION,
    Act,
    State,
    appeal,
    appeal_proposed,
    appealed,
    approve,
    approved,
    ask,
    ask_to_approve,
    asked,
    asked_in_evaluation,
    asked_while_cover_is_open,
    correct_the_amount,
    correct_the_day,
    correct_the_type,
    denied,
    denied_without_cover,
    deny,
    end_the_referral,
    enter_depreciation,
    establish_the_loss,
    evaluated,
    follows,
    give_away,
    homeowners,
    investigated,
    look_further,
    of_a_type_that_no_coverage_names,
    proposed,
    question_the_cover,
    questioned,
    questioned_in_evaluation,
    receive,
    refer,
    referred,
    referred_before_the_start,
    referred_in_evaluation,
    referred_while_cover_is_open,
    reopen,
    set_aside,
    settle_the_cover,
    start,
    uncovered,
    unnamed,
    waiting_for_an_owner,
    withdraw,
    without_cover,
)
from tests.factories import PolicyFactory, adjuster, policyholder, started_claim, submitted_claim, supervisor
from vanguard.accounts.models import User
from vanguard.errors import Conflict, Invalid, NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.once]

GOES: tuple[tuple[State, Act, str], ...] = (
    # Starting reads the cover. Found, the loss is looked into; not found, or not named by any coverage, that is settled first.
    (waiting_for_an_owner, start, "investigation"),
    (without_cover, start, "coverage_check"),
    (of_a_type_that_no_coverage_names, start, "coverage_check"),
    (referred_before_the_start, start, "investigation"),
    # The cover: a question holds the claim, a check without one lets it go on to where it was; no cover stays no cover.
    (investigated, question_the_cover, "coverage_check"),
    (evaluated, question_the_cover, "coverage_check"),
    (questioned, settle_the_cover, "investigation"),
    (unnamed, settle_the_cover, "investigation"),
    (questioned_in_evaluation, settle_the_cover, "evaluation"),
    (uncovered, settle_the_cover, "coverage_check"),
    # Facts that the cover is read by are read anew; a handler's question stays until a handler settles it.
    (unnamed, correct_the_type, "investigation"),
    (uncovered, correct_the_day, "investigation"),
    (questioned, correct_the_type, "coverage_check"),
    (questioned, correct_the_day, "coverage_check"),
    (investigated, correct_the_type, "investigation"),
    # The loss: established by a press, or by a depreciation, which belongs to the settlement. Looked into again with a reason.
    (investigated, establish_the_loss, "evaluation"),
    (investigated, enter_depreciation, "evaluation"),
    (evaluated, look_further, "investigation"),
    (questioned, enter_depreciation, "coverage_check"),
    # What is claimed, set aside, or who owns it says nothing about how far the work is.
    (investigated, correct_the_amount, "investigation"),
    (investigated, set_aside, "investigation"),
    (evaluated, set_aside, "evaluation"),
    (questioned, give_away, "coverage_check"),
    # Information: the claim waits, and goes back to the work as that stands then.
    (investigated, ask, "awaiting_information"),
    (questioned, ask, "awaiting_information"),
    (asked, receive, "investigation"),
    (asked_in_evaluation, receive, "evaluation"),
    (asked_while_cover_is_open, receive, "coverage_check"),
    (asked, question_the_cover, "awaiting_information"),
    (asked, enter_depreciation, "awaiting_information"),
    (asked, refer, "awaiting_information"),
    # Special investigation investigates; when it has ended the claim is where it was.
    (evaluated, refer, "investigation"),
    (questioned, refer, "investigation"),
    (referred, end_the_referral, "investigation"),
    (referred_in_evaluation, end_the_referral, "evaluation"),
    (referred_while_cover_is_open, end_the_referral, "coverage_check"),
    (waiting_for_an_owner, refer, "triaged"),
    (proposed, refer, "awaiting_approval"),
    (approved, refer, "payment_pending"),
    # Approvals can be asked for and given from wherever the claim stands; what is asked for and taken back is worked out anew.
    (investigated, ask_to_approve, "awaiting_approval"),
    (questioned, ask_to_approve, "awaiting_approval"),
    (asked, ask_to_approve, "awaiting_approval"),
    (referred, ask_to_approve, "awaiting_approval"),
    (proposed, withdraw, "evaluation"),
    (proposed, correct_the_amount, "evaluation"),
    (proposed, approve, "payment_pending"),
    (questioned, approve, "payment_pending"),
    (unnamed, approve, "payment_pending"),
    (investigated, deny, "denied"),
    (uncovered, deny, "denied"),
    # Taken up again. An appeal is an appeal, whatever is asked or proposed within it, until it is decided.
    (denied, reopen, "evaluation"),
    (approved, reopen, "evaluation"),
    (denied_without_cover, reopen, "coverage_check"),
    (denied, appeal, "appeal"),
    (appealed, ask, "awaiting_information"),
    (appealed, refer, "appeal"),
    (appealed, enter_depreciation, "appeal"),
    (appealed, question_the_cover, "appeal"),
    (appealed, ask_to_approve, "awaiting_approval"),
    (appeal_proposed, withdraw, "appeal"),
    (appeal_proposed, correct_the_amount, "appeal"),
)
# What was found out while the claim waited counts when it goes on.
GOES_ON: tuple[tuple[State, tuple[Act, ...], str], ...] = (
    (asked, (question_the_cover, receive), "coverage_check"),
    (asked, (enter_depreciation, receive), "evaluation"),
    (asked, (refer, receive), "investigation"),
    (asked_in_evaluation, (refer, receive, end_the_referral), "evaluation"),
    (referred_in_evaluation, (ask, end_the_referral, receive), "evaluation"),
    (referred, (ask_to_approve, withdraw), "investigation"),
    (referred, (ask_to_approve, withdraw, end_the_referral), "evaluation"),
    # A request to approve settles nothing of the cover.
    (questioned, (ask_to_approve, withdraw), "coverage_check"),
    (questioned, (ask_to_approve, correct_the_amount), "coverage_check"),
    (questioned, (ask_to_approve, withdraw, settle_the_cover), "evaluation"),
    (questioned, (ask_to_approve, approve), "payment_pending"),
    (evaluated, (look_further, establish_the_loss), "evaluation"),
    (denied_without_cover, (reopen, correct_the_day), "evaluation"),
    (unnamed, (settle_the_cover, correct_the_day), "investigation"),
)
# The acts that the work does not stand open for, and why not.
REFUSED: tuple[tuple[State, Act, str], ...] = (
    (waiting_for_an_owner, question_the_cover, "not_allowed_now"),
    (waiting_for_an_owner, establish_the_loss, "not_allowed_now"),
    (questioned, establish_the_loss, "not_allowed_now"),
    (asked, establish_the_loss, "not_allowed_now"),
    (referred, establish_the_loss, "referred"),
    (investigated, look_further, "not_allowed_now"),
    (investigated, withdraw, "not_allowed_now"),
    (denied, settle_the_cover, "not_allowed_now"),
)


def named(row: tuple[Any, ...]) -> str:
    state, acts, then = row
    done = [act.__name__ for act in (acts if isinstance(acts, tuple) else (acts,))]
    return f"{state.__name__}, {', '.join(done)}: {then}".replace("_", " ")


@pytest.mark.parametrize(("state", "act", "stage"), GOES, ids=map(named, GOES))
def test_an_act_leads_to_the_stage_that_says_what_the_claim_waits_for(state: State, act: Act, stage: str) -> None:
    claim = state()
    act(claim)
    follows(claim, stage)


@pytest.mark.parametrize(("state", "acts", "stage"), GOES_ON, ids=map(named, GOES_ON))
def test_what_came_up_while_it_waited_counts_afterwards(state: State, acts: tuple[Act, ...], stage: str) -> None:
    claim = state()
    for act in acts:
        act(Claim.objects.get(pk=claim.pk))
    follows(claim, stage)


@pytest.mark.parametrize(("state", "act", "code"), REFUSED, ids=map(named, REFUSED))
def test_a_step_that_makes_no_sense_now_is_refused_and_leaves_nothing(state: State, act: Act, code: str) -> None:
    claim = state()
    before = (claim.stage, claim.version, claim.transitions.count(), claim.coverage_checks.count())
    with pytest.raises(Conflict) as refused:
        act(claim)
    assert refused.value.code == code
    fresh = Claim.objects.get(pk=claim.pk)
    assert (fresh.stage, fresh.version, fresh.transitions.count(), fresh.coverage_checks.count()) == before


def test_every_stage_is_reached_by_a_service() -> None:
    reached = {stage for _, _, stage in GOES} | {submitted_claim(claim_type="theft").stage}
    assert set(Stage.values) - reached == {"reported", "assigned", "approved", "paid"}  # see test_triage, test_assignment, test_payments


# -- What a check leaves


def test_the_start_keeps_what_it_read_of_the_cover_with_the_coverage_that_answers() -> None:
    claim = started_claim(adjuster(), PolicyFactory.create(product_version=homeowners()), claim_type="theft")
    check = claim.coverage_checks.get(step="start")
    assert (check.actor, check.in_force, check.coverage, check.finds_cover) == (claim.assignee, True, "personalProperty", True)


def test_a_question_is_kept_with_the_check_and_in_the_history_and_a_decision_leaves_nothing_open() -> None:
    claim = questioned()
    assert claim.coverage_checks.get(step="check").left_open == QUESTION
    assert claim.transitions.get(command="check_cover").reason == QUESTION
    approve(claim)
    assert [check.left_open for check in claim.coverage_checks.filter(step="approve")] == [None]


def test_a_request_to_approve_keeps_the_open_question_and_only_the_approval_settles_it() -> None:
    claim = questioned()
    ask_to_approve(claim)
    asked_for, proof = claim.coverage_checks.get(step="approve"), claim.proofs.get()
    assert (asked_for.left_open, asked_for.limit) == (QUESTION, Decimal(proof.read["limit"]))
    approve(claim)
    assert [check.left_open for check in claim.coverage_checks.filter(step="approve").order_by("made_at", "id")] == [QUESTION, None]


def test_a_check_says_in_the_history_what_it_found() -> None:
    claim = uncovered()
    settle_the_cover(claim)
    assert "was not in force at the loss" in claim.transitions.get(command="check_cover").reason
    covered = check_claim_cover(None, questioned().pk)
    said = [step.reason for step in covered.transitions.filter(command="check_cover")]
    assert said == [QUESTION, "Cover of the policy, limit 90,000.00 less 1,000.00"]


def test_cover_that_a_later_cancellation_took_away_is_found_missing_by_the_next_check() -> None:
    claim = investigated()
    cancel_policy(None, claim.policy_id, reason="flat", effective_at=claim.policy.start_date)
    settle_the_cover(claim)
    follows(claim, "coverage_check")


def test_checks_and_stages_hold_in_the_database_too() -> None:
    claim = questioned()
    for changes in ({"left_open": None}, {"left_open": ""}, {"left_open": "Settled"}, {"left_open": ERASED, "in_force": False}):
        with pytest.raises(IntegrityError), transaction.atomic():
            claim.coverage_checks.filter(step="check").update(**changes)
    with pytest.raises(IntegrityError), transaction.atomic():
        claim.coverage_checks.filter(step="start").update(left_open=ERASED)
    claim.coverage_checks.filter(step="check").update(left_open=ERASED)  # as an erasure does, which settles nothing
    assert not claim.coverage_checks.get(step="check").finds_cover
    for stage in ("triaged", "paid"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Claim.objects.filter(pk=claim.pk).update(stage=stage)


# -- Claims from before


def test_a_claim_that_was_started_before_there_were_checks_at_the_start_goes_on_as_it_did() -> None:
    claim = investigated()
    CoverageCheck.objects.filter(pk__in=claim.coverage_checks.values("pk")).delete()
    ask(claim)
    receive(claim)
    follows(claim, "investigation")
    for act, stage in ((refer, "investigation"), (end_the_referral, "investigation"), (establish_the_loss, "evaluation")):
        act(claim)
        follows(claim, stage)


# -- Who may


def test_the_owner_and_supervisors_take_these_steps_and_nobody_else() -> None:
    claim = investigated()
    steps: tuple[Callable[[User], Claim], ...] = (
        lambda who: check_claim_cover(who, claim.pk, left_open="Why?"),
        lambda who: evaluate_claim(who, claim.pk),
        lambda who: withdraw_approval(who, claim.pk, reason="Mine"),
    )
    for stranger in (adjuster(), policyholder(claim.policy.customer)):
        for step in steps:
            with pytest.raises(NotAllowed):
                step(stranger)
    evaluate_claim(claim.assignee, claim.pk)
    investigate_claim(supervisor(), claim.pk, reason="Once more")
    follows(claim, "investigation")


def test_the_insured_who_works_here_has_no_part_in_it() -> None:
    owner = adjuster()
    claim = started_claim(None, PolicyFactory.create(customer__email=owner.email))  # type: ignore[arg-type]  # the platform starts it
    with pytest.raises(Conflict) as refused:
        check_claim_cover(owner, claim.pk)
    assert refused.value.code == "party"


def test_who_asked_takes_it_back_and_who_is_asked_sends_it_back_with_a_reason() -> None:
    mine, sent = proposed(), proposed()
    boss = supervisor(first_name="Ada", last_name="Brook")
    for person, claim, told in ((mine.proposed_by, mine, "took back"), (boss, sent, "sent back")):
        with pytest.raises(Invalid):
            withdraw_approval(person, claim.pk, reason=" ")
        after = withdraw_approval(person, claim.pk, reason="The estimate was read wrongly")
        assert (after.proposed_amount, after.proposed_by) == (None, None)
        entry = next(each for each in timeline(after) if each.command == "withdraw")
        assert told in entry.says
        assert (entry.strong, entry.quote) == ("$59,000.00", "The estimate was read wrongly")
    # Asked anew it takes a second person again.
    follows_again = approve_claim(mine.assignee, mine.pk)
    assert follows_again.stage == "awaiting_approval"
