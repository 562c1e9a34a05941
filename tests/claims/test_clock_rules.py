"""Deadlines as data: holidays, rules that change or end, and what the books and the database hold."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from claims.clocks.calendar import due_after, end_of_day
from claims.clocks.models import Clock, ClockRule, Event, Holiday, Kind
from claims.clocks.running import days_off
from claims.models import Claim
from claims.services import (
    approve_claim,
    approve_payment,
    close_claim,
    deny_claim,
    pay_claim,
    reopen_claim,
    start_claim,
)
from tests.claims.clocks import day, follows, in_state, running
from tests.clock import SetClock
from tests.factories import adjuster, supervisor
from vanguard.books import Looking, invariants

pytestmark = pytest.mark.once
FRIDAY = datetime.date(2025, 12, 19)
HOLIDAYS = (datetime.date(2025, 12, 25), datetime.date(2026, 1, 1), datetime.date(2026, 1, 19))


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
def test_texas_counts_its_own_legal_holidays_and_no_others() -> None:
    """Tex. Ins. Code 542.051(1), Gov't Code 662.003 and 662.021."""
    texas = days_off(Holiday.objects.filter(date__year=2026), "US-TX")
    by_name = dict(Holiday.objects.filter(date__year=2026).values_list("date", "name"))
    assert {f"{each:%m-%d}" for each in texas} == {
        "01-01", "01-19", "02-16", "03-02", "04-21", "05-25", "06-19", "08-27", "09-07", "11-11", "11-26", "11-27", "12-25",
    }  # fmt: skip
    assert by_name[datetime.date(2026, 4, 21)] == "San Jacinto Day"
    # The Fourth is a Saturday: elsewhere it is kept on the Friday, in Texas on no day of business. Columbus Day is none there.
    assert {datetime.date(2026, 7, 3), datetime.date(2026, 10, 12)} <= days_off(Holiday.objects.filter(date__year=2026), "US-PA")
    assert all(Holiday.objects.filter(jurisdiction="US-TX").values_list("citation", flat=True))
    assert set(Holiday.objects.exclude(jurisdiction="").values_list("jurisdiction", flat=True)) == {"US-TX"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reported", "texas", "pennsylvania"),
    [
        ("2026-06-26", "2026-07-17", "2026-07-20"),  # 3 July is a business day in Texas
        ("2026-04-15", "2026-05-07", "2026-05-06"),  # 21 April is none
        ("2026-10-09", "2026-10-30", "2026-11-02"),  # Columbus Day is one
        ("2026-11-20", "2026-12-15", "2026-12-14"),  # the Friday after Thanksgiving is none
    ],
)
def test_fifteen_business_days_are_those_of_the_state(
    monkeypatch: pytest.MonkeyPatch, reported: str, texas: str, pennsylvania: str
) -> None:
    at = {"incident_date": day(reported) - datetime.timedelta(days=1), "reported_date": day(reported)}
    SetClock(monkeypatch).set("2026-12-31")
    assert running(in_state("US-TX", **at))["decide"][0] == texas
    assert running(in_state("US-PA", **at))["decide"][0] == pennsylvania


@pytest.mark.django_db
def test_only_a_state_can_leave_a_holiday_out() -> None:
    nowhere = Holiday(date=datetime.date(2026, 3, 5), name="Some day", is_business_day=True)
    with pytest.raises(ValidationError, match="Name the state in which it is a business day"):
        nowhere.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        nowhere.save()


@pytest.mark.django_db
def test_a_holiday_that_is_added_or_left_out_moves_no_clock_that_has_started() -> None:
    texan = in_state("US-TX")
    before = running(texan)["decide"][0]
    Holiday.objects.create(jurisdiction="US-TX", date="2025-12-29", name="A day of mourning")
    Holiday.objects.create(jurisdiction="US-TX", date="2025-12-25", name="Christmas Day", is_business_day=True)
    assert running(texan)["decide"][0] == before


@pytest.mark.django_db
def test_the_next_notice_goes_by_a_holiday_or_rule_that_has_just_changed() -> None:
    """What follows from rules and holidays is remembered from one notice to the next, and only for as long as they stand."""
    assert running(in_state("US-TX"))["decide"][0] == running(in_state("US-TX"))["decide"][0] == "2026-01-13"
    added = Holiday.objects.create(jurisdiction="US-TX", date="2025-12-26", name="Day after Christmas")
    assert running(in_state("US-TX"))["decide"][0] == "2026-01-14"
    assert running(in_state("US-PA"))["decide"][0] == "2026-01-13"
    added.delete()
    ClockRule.objects.filter(jurisdiction="US-TX", kind=Kind.DECIDE, starts=Event.REPORT).update(days=1)
    changed = running(in_state("US-TX"))["decide"][0]
    ClockRule.objects.filter(jurisdiction="US-TX", kind=Kind.DECIDE, starts=Event.REPORT).update(days=2)
    assert running(in_state("US-TX"))["decide"][0] > changed


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
