"""Where a claim stands, and which act leads where. `GOES` reads as the specification: a state, an act in it, the stage that follows."""

import datetime
import itertools
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from claims.admin.timeline import timeline
from claims.bordereau.importing import import_claims
from claims.decisions.models import CoverageCheck
from claims.diary.models import DiaryEntry
from claims.diary.services import add_entry, complete_entry, move_entry
from claims.fraud.services import close_referral, refer_claim
from claims.letters.models import LetterKind
from claims.letters.services import draft
from claims.models import STAGES_OF, Claim, Stage, Status
from claims.services import (
    answer_question,
    appeal_claim,
    approve_claim,
    ask_information,
    assign_claim,
    check_claim_cover,
    deny_claim,
    evaluate_claim,
    investigate_claim,
    receive_information,
    reopen_claim,
    set_reserve,
    start_claim,
    update_claim,
    withdraw_approval,
)
from claims.templatetags.claim_words import next_step
from policies.products.models import ProductVersion
from policies.services import cancel_policy
from tests.api.calling import Caller
from tests.book.bordereaux import paid_line, write
from tests.factories import PolicyFactory, adjuster, policyholder, started_claim, submitted_claim, superuser, supervisor
from tests.workbench.desk import claim_url, desk_of, send, words
from vanguard.accounts.models import User
from vanguard.errors import Conflict, Invalid, NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.once]
QUESTION = "The rot is older than the policy"
State = Callable[[], Claim]
Act = Callable[[Claim], Any]


def large() -> dict[str, Any]:
    """A loss above an adjuster's authority."""
    return {"policy": PolicyFactory.create(coverage_amount=Decimal(90000)), "claim_amount": Decimal(60000)}


def homeowners() -> ProductVersion:
    return ProductVersion.objects.valid_at(timezone.now()).get(product__policy_type="homeowners")


# -- The states, each reached by the services


def waiting_for_an_owner() -> Claim:
    return submitted_claim()


def investigated() -> Claim:
    return started_claim(adjuster(), **large())


def without_cover() -> Claim:
    """Recorded to be denied: the loss was before the term."""
    before = timezone.now() - datetime.timedelta(days=200)
    return submitted_claim(incident_date=before, to_be_denied=True)


def of_a_type_that_no_coverage_names() -> Claim:
    return submitted_claim(PolicyFactory.create(product_version=homeowners()), claim_type="flood")


def uncovered() -> Claim:
    return start_claim(adjuster(), without_cover().pk)


def unnamed() -> Claim:
    return start_claim(adjuster(), of_a_type_that_no_coverage_names().pk)


def questioned() -> Claim:
    return check_claim_cover(None, investigated().pk, left_open=QUESTION)


def evaluated() -> Claim:
    return evaluate_claim(None, investigated().pk)


def questioned_in_evaluation() -> Claim:
    return check_claim_cover(None, evaluated().pk, left_open=QUESTION)


def referred() -> Claim:
    return refer_claim(None, investigated().pk, reason="Two receipts")


def referred_in_evaluation() -> Claim:
    return refer_claim(None, evaluated().pk, reason="Two receipts")


def referred_while_cover_is_open() -> Claim:
    return refer_claim(None, questioned().pk, reason="Two receipts")


def referred_before_the_start() -> Claim:
    return refer_claim(None, submitted_claim().pk, reason="Two receipts")


def proposed() -> Claim:
    claim = investigated()
    return approve_claim(claim.assignee, claim.pk)


def asked() -> Claim:
    return ask_information(None, investigated().pk, question="Photos")


def asked_in_evaluation() -> Claim:
    return ask_information(None, evaluated().pk, question="Photos")


def asked_while_cover_is_open() -> Claim:
    return ask_information(None, questioned().pk, question="Photos")


def denied() -> Claim:
    claim = investigated()
    return deny_claim(claim.assignee, claim.pk, reason="Rot")


def denied_without_cover() -> Claim:
    return deny_claim(None, uncovered().pk, reason="Before the term")


def appealed() -> Claim:
    return appeal_claim(None, denied().pk, reason="No rot")


def appeal_proposed() -> Claim:
    return approve_claim(adjuster(), appealed().pk)


def approved() -> Claim:
    return approve_claim(None, started_claim(adjuster()).pk)


# -- The acts


def start(claim: Claim) -> None:
    start_claim(None, claim.pk)


def question_the_cover(claim: Claim) -> None:
    check_claim_cover(None, claim.pk, left_open=QUESTION)


def settle_the_cover(claim: Claim) -> None:
    check_claim_cover(None, claim.pk)


def establish_the_loss(claim: Claim) -> None:
    evaluate_claim(None, claim.pk)


def look_further(claim: Claim) -> None:
    investigate_claim(None, claim.pk, reason="A second estimate is far lower")


def ask(claim: Claim) -> None:
    ask_information(None, claim.pk, question="Photos")


def receive(claim: Claim) -> None:
    receive_information(None, claim.pk)


def refer(claim: Claim) -> None:
    refer_claim(None, claim.pk, reason="Two receipts")


def end_the_referral(claim: Claim) -> None:
    close_referral(superuser(), claim.pk, outcome="unfounded", reason="Both roofs exist")


