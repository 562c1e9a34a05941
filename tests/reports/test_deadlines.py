"""Deadlines missed: by the clocks of claims that have some, and by the moments of those of a book that was taken over."""

import datetime

import pytest
from django.utils import timezone

from claims.clocks.calendar import last_day
from claims.clocks.models import Clock, Holiday, Kind
from claims.clocks.running import days_off
from claims.folder import Occasion
from claims.models import Claim
from claims.oversight.pack.clocks import clocks_of
from claims.oversight.rehearsal import ClockRehearsal, rehearse
from claims.reports.catalogue import make_report
from claims.reports.question import Question
from claims.reports.rows import rows_of
from claims.services import deny_claim, start_claim
from tests.factories import CustomerFactory, PolicyFactory, adjuster, submitted_claim
from tests.reports.books import claim, close, day, decide, pay, policy

pytestmark = pytest.mark.django_db


def told(known_on: str, year: int) -> dict[str, dict[str, object]]:
    """The report's rows by the deadline, with the figures' values; each figure is as many claims as lie behind it."""
    [table] = make_report("deadlines", Question(day(known_on), year=year), user=None).tables
    found: dict[str, dict[str, object]] = {}
    for row in table.rows:
        for column, figure in zip(table.columns, row, strict=True):
            # The share leads to those of which it is one.
            if figure.rows is not None and column.name != "share":
                assert rows_of(figure.rows).count() == figure.value
        found[str(row[0].value)] = {column.name: figure.value for column, figure in zip(table.columns, row, strict=True)}
    return found


def of_texas(reported: str, decided: str) -> Claim:
    made = decide(claim(reported, policy(start="2020-01-01")), decided)
    Claim.objects.filter(pk=made.pk).update(jurisdiction="US-TX")
    return made


def test_a_book_that_was_taken_over_is_held_against_the_business_days_of_its_state() -> None:
    holidays = days_off(Holiday.objects.all(), "US-TX")
    start = datetime.date(2020, 6, 19)
    due = last_day(start, 15, business=True, holidays=holidays)
    assert due == datetime.date(2020, 7, 13)  # Independence Day is kept on Friday the third
    of_texas("2020-06-19", "2020-07-13")
    of_texas("2020-06-19", "2020-07-14")
    row = told("2020-12-31", 2020)["Approve or deny"]
    assert (row["due"], row["met"], row["missed"], row["open"]) == (2, 1, 1, 0)
    assert row["rule"] == "15 business days after the report, Texas Ins. Code 542.056"


def test_every_day_of_a_year_is_counted_in_the_database_as_it_is_in_python() -> None:
    holidays = days_off(Holiday.objects.all(), "US-TX")
    late = 0
    for number in range(0, 366, 9):
        start = datetime.date(2020, 1, 1) + datetime.timedelta(days=number)
        due = last_day(start, 15, business=True, holidays=holidays)
        kept = number % 2 == 0
        decided = due if kept else due + datetime.timedelta(days=1)
        if decided.year == 2020:
            of_texas(start.isoformat(), decided.isoformat())
            late += not kept
    row = told("2021-12-31", 2020)["Approve or deny"]
    assert (row["missed"], row["met"]) == (late, int(str(row["due"])) - late)


def test_clocks_of_their_own_count_with_their_citation_and_what_only_waited_does_not() -> None:
    person, now = adjuster(), timezone.now()
    on = PolicyFactory.create(
        customer=CustomerFactory.create(address="1 Main St, Austin, TX 78701"), start_date=now - datetime.timedelta(days=300)
    )
    made = submitted_claim(on, incident_date=now - datetime.timedelta(days=61), reported_date=now - datetime.timedelta(days=60))
    start_claim(person, made.pk)
    known, year = now.date().isoformat(), (now - datetime.timedelta(days=20)).year
    row = told(known, year)["Approve or deny"]
    assert (row["due"], row["met"], row["missed"], row["open"]) == (1, 0, 1, 1)
    assert row["rule"] == "15 business days after the report, Texas Ins. Code 542.056"
    deny_claim(person, made.pk, reason="Rust", reason_code="excluded_peril")
    row = told(known, year)["Approve or deny"]
    assert (row["missed"], row["open"]) == (1, 0)
    Clock.objects.filter(claim=made, kind=Kind.DECIDE).update(ended_by="request", met=False, ended_at=made.reported_date)
    assert "Approve or deny" not in told(known, year)


def test_one_states_days_are_rehearsed_and_those_of_others_are_left_alone() -> None:
    person, now = adjuster(), timezone.now() + datetime.timedelta(seconds=1)
    made = {}
    for state, address in (("US-TX", "1 Main St, Austin, TX 78701"), ("US-CA", "1 Main St, Sacramento, CA 95814")):
        on = PolicyFactory.create(customer=CustomerFactory.create(address=address))
        made[state] = submitted_claim(on, incident_date=now - datetime.timedelta(days=13), reported_date=now - datetime.timedelta(days=12))
        start_claim(person, made[state].pk)
        deny_claim(person, made[state].pk, reason="Rust", reason_code="excluded_peril")
    texan = rehearse(ClockRehearsal("decide", 5, "US-TX"), now)
    assert (texan.examined, [(each.claim_number, each.change) for each in texan.changed]) == (
        1,
        [(made["US-TX"].claim_number, "Would be missed")],
    )
    assert rehearse(ClockRehearsal("decide", 5), now).examined == 2
    assert rehearse(ClockRehearsal("decide", 5, ""), now).examined == 0


def test_a_pack_tells_the_clocks_of_a_book_that_was_taken_over_by_its_steps() -> None:
    made = close(
        pay(decide(claim("2020-06-19", policy(start="2020-01-01")), "2020-07-14", started="2020-06-20"), "2020-07-20"), "2020-09-01"
    )
    Claim.objects.filter(pk=made.pk).update(jurisdiction="US-TX")
    fresh = Claim.objects.get(pk=made.pk)
    steps = list(fresh.transitions.order_by("at", "id"))
    ran = {each.action: each for each in clocks_of(Occasion(fresh, timezone.now(), None, steps))}
    assert (ran["Approve or deny"].outcome, ran["Approve or deny"].citation) == ("missed", "Texas Ins. Code 542.056")
    assert (ran["Approve or deny"].jurisdiction, ran["Acknowledge and start"].outcome) == ("Texas", "kept")
    assert ran["Close the file"].outcome == "missed"
    assert not Clock.objects.exists()
