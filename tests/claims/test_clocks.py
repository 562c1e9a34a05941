"""What starts, meets and ends a clock, by which law, and that no service forgets one."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from claims.clocks.calendar import due_after, end_of_day
from claims.clocks.models import Holiday, Kind
from claims.clocks.reading import why
from claims.clocks.running import days_off
from claims.models import Claim, ClaimPayment
from claims.services import (
    appeal_claim,
    approve_claim,
    ask_information,
    assign_claim,
    close_claim,
    correct_jurisdiction,
    deny_claim,
    pay_claim,
    receive_information,
    record_answer,
    record_inquiry,
    reopen_claim,
    start_claim,
    submit_claim,
    update_claim,
    void_payment,
    write_letter,
)
from tests.claims.clocks import ended, follows, in_state, running
from tests.factories import PolicyFactory, adjuster, policyholder, superuser, supervisor
from vanguard.errors import Conflict, DomainError, Invalid, NotAllowed

pytestmark = pytest.mark.once

# -- Which law


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "acknowledge", "decide", "status"),
    [
        ("US-CA", ("2026-01-03", "10 CCR 2695.5(e)"), ("2026-01-28", "10 CCR 2695.7(b)"), ("2026-01-28", "10 CCR 2695.7(c)(1)")),
        (
            "US-TX",
            ("2026-01-03", "Texas Ins. Code 542.055"),
            ("2026-01-13", "Texas Ins. Code 542.056"),
            ("2026-01-28", "Company standard, as 10 CCR 2695.7(c)(1)"),
        ),
        (
            "US-IA",
            ("2026-01-03", "Iowa Admin. Code 191-15.42(1)"),
            ("2026-01-28", "Company standard, as 10 CCR 2695.7(b)"),
            ("2026-01-28", "Company standard, as 10 CCR 2695.7(c)(1)"),
        ),
        (
            "US-PA",
            ("2026-01-06", "31 Pa. Code 146.5(a)"),
            ("2026-01-13", "31 Pa. Code 146.7(a)(1)"),
            ("2026-01-18", "31 Pa. Code 146.6"),
        ),
        (
            "",
            ("2026-01-03", "Company standard, as 10 CCR 2695.5(e)"),
            ("2026-01-28", "Company standard, as 10 CCR 2695.7(b)"),
            ("2026-01-28", "Company standard, as 10 CCR 2695.7(c)(1)"),
        ),
    ],
)
def test_a_report_starts_the_clocks_of_the_state_in_which_the_insured_lives(
    state: str, acknowledge: tuple[str, str], decide: tuple[str, str], status: tuple[str, str]
) -> None:
    claim = in_state(state)
    assert claim.jurisdiction == state
    found = {kind: (due, citation) for kind, (due, _, citation) in running(claim).items()}
    assert found == {"acknowledge": acknowledge, "decide": decide, "status": status}
    assert claim.due_at is not None
    assert f"{claim.due_at:%Y-%m-%d}" == acknowledge[0]
    assert follows(claim)


@pytest.mark.django_db
def test_the_sentence_says_the_days_the_event_and_the_day() -> None:
    found = running(in_state("US-TX"))
    assert (found["decide"][1], found["decide"][2]) == ("15 business days after the report, 19 Dec", "Texas Ins. Code 542.056")
    assert found["acknowledge"][1] == "15 days after the report, 19 Dec"


@pytest.mark.django_db
def test_staff_name_another_state_at_the_first_notice_and_a_policyholder_cannot() -> None:
    policy = PolicyFactory.create()
    told: dict[str, Any] = {"policy_id": policy.pk, "claim_type": "fire", "claim_amount": Decimal("900.00"), "jurisdiction": "US-TX"}
    told["incident_date"] = timezone.now() - datetime.timedelta(days=3)
    assert submit_claim(adjuster(), **told).jurisdiction == "US-TX"
    with pytest.raises(NotAllowed):
        submit_claim(policyholder(policy.customer), **told | {"claim_type": "wind"})
    with pytest.raises(Invalid, match="Name a state"):
        submit_claim(adjuster(), **told | {"claim_type": "hail", "jurisdiction": "US-XX"})


@pytest.mark.django_db
def test_a_corrected_jurisdiction_counts_what_runs_anew_and_leaves_what_ended() -> None:
    person, claim = supervisor(), in_state("US-CA")
    start_claim(person, claim.pk)
    moved = correct_jurisdiction(person, claim.pk, jurisdiction="US-TX", reason="The house is in Austin")
    assert (moved.jurisdiction, f"{moved.due_at:%Y-%m-%d}") == ("US-TX", "2026-01-13")
    assert {kind: due for kind, (due, _, _) in running(claim).items()} == {"decide": "2026-01-13", "status": "2026-01-28"}
    assert ended(claim) == {"acknowledge": ("acknowledgement", True), "decide": ("correction", False), "status": ("correction", False)}
    assert claim.transitions.last().reason == "From California to Texas: The house is in Austin"  # type: ignore[union-attr]
    for wrong, code in (("US-TX", "unchanged"), ("US-XX", "unknown")):
        with pytest.raises(DomainError) as refused:
            correct_jurisdiction(person, claim.pk, jurisdiction=wrong, reason="Again")
        assert refused.value.errors[0].code == code if isinstance(refused.value, Invalid) else refused.value.code == code
    assert follows(claim)


# -- What meets and ends them
@pytest.mark.django_db
def test_work_or_a_letter_acknowledges_a_claim_and_giving_it_to_somebody_does_not() -> None:
    person, claim, other = adjuster(), in_state("US-CA"), in_state("US-CA")
    assign_claim(person, claim.pk)
    assert "acknowledge" in running(claim)
    start_claim(person, claim.pk)
    assert ended(claim) == {"acknowledge": ("acknowledgement", True)}
    write_letter(None, other.pk, kind="acknowledgement")
    assert ended(other) == {"acknowledge": ("acknowledgement", True)}
    assert f"{Claim.objects.get(pk=other.pk).due_at:%Y-%m-%d}" == "2026-01-28"
    assert follows(claim)
    assert follows(other)


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "every"), [("US-CA", 30), ("US-PA", 45)])
def test_a_status_letter_starts_the_days_to_the_next_one_until_the_decision(state: str, every: int) -> None:
    person, now = adjuster(), timezone.now()
    claim = in_state(state)
    start_claim(person, claim.pk)
    letter = write_letter(None, claim.pk, kind="status").letter
    [second] = claim.clocks.running().filter(kind=Kind.STATUS)
    assert (second.due_at, second.days) == (end_of_day(letter.made_at + datetime.timedelta(days=every)), every)
    assert why(second) == f"{every} days after the last status letter, {now.day} {now:%b}"
    # The days to decide go on: the letter says why it takes longer, and does not put it off.
    assert "decide" in running(claim)
    deny_claim(person, claim.pk, reason="Wear and tear", reason_code="excluded_peril")
    assert ended(claim)["status"] == ("decision", True)
    assert set(running(claim)) == {"close"}


@pytest.mark.django_db
def test_a_claim_that_is_approved_is_to_be_paid_and_then_closed() -> None:
    person = supervisor()
    claim = in_state("US-TX")
    start_claim(person, claim.pk)
    approved = approve_claim(person, claim.pk)
    assert approved.processed_date is not None
    holidays = days_off(Holiday.objects.all(), "US-TX")
    assert approved.due_at == due_after(approved.processed_date, 5, business=True, holidays=holidays)
    assert set(running(claim)) == {"pay", "close"}
    boss = superuser()
    pay_claim(boss, claim.pk)
    assert ended(claim)["pay"] == ("payment", True)
    fresh = Claim.objects.get(pk=claim.pk)
    assert fresh.due_at == end_of_day(approved.processed_date + datetime.timedelta(days=30))
    void_payment(boss, ClaimPayment.objects.get(claim=claim, amount__gt=0).pk, reason="Wrong account")
    assert set(running(claim)) == {"pay", "close"}
    assert Claim.objects.get(pk=claim.pk).due_at == approved.due_at
    pay_claim(boss, claim.pk)
    for payment in ClaimPayment.objects.filter(claim=claim, status="issued"):
        ClaimPayment.objects.filter(pk=payment.pk).update(status="cleared")
    closed = close_claim(person, claim.pk)
    assert (closed.due_at, running(claim)) == (None, {})
    assert ended(claim)["close"] == ("closing", True)


@pytest.mark.django_db
def test_a_proposal_and_a_payment_in_part_leave_the_clocks_alone() -> None:
    maya, claim = adjuster(), in_state("US-CA", claim_amount=Decimal("20000.00"))
    start_claim(maya, claim.pk)
    before = running(claim)
    update_claim(maya, claim.pk, version=None, changes={"description": "A burst pipe"})
    assert running(claim) == before
    approve_claim(maya, claim.pk)
    pay_claim(maya, claim.pk, amount=Decimal("10.00"))
    assert "pay" in running(claim)
    assert follows(claim)


@pytest.mark.django_db
def test_a_reopened_claim_has_days_of_its_own_and_what_ran_until_then_ends() -> None:
    person, claim = supervisor(), in_state("US-CA")
    start_claim(person, claim.pk)
    deny_claim(person, claim.pk, reason="Rust", reason_code="excluded_peril")
    again = reopen_claim(person, claim.pk, reason="A new report")
    assert again.reopened_at is not None
    assert again.due_at == end_of_day(again.reopened_at + datetime.timedelta(days=40))
    assert set(running(claim)) == {"decide_again", "status"}
    assert ended(claim)["close"] == ("reopening", False)
    approve_claim(person, claim.pk)
    assert ended(claim)["decide_again"] == ("decision", True)


@pytest.mark.django_db
def test_an_appeal_has_fourteen_days_by_the_companys_rule_whatever_the_state() -> None:
    person, claim = adjuster(), in_state("US-PA")
    start_claim(person, claim.pk)
    deny_claim(person, claim.pk, reason="Rust", reason_code="excluded_peril")
    appealed = appeal_claim(None, claim.pk, reason="It was not rust")
    assert appealed.appealed_at is not None
    assert appealed.due_at == end_of_day(appealed.appealed_at + datetime.timedelta(days=14))
    assert {kind: cited for kind, (_, _, cited) in running(claim).items()} == {"appeal": "Company rule"}
    deny_claim(supervisor(), claim.pk, reason="It was", reason_code="excluded_peril")
    assert ended(claim)["appeal"] == ("decision", True)
    assert set(running(claim)) == {"close"}


@pytest.mark.django_db
def test_texas_has_the_days_to_decide_begin_when_all_has_come_and_california_does_not() -> None:
    person = adjuster()
    texan, other = in_state("US-TX"), in_state("US-CA")
    for claim in (texan, other):
        start_claim(person, claim.pk)
        ask_information(person, claim.pk, question="The invoice, please")
    assert ended(texan)["decide"] == ("request", False)
    assert "decide" not in running(texan)
    assert follows(texan)
    assert "decide" in running(other)
    for claim in (texan, other):
        receive_information(person, claim.pk, note="Here it is")
    now = timezone.now()
    assert running(texan)["decide"][1] == f"15 business days after the information came, {now.day} {now:%b}"
    assert running(other)["decide"][0] == "2026-01-28"
    deny_claim(person, texan.pk, reason="Rust", reason_code="excluded_peril")
    assert ended(texan)["decide"] == ("decision", True)


@pytest.mark.django_db
def test_iowa_wants_what_the_insured_sent_answered_and_a_letter_answers_it() -> None:
    person, claim = adjuster(), in_state("US-IA")
    start_claim(person, claim.pk)
    ask_information(person, claim.pk, question="The invoice, please")
    receive_information(person, claim.pk)
    [reply] = claim.clocks.running().filter(kind=Kind.REPLY)
    assert (reply.days, reply.rule.citation) == (15, "Iowa Admin. Code 191-15.42(3)")
    write_letter(None, claim.pk, kind="status")
    assert ended(claim)["reply"] == ("status_letter", True)


@pytest.mark.django_db
def test_the_departments_inquiry_runs_until_it_is_answered_whatever_is_decided_meanwhile() -> None:
    person, claim = adjuster(), in_state("US-IA")
    start_claim(person, claim.pk)
    with pytest.raises(Conflict, match="No inquiry"):
        record_answer(person, claim.pk, reason="Nothing was asked")
    record_inquiry(person, claim.pk, reason="File 17-4: why is it not decided?")
    with pytest.raises(Conflict) as refused:
        record_inquiry(person, claim.pk, reason="Again")
    assert refused.value.code == "already_asked"
    [inquiry] = claim.clocks.running().filter(kind=Kind.INQUIRY)
    assert inquiry.due_at == end_of_day(inquiry.started_at + datetime.timedelta(days=21))
    deny_claim(person, claim.pk, reason="Rust", reason_code="excluded_peril")
    assert "inquiry" in running(claim)
    record_answer(person, claim.pk, reason="Decided and explained")
    assert ended(claim)["inquiry"] == ("answer", True)
    assert follows(claim)
