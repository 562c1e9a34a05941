"""The stages of a claim through each way in, and what depends on them: letters, diary, next action, deadlines."""

import datetime
from pathlib import Path

import pytest
from django.utils import timezone

from claims.bordereau.importing import import_claims
from claims.diary.models import DiaryEntry
from claims.diary.services import add_entry, complete_entry, move_entry
from claims.letters.models import LetterKind
from claims.letters.services import draft
from claims.models import Claim
from claims.services import (
    answer_question,
    check_claim_cover,
)
from claims.templatetags.claim_words import next_step
from tests.api.calling import Caller
from tests.book.bordereaux import paid_line, write
from tests.claims.stages import (
    QUESTION,
    Act,
    State,
    appealed,
    ask,
    ask_to_approve,
    asked,
    asked_while_cover_is_open,
    establish_the_loss,
    evaluated,
    follows,
    investigated,
    large,
    look_further,
    proposed,
    question_the_cover,
    questioned,
    referred,
    referred_while_cover_is_open,
    settle_the_cover,
    uncovered,
    unnamed,
)
from tests.factories import adjuster, policyholder, started_claim, superuser, supervisor
from tests.workbench.desk import claim_url, desk_of, send, words
from vanguard.errors import Conflict

pytestmark = [pytest.mark.django_db, pytest.mark.once]

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


def test_the_next_action_of_a_claim_that_waits_for_an_answer_is_to_get_it() -> None:
    claim = Claim.objects.get(pk=asked().pk)
    assert next_step(claim).action == "Get what was asked for, then approve or deny"


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


@pytest.mark.parametrize(
    ("state", "acts"),
    [
        (asked_while_cover_is_open, ()),
        (referred_while_cover_is_open, ()),
        (questioned, (ask_to_approve,)),
        (appealed, (question_the_cover,)),
        (appealed, (question_the_cover, ask_to_approve)),
    ],
    ids=lambda each: each.__name__ if callable(each) else "_then_".join(act.__name__ for act in each) or "as_it_is",
)
def test_who_approves_is_warned_of_an_open_question_wherever_the_claim_stands(state: State, acts: tuple[Act, ...]) -> None:
    claim = state()
    for act in acts:
        act(Claim.objects.get(pk=claim.pk))
    assert Claim.objects.get(pk=claim.pk).stage != "coverage_check"
    approve_page = claim_url(claim, "approve")
    desk = desk_of(superuser())
    assert f"The cover is not settled. {QUESTION} Approving settles it." in words(desk.get(approve_page))
    settle_the_cover(claim)
    assert "The cover is not settled." not in words(desk.get(approve_page))


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


@pytest.mark.parametrize(
    ("stage", "command", "sent"),
    [("investigation", "evaluate", {}), ("evaluation", "look-further", {"reason": "A second estimate"})],
)
def test_a_claim_without_cover_from_before_there_were_checks_says_where_it_went(stage: str, command: str, sent: dict[str, str]) -> None:
    claim = uncovered()
    assert claim.assignee is not None
    claim.coverage_checks.filter(step="start").delete()
    Claim.objects.filter(pk=claim.pk).update(stage=stage)
    done = words(send(desk_of(claim.assignee), claim_url(claim, command), "command-form", **sent))
    assert f"{claim.claim_number} is in coverage check: settle its cover" in done
    assert "is in evaluation" not in done
    assert "is investigated again" not in done
    follows(claim, "coverage_check")


def test_the_insured_answers_a_question_and_the_claim_goes_back_to_the_open_cover() -> None:
    claim = asked_while_cover_is_open()
    answer_question(policyholder(claim.policy.customer), claim.pk, claim.information_requests.get().pk, answer="In May")
    follows(claim, "coverage_check")


def test_what_is_said_of_going_back_is_what_happens() -> None:
    waiting = asked_while_cover_is_open()
    assert waiting.assignee is not None
    said = words(desk_of(waiting.assignee).get(claim_url(waiting, "received")))
    assert "The claim goes back to the work, as that stands now." in said
    assert "where it was" not in said
    with pytest.raises(Conflict) as refused:
        ask(proposed())
    assert "or take the request back first" in refused.value.message


def test_a_book_that_is_imported_tells_of_work_by_the_same_rule(tmp_path: Path) -> None:
    import_claims(None, write(tmp_path / "book.csv", [paid_line()]))
    claim = Claim.objects.get()
    assert claim.transitions.get(command="start").stage == "investigation"
