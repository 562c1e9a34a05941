"""What was known on a day: an as-of date shows what a report would have shown then."""

import pytest
from django.db import connection

from claims.models import Claim
from claims.reports.catalogue import CATALOGUE, make_report
from claims.reports.known import closed_by, open_at, reported_by
from claims.reports.periods import end_of
from claims.reports.question import Question, today
from claims.reports.tables import Report
from policies.models import Policy
from tests import needs
from tests.factories import adjuster, policyholder
from tests.reports.books import claim, close, day, decide, pay, reopen, small_book
from vanguard.errors import NotAllowed

pytestmark = pytest.mark.django_db


def at_end_of(text: str) -> dict[str, int]:
    until = end_of(day(text))
    return {
        "known": Claim.objects.filter(reported_by(until)).count(),
        "open": Claim.objects.filter(open_at(until)).count(),
        "closed": Claim.objects.filter(reported_by(until), closed_by(until)).count(),
    }


def test_a_claim_is_known_from_its_report_or_where_it_was_entered_later_from_then() -> None:
    claim("2020-03-01", entered="2020-07-07")
    assert at_end_of("2020-07-06")["known"] == 0
    assert at_end_of("2020-07-07")["known"] == 1


@needs.postgresql
def test_what_was_known_is_joined_and_not_looked_through_for_each_claim() -> None:
    """A question inside a condition would be asked for each of a million claims, and was: the entries of an early day took four minutes."""
    with connection.cursor() as cursor:
        # As of a book that is so large that scans are dear.
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Claim.objects.filter(reported_by(end_of(day("2020-06-30")))).order_by().explain()
    assert "Anti Join" in plan
    assert "SubPlan" not in plan


def test_a_file_that_was_reopened_is_closed_in_between() -> None:
    reopen(close(decide(claim("2020-02-01"), "2020-02-10"), "2020-03-01"), "2020-06-01")
    found = {text: at_end_of(text) for text in ("2020-02-28", "2020-03-01", "2020-05-31", "2020-06-01")}
    assert [(each["open"], each["closed"]) for each in found.values()] == [(1, 0), (0, 1), (0, 1), (1, 0)]


def test_a_file_that_was_closed_twice_is_open_in_between() -> None:
    again = reopen(close(decide(claim("2020-02-01"), "2020-02-10"), "2020-03-01"), "2020-06-01")
    close(decide(again, "2020-07-01"), "2020-08-01")
    assert [at_end_of(text)["open"] for text in ("2020-02-10", "2020-04-01", "2020-06-02", "2020-09-01")] == [1, 0, 1, 0]


def test_a_day_ends_at_midnight_utc() -> None:
    made = claim("2020-03-01")
    Claim.objects.filter(pk=made.pk).update(reported_date=end_of(day("2020-03-01")))
    assert at_end_of("2020-03-01")["known"] == 0
    assert at_end_of("2020-03-02")["known"] == 1


def raw(report: Report) -> list[list[object]]:
    return [[figure.value for figure in row] for table in report.tables for row in (*table.rows, table.foot)]


@pytest.mark.parametrize("name", [name for name in CATALOGUE if name != "bordereau"])
def test_what_happens_later_changes_nothing_in_what_was_known(name: str) -> None:
    small_book()
    then = Question(day("2020-04-30"), year=2020)
    before = raw(make_report(name, then, user=None))
    assert before
    auto = Policy.objects.get(policy_type="personal_auto")
    close(pay(decide(claim("2020-05-01", auto), "2020-06-01"), "2020-06-02"), "2020-06-03")
    claim("2020-04-01", auto, entered="2020-05-05")
    close(pay(Claim.objects.get(claim_number="R-00004"), "2020-08-02", "3000.00"), "2020-08-03")
    after = raw(make_report(name, then, user=None))
    assert after == before


def test_who_may_not_view_reports_is_refused() -> None:
    assert make_report("inventory", Question(today()), user=adjuster()).name == "inventory"
    with pytest.raises(NotAllowed):
        make_report("inventory", Question(today()), user=policyholder())
