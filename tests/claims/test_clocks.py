"""Deadlines as data: what starts, meets and ends a clock, by which law, and that no service forgets one."""

import datetime
import threading
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from claims.clocks.calendar import due_after, end_of_day
from claims.clocks.models import Clock, ClockRule, Event, Holiday, Kind
from claims.clocks.reading import next_clock, why
from claims.models import Claim, ClaimPayment
from claims.services import (
    appeal_claim,
    approve_claim,
    approve_payment,
    ask_information,
    assign_claim,
    close_claim,
    correct_jurisdiction,
    deny_claim,
    extend_clock,
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
from tests import needs
from tests.api.calling import Caller
from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder, started_claim, submitted_claim, superuser, supervisor
from tests.workbench.desk import desk_of, words
from vanguard.books import Looking, invariants
from vanguard.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound

pytestmark = pytest.mark.once

FRIDAY = datetime.date(2025, 12, 19)
HOLIDAYS = (datetime.date(2025, 12, 25), datetime.date(2026, 1, 1), datetime.date(2026, 1, 19))
ADDRESSES = {
    "US-CA": "1187 Alder Court, Sacramento CA",
    "US-TX": "1 Main St, Austin, TX 78701",
    "US-IA": "1 Main St, Des Moines, IA 50309",
    "US-PA": "1 Main St, Harrisburg, PA 17101",
    "": "Lindenweg 3, Bern",
}


def day(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(hour=15, tzinfo=datetime.UTC)


def in_state(state: str, **fields: Any) -> Claim:
    """A claim that was filed on a policy of somebody who lives there."""
    policy = PolicyFactory.create(
        customer=CustomerFactory.create(address=ADDRESSES[state]), start_date=day("2025-06-01"), end_date=day("2027-05-31")
    )
    given = {"incident_date": day("2025-12-18"), "reported_date": day("2025-12-19")} | fields
    return submitted_claim(policy, **given)


def running(claim: Claim) -> dict[str, tuple[str, str, str]]:
    """By kind: the day on which it is due, its sentence and its citation."""
    rows = claim.clocks.running().select_related("rule")
    return {clock.kind: (f"{clock.due_at:%Y-%m-%d}", why(clock), clock.rule.citation) for clock in rows}


def ended(claim: Claim) -> dict[str, tuple[str, bool]]:
    """By kind: what ended it last, and whether it was met by that."""
    rows = claim.clocks.exclude(ended_at=None).order_by("ended_at", "started_at")
    return {clock.kind: (clock.ended_by, clock.met) for clock in rows}


def follows(claim: Claim) -> bool:
    """Whether the claim's deadline is that of its next clock."""
    fresh = Claim.objects.get(pk=claim.pk)
    clock = next_clock(fresh)
    return fresh.due_at == (clock.due_at if clock else None)


# -- The calendar
@pytest.mark.django_db
def test_the_holidays_of_that_example_are_in_the_book_and_no_other_day_around_them_is() -> None:
    between = Holiday.objects.filter(date__range=(FRIDAY, datetime.date(2026, 1, 28)))
    assert tuple(between.values_list("date", flat=True)) == HOLIDAYS


@pytest.mark.django_db
def test_a_holiday_at_the_weekend_is_kept_on_the_working_day_beside_it() -> None:
    days = set(Holiday.objects.values_list("date", flat=True))
    assert {datetime.date(2021, 12, 24), datetime.date(2021, 12, 31), datetime.date(2022, 6, 20), datetime.date(2026, 7, 3)} <= days
    assert datetime.date(2021, 12, 25) not in days
    assert (min(days).year, max(days).year) == (2008, 2035)
    assert all(each.weekday() < 5 for each in days)


def test_the_last_day_counts_whole_and_is_that_of_utc_whatever_the_offset() -> None:
    evening = datetime.datetime(2026, 1, 1, 20, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=-8)))
    assert end_of_day(evening) == datetime.datetime(2026, 1, 2, 23, 59, 59, 999999, tzinfo=datetime.UTC)
    assert due_after(evening, 1, business=True) == datetime.datetime(2026, 1, 5, 23, 59, 59, 999999, tzinfo=datetime.UTC)


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
    holidays = set(Holiday.objects.values_list("date", flat=True))
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