def ask_to_approve(claim: Claim) -> None:
    approve_claim(adjuster() if claim.assignee is None else claim.assignee, claim.pk)


def approve(claim: Claim) -> None:
    approve_claim(superuser(), claim.pk)


def deny(claim: Claim) -> None:
    deny_claim(None, claim.pk, reason="Rot")


def withdraw(claim: Claim) -> None:
    withdraw_approval(claim.proposed_by, claim.pk, reason="The estimate was read wrongly")


def enter_depreciation(claim: Claim) -> None:
    update_claim(None, claim.pk, version=None, changes={"depreciation": Decimal(500)})


def correct_the_amount(claim: Claim) -> None:
    update_claim(None, claim.pk, version=None, changes={"claim_amount": Decimal(4000)})


def correct_the_type(claim: Claim) -> None:
    update_claim(None, claim.pk, version=None, changes={"claim_type": "fire"})


def correct_the_day(claim: Claim) -> None:
    update_claim(None, claim.pk, version=None, changes={"incident_date": timezone.now() - datetime.timedelta(days=20)})


def set_aside(claim: Claim) -> None:
    set_reserve(None, claim.pk, amount=Decimal(3000), reason="First estimate")


def give_away(claim: Claim) -> None:
    assign_claim(supervisor(), claim.pk, assignee_id=adjuster().pk)


def reopen(claim: Claim) -> None:
    reopen_claim(None, claim.pk, reason="A second report")


def appeal(claim: Claim) -> None:
    appeal_claim(None, claim.pk, reason="No rot")


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
    (questioned, (ask_to_approve, withdraw), "evaluation"),
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


def follows(claim: Claim, stage: str) -> None:
    """The claim stands there, its status allows it, its history says so with each step, and there is a next action."""
    fresh = Claim.objects.get(pk=claim.pk)
    assert fresh.stage == stage
    assert fresh.stage in STAGES_OF[Status(fresh.status)]
    steps = list(fresh.transitions.order_by("at", "id"))
    assert (steps[-1].to_status, steps[-1].stage) == (fresh.status, fresh.stage)
    assert all(before.to_status == after.from_status for before, after in itertools.pairwise(steps))
    assert fresh.due_at is not None
    assert fresh.diary.open().exists()


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
    with pytest.raises(IntegrityError), transaction.atomic():
        claim.coverage_checks.update(left_open=None)
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


# -- What depends on the stage says the same


def test_the_status_letter_says_what_the_claim_waits_for() -> None:
    said = {state: str(draft(state(), LetterKind.STATUS)) for state in (questioned, investigated, evaluated)}
    assert "We are checking what your policy covers." in said[questioned]
    assert "We are looking into what happened" in said[investigated]
    assert "We are working out what your policy pays" in said[evaluated]


def test_the_diary_says_next_what_the_stage_needs() -> None:
    for state, what in (
        (questioned, "Settle whether the policy covers the loss"),
        (investigated, "Ask how far the inspection is"),
        (evaluated, "Work out the settlement"),
    ):
        claim = state()
        for entry in DiaryEntry.objects.filter(claim=claim, done_at=None):
            complete_entry(None, entry.pk, outcome="Done")
        assert claim.diary.open().get().what == what


def test_what_the_platform_planned_for_a_stage_ends_with_it_and_what_a_person_touched_stays() -> None:
    claim = questioned()
    contact = DiaryEntry.objects.get(claim=claim)
    settle_the_cover(claim)
    assert list(claim.diary.open()) == [contact]  # still to be made
    complete_entry(None, contact.pk, outcome="Spoke to her")
    assert [entry.what for entry in claim.diary.open()] == ["Ask how far the inspection is"]
    add_entry(claim.assignee, claim.pk, due_on=timezone.localdate() + datetime.timedelta(days=3), what="Ask how far the inspection is")
    establish_the_loss(claim)
    assert [(entry.what, entry.made_by) for entry in claim.diary.open()] == [("Ask how far the inspection is", claim.assignee)]
    ended = claim.diary.get(ending="closed")
    assert (ended.made_by, ended.outcome) == (None, "The claim has gone on: evaluation.")


def test_what_was_put_off_by_hand_stays_on_its_day() -> None:
    claim = evaluated()
    complete_entry(None, claim.diary.open().get().pk, outcome="Spoke to her")
    planned = claim.diary.open().get()
    move_entry(None, planned.pk, to_day=planned.due_on + datetime.timedelta(days=30), reason="She is abroad")
    look_further(claim)
    assert list(claim.diary.open()) == [planned]


def test_the_next_action_of_a_claim_whose_cover_is_open_is_to_settle_it() -> None:
    claim = started_claim(adjuster(), jurisdiction="")
    assert next_step(claim).action == "Approve or deny"
    assert next_step(check_claim_cover(None, claim.pk, left_open=QUESTION)).action == "Settle the cover, then approve or deny"


def test_none_of_these_steps_moves_a_deadline() -> None:
    claim = investigated()
    due = claim.due_at
    for act in (question_the_cover, settle_the_cover, establish_the_loss, look_further):
        act(claim)
        assert Claim.objects.get(pk=claim.pk).due_at == due


