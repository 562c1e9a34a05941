"""Asking for information: by letter, the claim waits, and goes back to the work."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from claims.models import Claim
from claims.services import answer_question, appeal_claim, approve_claim, ask_information, deny_claim, receive_information
from tests.api.calling import Caller
from tests.factories import PolicyFactory, adjuster, policyholder, started_claim, submitted_claim
from vanguard.errors import Conflict, Invalid, NotAllowed, NotFound

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_what_is_asked_of_whom_and_until_when_is_kept_and_written_and_the_claim_waits() -> None:
    claim = started_claim(adjuster())
    until = timezone.now().date() + datetime.timedelta(days=10)
    body = {"question": "The plumber's invoice", "askedOf": "Ace Plumbing", "until": until.isoformat()}
    answer = Caller(claim.assignee).post(f"/claims/{claim.pk}/ask", body)
    assert (answer.status, answer.data["status"], answer.data["stage"]) == (200, "processing", "awaiting_information")
    asked = claim.information_requests.get()
    assert (asked.question, asked.asked_of, asked.until, asked.received_at) == ("The plumber's invoice", "Ace Plumbing", until, None)
    assert claim.letters.get().kind == "information_request"


def test_unless_said_otherwise_the_insured_is_asked_for_three_weeks() -> None:
    claim = started_claim(adjuster())
    ask_information(claim.assignee, claim.pk, question="Photos")
    asked = claim.information_requests.get()
    assert asked.asked_of == claim.policy.customer.full_name
    assert asked.until == timezone.now().date() + datetime.timedelta(days=21)


def test_when_it_has_come_the_claim_goes_back_to_its_stage() -> None:
    claim = started_claim(adjuster())
    before = claim.stage
    ask_information(claim.assignee, claim.pk, question="Photos")
    answer = Caller(claim.assignee).post(f"/claims/{claim.pk}/received", {"note": "Three photos by mail"})
    assert (answer.status, answer.data["stage"]) == (200, before)
    asked = claim.information_requests.get()
    assert (asked.note, asked.received_by) == ("Three photos by mail", claim.assignee)
    with pytest.raises(Conflict):
        receive_information(claim.assignee, claim.pk)


def test_an_appeal_that_waits_stays_an_appeal_with_its_clock() -> None:
    first, other = adjuster(), adjuster()
    claim = appeal_claim(None, deny_claim(first, started_claim(first).pk, reason="Rot").pk, reason="No rot")
    due = claim.due_at
    assert ask_information(other, claim.pk, question="The report").due_at == due
    assert receive_information(other, claim.pk).stage == "appeal"


def test_a_decision_without_the_answer_closes_the_question() -> None:
    claim = started_claim(adjuster())
    ask_information(claim.assignee, claim.pk, question="Photos")
    approve_claim(claim.assignee, claim.pk)
    asked = claim.information_requests.get()
    assert asked.received_at is not None
    assert asked.note == "Decided without it."


@pytest.mark.parametrize(
    ("given", "field"),
    [({"question": " "}, "question"), ({"question": "x", "until": datetime.date(2020, 1, 1)}, "until")],
)
def test_no_question_and_a_day_that_is_over_are_refused_at_their_field(given: dict[str, object], field: str) -> None:
    claim = started_claim(adjuster())
    with pytest.raises(Invalid) as refused:
        ask_information(claim.assignee, claim.pk, **given)  # type: ignore[arg-type]
    assert refused.value.errors[0].field == field
    assert Claim.objects.get(pk=claim.pk).stage == "investigation"


def test_one_question_at_a_time_and_none_before_the_start_or_under_a_second_persons_eyes() -> None:
    claim = started_claim(adjuster())
    ask_information(claim.assignee, claim.pk, question="Photos")
    large = started_claim(adjuster(), PolicyFactory.create(coverage_amount=Decimal(90000)), claim_amount=Decimal(60000))
    approve_claim(large.assignee, large.pk)
    for other, code in ((claim, "already_asked"), (large, "not_allowed_now"), (submitted_claim(), "not_allowed_now")):
        with pytest.raises(Conflict) as refused:
            ask_information(None, other.pk, question="More")
        assert refused.value.code == code


def test_the_insured_reads_the_question_answers_it_and_the_claim_goes_on_at_that_moment() -> None:
    claim = started_claim(adjuster())
    before = claim.stage
    rosa = policyholder(claim.policy.customer)
    insured = Caller(rosa)
    ask_information(claim.assignee, claim.pk, question="When did the pipe burst?")
    [asked] = insured.get(f"/claims/{claim.pk}/questions").data["data"]
    assert (asked["question"], asked["until"]) == ("When did the pipe burst?", str(timezone.now().date() + datetime.timedelta(days=21)))
    assert "answeredAt" not in asked
    answer = insured.post(f"/claims/{claim.pk}/questions/{asked['id']}/answer", {"answer": "On Monday, at night.\nThe plumber knows."})
    assert (answer.status, answer.data["stage"]) == (200, before)
    [told] = insured.get(f"/claims/{claim.pk}/questions").data["data"]
    assert told["answer"] == "On Monday, at night.\nThe plumber knows."
    kept = claim.information_requests.get()
    assert (kept.note, kept.received_by) == (told["answer"], rosa)
    # Where an erasure would not find it nothing of it stands.
    assert claim.transitions.get(command="received").reason == ""


def test_an_answer_is_the_insureds_own_and_once() -> None:
    claim = started_claim(adjuster())
    insured = policyholder(claim.policy.customer)
    ask_information(claim.assignee, claim.pk, question="Photos")
    question = claim.information_requests.get().pk
    with pytest.raises(NotFound):
        answer_question(policyholder(), claim.pk, question, answer="Mine")
    with pytest.raises(NotAllowed):
        answer_question(claim.assignee, claim.pk, question, answer="They called")
    with pytest.raises(NotFound):
        answer_question(insured, claim.pk, claim.pk, answer="Here")
    answer_question(insured, claim.pk, question, answer="Here they are")
    with pytest.raises(Conflict) as refused:
        answer_question(insured, claim.pk, question, answer="And once more")
    assert refused.value.code == "not_allowed_now"
    assert claim.information_requests.get().note == "Here they are"


def test_an_empty_answer_is_refused_at_its_field() -> None:
    claim = started_claim(adjuster())
    rosa = policyholder(claim.policy.customer)
    ask_information(claim.assignee, claim.pk, question="Photos")
    address = f"/claims/{claim.pk}/questions/{claim.information_requests.get().pk}/answer"
    for body in ({"answer": "  "}, {}, {"answer": "x" * 2001}):
        answer = Caller(rosa).post(address, body)
        assert (answer.status, list(answer.errors)) == (422, ["answer"])
    with pytest.raises(Invalid):
        answer_question(rosa, claim.pk, claim.information_requests.get().pk, answer="\n")


def test_what_staff_noted_of_an_answer_is_not_the_insureds_to_read() -> None:
    claim = started_claim(adjuster())
    ask_information(claim.assignee, claim.pk, question="Photos")
    receive_information(claim.assignee, claim.pk, note="Blurred, and not of this roof")
    [told] = Caller(policyholder(claim.policy.customer)).get(f"/claims/{claim.pk}/questions").data["data"]
    assert "answeredAt" in told
    assert "answer" not in told
    [seen] = Caller(claim.assignee).get(f"/claims/{claim.pk}/questions").data["data"]
    assert seen["answer"] == "Blurred, and not of this roof"


def test_nobody_else_reads_what_was_asked() -> None:
    claim = started_claim(adjuster())
    ask_information(claim.assignee, claim.pk, question="Photos")
    assert Caller(policyholder()).get(f"/claims/{claim.pk}/questions").status == 404