# -- Putting off
def texan(person: Any, reported: datetime.datetime | None = None) -> tuple[Claim, Clock]:
    policy = PolicyFactory.create(customer=CustomerFactory.create(address=ADDRESSES["US-TX"]))
    at = reported or timezone.now() - datetime.timedelta(days=2)
    claim = started_claim(person, policy, reported_date=at, incident_date=at - datetime.timedelta(days=1))
    return claim, claim.clocks.get(kind=Kind.DECIDE, ended_at=None)


@pytest.mark.django_db
def test_texas_lets_a_decision_be_put_off_once_by_forty_five_days_from_the_notice() -> None:
    person = adjuster()
    claim, clock = texan(person)
    before = clock.due_at
    extended = extend_clock(person, claim.pk, clock.pk, reason="The expert is away")
    clock.refresh_from_db()
    assert clock.due_at == end_of_day(timezone.now() + datetime.timedelta(days=45))
    assert (clock.extended_from, clock.extended_by, clock.extension_reason) == (before, person, "The expert is away")
    assert "put off by 45 days" in why(clock)
    assert extended.due_at == min(claim.clocks.running().values_list("due_at", flat=True))
    assert extended.transitions.last().command == "extend"  # type: ignore[union-attr]
    with pytest.raises(Conflict) as refused:
        extend_clock(person, claim.pk, clock.pk, reason="Still away")
    assert refused.value.code == "already_extended"
    assert follows(claim)


@pytest.mark.django_db
def test_what_no_rule_puts_off_what_is_over_and_what_is_anothers_is_refused() -> None:
    person = adjuster()
    claim, clock = texan(person)
    other, _ = texan(person)
    late, overdue = texan(person, timezone.now() - datetime.timedelta(days=60))
    status = claim.clocks.get(kind=Kind.STATUS)
    met = claim.clocks.get(kind=Kind.ACKNOWLEDGE)
    cases = ((claim, status, "no_extension"), (claim, met, "not_running"), (late, overdue, "too_late"))
    for on, which, code in cases:
        with pytest.raises(Conflict) as refused:
            extend_clock(person, on.pk, which.pk, reason="Please")
        assert refused.value.code == code
    for key in (clock.pk, uuid4()):
        with pytest.raises(NotFound):
            extend_clock(person, other.pk, key, reason="Please")
    with pytest.raises(Invalid):
        extend_clock(person, claim.pk, clock.pk, reason=" ")
    with pytest.raises(NotAllowed):
        extend_clock(adjuster(), claim.pk, clock.pk, reason="Not mine")


# -- Rules are data
@pytest.mark.django_db
def test_a_law_that_changes_counts_for_clocks_that_start_from_then_on_and_rewrites_none() -> None:
    before = in_state("US-TX")
    ClockRule.objects.create(
        jurisdiction="US-TX", kind=Kind.DECIDE, action="Approve or deny", starts=Event.REPORT, stops=Event.DECISION,
        days=10, counts="calendar", citation="Texas Ins. Code 542.056, new", valid_from="2026-01-01",
    )  # fmt: skip
    later = in_state("US-TX", incident_date=day("2026-01-04"), reported_date=day("2026-01-05"))
    assert running(before)["decide"][0] == "2026-01-13"
    assert running(later)["decide"] == ("2026-01-15", "10 days after the report, 5 Jan", "Texas Ins. Code 542.056, new")


@pytest.mark.django_db
def test_a_rule_that_has_ended_leaves_the_field_to_the_companys() -> None:
    ClockRule.objects.filter(jurisdiction="US-PA").update(valid_to="2025-12-19")
    assert running(in_state("US-PA"))["decide"][0] == "2026-01-28"


@pytest.mark.django_db
def test_a_holiday_of_one_state_is_none_elsewhere() -> None:
    Holiday.objects.create(jurisdiction="US-TX", date="2025-12-26", name="Day after Christmas")
    assert running(in_state("US-TX"))["decide"][0] == "2026-01-14"
    assert running(in_state("US-PA"))["decide"][0] == "2026-01-13"