# -- The doors


def test_through_the_api_each_step_answers_with_the_claim_as_it_is_then() -> None:
    claim = started_claim(adjuster(), **large())
    caller, address = Caller(claim.assignee), f"/claims/{claim.pk}"
    for path, body, stage in (
        ("check-cover", {"leftOpen": QUESTION}, "coverage_check"),
        ("check-cover", {}, "investigation"),
        ("evaluate", {}, "evaluation"),
        ("investigate", {"reason": "A second estimate"}, "investigation"),
        ("evaluate", {"reason": "Both estimates are in"}, "evaluation"),
        ("approve", {}, "awaiting_approval"),
        ("withdraw", {"reason": "Read wrongly"}, "evaluation"),
    ):
        answer = caller.post(f"{address}/{path}", body)
        assert (answer.status, answer.data["status"], answer.data["stage"]) == (200, "processing", stage), path
    checks = caller.get(f"{address}/decisions").data["coverageChecks"]
    assert [(check["step"], check.get("leftOpen")) for check in checks] == [
        ("submit", None), ("start", None), ("check", QUESTION), ("check", None), ("approve", None),
    ]  # fmt: skip
    assert caller.get("/claims?stage=evaluation").ids == [str(claim.pk)]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("investigate", {}, "reason"),
        ("withdraw", {"reason": "  "}, "reason"),
        ("check-cover", {"leftOpen": "x" * 2001}, "leftOpen"),
        ("evaluate", {"stage": "paid"}, "stage"),
    ],
)
def test_what_is_wrong_with_a_body_is_said_at_its_field(path: str, body: dict[str, str], field: str) -> None:
    claim = investigated()
    answer = Caller(claim.assignee).post(f"/claims/{claim.pk}/{path}", body)
    assert (answer.status, list(answer.errors)) == (422, [field])


def test_the_contracts_commands_work_from_every_stage_of_processing() -> None:
    boss = superuser()
    for state in (investigated, questioned, uncovered, unnamed, evaluated, referred, asked, appealed):
        claim = state()
        denied_now = Caller(boss).post(f"/claims/{claim.pk}/deny", {"reason": "Rot"})
        assert (denied_now.status, denied_now.data["stage"]) == (200, "denied"), state.__name__
        assert Caller(boss).post(f"/claims/{claim.pk}/close").status == 200
    for state in (investigated, questioned, unnamed, evaluated, asked):
        claim = state()
        assert Caller(boss).post(f"/claims/{claim.pk}/approve").data["status"] == "approved", state.__name__


def test_at_the_desk_a_question_and_its_settling_are_one_dialog_and_one_press() -> None:
    claim = investigated()
    assert claim.assignee is not None
    desk = desk_of(claim.assignee)
    assert "Loss is established" in words(desk.get(claim_url(claim)))
    send(desk, claim_url(claim, "question-cover"), "command-form", left_open=QUESTION)
    page = words(desk.get(claim_url(claim)))
    assert f"Open. {QUESTION}" in page
    assert "Not settled" in page
    assert f"The cover is not settled. {QUESTION} Approving settles it." in words(desk.get(claim_url(claim, "approve")))
    send(desk, claim_url(claim, "check-cover"), "command-form")
    page = words(desk.get(claim_url(claim)))
    assert "Not settled" not in page
    send(desk, claim_url(claim, "evaluate"), "command-form")
    assert Claim.objects.get(pk=claim.pk).stage == "evaluation"
    send(desk, claim_url(claim, "look-further"), "command-form", reason="The roofer did not sign")
    page = words(desk.get(claim_url(claim)))
    assert "The roofer did not sign" in page
    follows(claim, "investigation")


def test_at_the_desk_who_is_asked_sends_a_request_back() -> None:
    claim = proposed()
    desk = desk_of(supervisor())
    assert "Send the request back…" in words(desk.get(claim_url(claim)))
    send(desk, claim_url(claim, "withdraw"), "command-form", reason="The deductible is missing")
    follows(claim, "evaluation")
    assert "sent back the request to approve" in words(desk.get(claim_url(claim)))


def test_a_claim_whose_cover_is_still_missing_says_so_after_the_press() -> None:
    claim = uncovered()
    assert claim.assignee is not None
    desk = desk_of(claim.assignee)
    assert "Not in force" in words(desk.get(claim_url(claim)))
    done = send(desk, claim_url(claim, "check-cover"), "command-form")
    assert "was not in force at the loss, so" in words(done)


def test_the_insured_answers_a_question_and_the_claim_goes_back_to_the_open_cover() -> None:
    claim = asked_while_cover_is_open()
    answer_question(policyholder(claim.policy.customer), claim.pk, claim.information_requests.get().pk, answer="In May")
    follows(claim, "coverage_check")


def test_a_book_that_is_imported_tells_of_work_by_the_same_rule(tmp_path: Path) -> None:
    import_claims(None, write(tmp_path / "book.csv", [paid_line()]))
    claim = Claim.objects.get()
    assert claim.transitions.get(command="start").stage == "investigation"