@pytest.mark.django_db
def test_the_database_holds_one_running_clock_of_a_kind_on_a_claim() -> None:
    claim = in_state("US-CA")
    clock = claim.clocks.get(kind=Kind.DECIDE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Clock.objects.create(
            claim=claim, rule=clock.rule, kind=clock.kind, days=1, since=clock.since, started_at=clock.started_at, due_at=clock.due_at
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Clock.objects.filter(pk=clock.pk).update(met=True)


@pytest.mark.django_db
def test_a_claim_of_a_book_that_was_taken_over_gets_its_clocks_when_it_is_taken_up_again() -> None:
    person, claim = supervisor(), in_state("US-CA")
    start_claim(person, claim.pk)
    deny_claim(person, claim.pk, reason="Rust", reason_code="excluded_peril")
    close_claim(person, claim.pk)
    kept = list(claim.clocks.order_by("started_at", "kind").values_list("kind", "started_at__date", "due_at", "ended_by", "met"))
    claim.clocks.all().delete()
    reopen_claim(person, claim.pk, reason="A new report")
    again = claim.clocks.exclude(since=Event.REOPENING).order_by("started_at", "kind")
    assert list(again.values_list("kind", "started_at__date", "due_at", "ended_by", "met")) == kept
    assert set(running(claim)) == {"decide_again", "status"}
    assert follows(claim)


@pytest.mark.django_db
def test_approving_a_payment_as_second_person_means_nothing_to_clocks() -> None:
    maya, claim = adjuster(), in_state("US-CA")
    start_claim(maya, claim.pk)
    approve_claim(maya, claim.pk)
    asked = pay_claim(maya, claim.pk, payee="Somebody else")
    payment = asked.payments.get()
    if payment.status == "requested":
        approve_payment(supervisor(), payment.pk)
    assert set(running(claim)) == {"pay", "close"}


# -- Through the other doors
@pytest.mark.django_db
def test_the_api_tells_the_deadlines_and_puts_one_off() -> None:
    person = adjuster()
    claim, clock = texan(person)
    caller, holder = Caller(person), Caller(policyholder(claim.policy.customer))
    told = {row["kind"]: row for row in caller.get(f"/claims/{claim.pk}/clocks").data}
    assert (told["acknowledge"]["met"], told["acknowledge"]["endedBy"], told["acknowledge"]["breached"]) == (True, "acknowledgement", False)
    assert (told["decide"]["citation"], told["decide"]["extensionDays"]) == ("Texas Ins. Code 542.056", 45)
    assert told["decide"]["reason"].startswith("15 business days after the report")
    url = f"/claims/{claim.pk}/clocks/{clock.pk}/extend"
    assert caller.post(url, {"reason": " "}).status == 422
    assert caller.post(url, {"reason": "The expert is away"}).status == 200
    assert caller.post(url, {"reason": "Still away"}).status == 409
    again = {row["kind"]: row for row in caller.get(f"/claims/{claim.pk}/clocks").data}
    assert ("extensionDays" in again["decide"], again["decide"]["extensionReason"]) == (False, "The expert is away")
    assert (holder.get(f"/claims/{claim.pk}/clocks").status, holder.post(url, {"reason": "Please"}).status) == (403, 403)


@pytest.mark.django_db
def test_the_api_files_under_a_state_and_corrects_it() -> None:
    caller, policy = Caller(adjuster()), PolicyFactory.create()
    loss = (timezone.now() - datetime.timedelta(days=3)).isoformat()
    notice = {"policyId": str(policy.pk), "claimType": "fire", "claimAmount": "900.00", "incidentDate": loss}
    filed = caller.post("/claims", notice | {"jurisdiction": "US-PA"})
    assert (filed.status, filed.data["jurisdiction"]) == (201, "US-PA")
    assert caller.post("/claims", notice | {"jurisdiction": "PA", "claimType": "wind"}).errors == {"jurisdiction": "unknown"}
    moved = caller.post(f"/claims/{filed.data['id']}/jurisdiction", {"jurisdiction": "", "reason": "It is in Ontario"})
    assert (moved.status, "jurisdiction" in moved.data) == (200, False)
    assert caller.post(f"/claims/{filed.data['id']}/inquire", {"reason": "File 17-4"}).status == 200
    assert caller.post(f"/claims/{filed.data['id']}/answer", {"reason": "Explained"}).status == 200
    assert caller.post(f"/claims/{filed.data['id']}/answer", {"reason": "Explained"}).status == 409


@pytest.mark.django_db
def test_the_claim_page_shows_each_deadline_with_its_citation_and_puts_one_off() -> None:
    person = adjuster()
    claim, clock = texan(person)
    desk = desk_of(person)
    page = words(desk.get(f"/admin/claims/claim/{claim.pk}/change/"))
    for part in ("Deadlines Texas", "15 business days after the report", "Texas Ins. Code 542.056.", "Met due", "by the acknowledgement"):
        assert part in page
    sent = desk.post(
        f"/admin/claims/claim/{claim.pk}/extend/", {"clock": str(clock.pk), "reason": "The expert is away", "version": claim.version}
    )
    assert sent.status_code == 302
    assert "The expert is away" in words(desk.get(f"/admin/claims/claim/{claim.pk}/change/"))
    row = words(desk.get("/admin/claims/claim/?view=mine"))
    assert "after the report" in row
    moved = desk.post(f"/admin/claims/claim/{claim.pk}/jurisdiction/", {"jurisdiction": "US-CA", "reason": "Moved"})
    assert moved.status_code == 302
    assert Claim.objects.get(pk=claim.pk).jurisdiction == "US-CA"


@pytest.mark.django_db
def test_a_first_notice_on_the_page_names_the_state() -> None:
    policy, now = PolicyFactory.create(), timezone.localtime() - datetime.timedelta(days=1)
    sent = {"policy": policy.policy_number, "claim_type": "fire", "claim_amount": "900.00", "incident_date": now.strftime("%Y-%m-%dT%H:%M")}
    desk = desk_of(adjuster())
    for chosen, state in (("", "US-CA"), ("US-TX", "US-TX"), ("standard", "")):
        desk.post("/admin/claims/claim/add/", sent | {"jurisdiction": chosen, "claim_type": f"fire {chosen}".strip()})
        assert Claim.objects.latest("created_at").jurisdiction == state


@pytest.mark.django_db
def test_a_rule_that_counts_can_only_be_given_an_end_and_supervisors_add_the_next_one() -> None:
    rule = ClockRule.objects.get(jurisdiction="US-TX", kind=Kind.PAY)
    desk = desk_of(supervisor())
    url = f"/admin/clocks/clockrule/{rule.pk}/change/"
    assert desk.post(url, {"days": "50", "valid_to": "2030-01-01"}).status_code == 302
    rule.refresh_from_db()
    assert (rule.days, rule.valid_to) == (5, datetime.date(2030, 1, 1))
    new = {
        "jurisdiction": "US-TX", "kind": "pay", "action": "Issue the payment", "starts": "approval", "stops": "payment", "days": "7",
        "counts": "business", "citation": "Texas Ins. Code 542.057, new", "valid_from": "2030-01-01",
    }  # fmt: skip
    assert desk.post("/admin/clocks/clockrule/add/", new).status_code == 302
    assert "What starts it cannot meet it." in words(desk.post("/admin/clocks/clockrule/add/", new | {"stops": "approval"}))
    assert (
        desk.post(
            "/admin/clocks/holiday/add/", {"date": "2027-03-02", "name": "Texas Independence Day", "jurisdiction": "US-TX"}
        ).status_code
        == 302
    )
    assert desk_of(adjuster()).get("/admin/clocks/clockrule/add/").status_code == 403


@pytest.mark.django_db
def test_the_books_find_a_deadline_that_has_drifted_and_a_claim_that_has_lost_its_clocks() -> None:
    right, drifted, lost, closed = (in_state(state) for state in ("US-CA", "US-TX", "US-IA", "US-PA"))
    Claim.objects.filter(pk=drifted.pk).update(due_at=timezone.now())
    Clock.objects.filter(claim=lost).delete()
    person = supervisor()
    start_claim(person, closed.pk)
    deny_claim(person, closed.pk, reason="Rust", reason_code="excluded_peril")
    close_claim(person, closed.pk)
    Clock.objects.filter(claim=closed, kind=Kind.CLOSE).update(ended_at=None, ended_by="", met=False)
    [invariant] = [each for each in invariants() if each.name == "claim_deadline"]
    found = {offender.name: offender.says for offender in invariant.find(Looking()).offenders}
    assert found == {
        drifted.claim_number: "The claim says another deadline than its next clock.",
        lost.claim_number: "The file is open, and no clock runs.",
        closed.claim_number: "The file is closed, and a clock still runs.",
    }
    assert right.claim_number not in found


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_who_put_one_deadline_off_at_once_one_does() -> None:
    person = superuser()
    claim, clock = texan(person)
    said: list[str] = []

    def run() -> None:
        try:
            extend_clock(person, claim.pk, clock.pk, reason="The expert is away")
            said.append("done")
        except DomainError as refused:
            said.append(refused.code)
        finally:
            connection.close()

    both = [threading.Thread(target=run) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(said) == ["already_extended", "done"]
    assert claim.transitions.filter(command="extend").count() == 1
