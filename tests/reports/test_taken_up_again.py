"""Claims that are worked on again after their decision: an appeal or a reopening changes nothing of what was known before it."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from claims.models import Claim
from claims.reports.bordereau import Line, lines_of
from claims.reports.catalogue import make_report
from claims.reports.incurred import incurred_at
from claims.reports.periods import bounds, end_of
from claims.reports.question import Question
from claims.reports.tables import Report
from claims.reports.triangle import Cell, triangle
from claims.services import (
    appeal_claim,
    approve_claim,
    clear_payment,
    close_claim,
    deny_claim,
    pay_claim,
    reopen_claim,
    start_claim,
    update_claim,
)
from tests.clock import SetClock
from tests.factories import submitted_claim, supervisor
from tests.reports.books import at, day, policy

# Nothing of this is read from the log of changes, which each database reads in its own words: a step says what was claimed before it. On
# PostgreSQL `make test` asks for files that were opened again in test_figures and test_as_of, for corrected amounts in test_corrections.
pytestmark = [pytest.mark.django_db, pytest.mark.rule]
D = Decimal


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    return SetClock(monkeypatch)


def reported(clock: SetClock) -> Claim:
    """5,000.00 claimed on 5 January 2020 under a deductible of 1,000.00."""
    clock.set("2020-01-05 12:01")
    return submitted_claim(policy(start="2020-01-01"), incident_date=at("2020-01-04"), reported_date=at("2020-01-05"))


def settled_below_the_estimate(clock: SetClock) -> Claim:
    """2,500.00 of an estimate of 4,000.00 approved on 10 January, paid on the 15th, closed on the 20th."""
    claim = reported(clock)
    clock.set("2020-01-10 12:00")
    claim = approve_claim(None, start_claim(None, claim.pk).pk, amount=D("2500.00"))
    clock.set("2020-01-15 12:00")
    pay_claim(None, claim.pk)
    clear_payment(None, claim.payments.get().pk)
    clock.set("2020-01-20 12:00")
    return close_claim(None, claim.pk)


def denied_and_closed(clock: SetClock) -> Claim:
    claim = reported(clock)
    clock.set("2020-01-10 12:00")
    claim = deny_claim(None, start_claim(None, claim.pk).pk, reason="Rust", reason_code="excluded_peril")
    clock.set("2020-02-10 12:00")
    return close_claim(None, claim.pk)


def appealed(clock: SetClock) -> Claim:
    claim = denied_and_closed(clock)
    clock.set("2020-05-05 12:00")
    return appeal_claim(None, claim.pk, reason="No rust")


def reopened(clock: SetClock) -> Claim:
    claim = settled_below_the_estimate(clock)
    clock.set("2020-05-05 12:00")
    return reopen_claim(None, claim.pk, reason="The other wall")


def incurred(known_on: str) -> Decimal:
    until = end_of(day(known_on))
    cost = Claim.objects.annotate(cost=incurred_at(until)).get().cost
    moved = sum(cell.value for cell in triangle("incurred", "year", "month", None, day(known_on), user=None))
    assert moved == cost, known_on
    return D(cost)


def line(month: str) -> Line:
    return sum(lines_of(*bounds(month)).values(), Line())


def raw(report: Report) -> list[list[object]]:
    return [[figure.value for figure in row] for table in report.tables for row in (*table.rows, table.foot)]


def open_claims(known_on: str) -> list[object]:
    """The last line of the inventory: all, how many, what was claimed, what is outstanding. Empty where no claim was open."""
    return [figure.value for figure in make_report("inventory", Question(day(known_on)), user=None).tables[0].foot]


# -- Open, closed, decided
def test_a_file_that_was_closed_before_its_appeal_is_closed_in_between(clock: SetClock) -> None:
    appealed(clock)
    assert triangle("closed", "year", "month", None, day("2020-03-31"), user=None) == [Cell("2020", "2020-02", 1)]
    assert open_claims("2020-03-31") == []
    assert triangle("closed", "year", "month", None, day("2020-05-31"), user=None) == []
    assert open_claims("2020-05-31")[1] == 1


def test_a_bordereau_counts_an_appealed_file_as_opened_again(clock: SetClock) -> None:
    appealed(clock)
    assert [(line(month).opening, line(month).reopened, line(month).closed) for month in ("2020-02", "2020-05")] == [(1, 0, 1), (0, 1, 0)]
    assert [line(f"2020-{month:02d}").off for month in range(1, 8)] == [(0, D(0))] * 7


def test_cycle_time_keeps_the_first_decision_while_an_appeal_is_open_and_after_it(clock: SetClock) -> None:
    claim = appealed(clock)
    question = Question(day("2020-12-31"))
    before = raw(make_report("cycle-time", question, user=None))
    assert before[0][:3] == ["2020", 1, D("5.00")]
    clock.set("2020-07-01 12:00")
    approve_claim(None, claim.pk, amount=D("2500.00"))
    assert raw(make_report("cycle-time", question, user=None)) == before


def test_the_rows_behind_the_cycle_time_are_those_that_it_counts(client: Client, clock: SetClock) -> None:
    claim = appealed(clock)
    client.force_login(supervisor())
    page = client.get("/admin/claims/claim/", {"view": "all", "rows": "decided:2020-12-31::2020::closed"}).content.decode()
    assert claim.claim_number in page


# -- Money
def test_reopening_changes_nothing_of_what_was_incurred_before_it(clock: SetClock) -> None:
    reopened(clock)
    days = ("2020-01-05", "2020-01-10", "2020-01-31", "2020-05-04", "2020-05-31")
    assert [incurred(each) for each in days] == [D(4000), D(2500), D(2500), D(2500), D(4000)]


def test_the_month_of_a_reopening_shows_what_it_may_cost_and_both_sums_meet(clock: SetClock) -> None:
    reopened(clock)
    may = line("2020-05")
    assert (may.opening_outstanding, may.incurred, may.paid, may.closing_outstanding) == (D(0), D(1500), D(0), D(1500))
    january = line("2020-01")
    assert (january.incurred, january.paid, january.closing_outstanding) == (D(2500), D(2500), D(0))
    assert [line(f"2020-{month:02d}").off for month in range(1, 8)] == [(0, D(0))] * 7


def test_a_second_decision_moves_what_is_incurred_when_it_is_made(clock: SetClock) -> None:
    claim = reopened(clock)
    clock.set("2020-06-10 12:00")
    approve_claim(None, claim.pk, amount=D("700.00"))
    assert [incurred(each) for each in ("2020-01-31", "2020-05-31", "2020-06-30")] == [D(2500), D(4000), D(3200)]


def test_a_denial_after_a_reopening_leaves_what_was_paid(clock: SetClock) -> None:
    claim = reopened(clock)
    clock.set("2020-06-10 12:00")
    deny_claim(None, claim.pk, reason="Rust", reason_code="excluded_peril")
    assert [incurred(each) for each in ("2020-05-31", "2020-06-30")] == [D(4000), D(2500)]
    assert line("2020-06").off == (0, D(0))


def test_an_appeal_changes_nothing_of_what_was_incurred_before_it(clock: SetClock) -> None:
    appealed(clock)
    assert [incurred(each) for each in ("2020-01-05", "2020-01-31", "2020-04-30", "2020-05-31")] == [D(4000), D(0), D(0), D(4000)]


def test_a_corrected_amount_counts_from_its_correction(clock: SetClock) -> None:
    claim = reported(clock)
    clock.set("2020-02-10 12:00")
    update_claim(None, claim.pk, version=None, changes={"claim_amount": D("9000.00")})
    clock.set("2020-03-10 12:00")
    update_claim(None, claim.pk, version=None, changes={"claim_amount": D("3000.00")})
    assert [incurred(each) for each in ("2020-01-31", "2020-02-29", "2020-03-31")] == [D(4000), D(8000), D(2000)]
    claimed = [open_claims(each)[2] for each in ("2020-01-31", "2020-02-29", "2020-03-31")]
    assert claimed == [D(5000), D(9000), D(3000)]


def test_a_correction_of_something_else_moves_no_money(clock: SetClock) -> None:
    claim = reported(clock)
    clock.set("2020-02-10 12:00")
    update_claim(None, claim.pk, version=None, changes={"description": "Two walls"})
    assert [incurred(each) for each in ("2020-01-31", "2020-02-29")] == [D(4000), D(4000)]


@pytest.mark.parametrize("make", [denied_and_closed, settled_below_the_estimate])
@pytest.mark.parametrize("name", ["development", "loss-ratio", "inventory", "cycle-time"])
def test_what_is_taken_up_again_later_changes_no_report_of_a_day_before(
    name: str, make: Callable[[SetClock], Claim], clock: SetClock
) -> None:
    claim = make(clock)
    clock.set("2020-05-05 12:00")
    then = Question(day("2020-03-31"), year=2020)
    before = raw(make_report(name, then, user=None))
    (appeal_claim if claim.status == "denied" else reopen_claim)(None, claim.pk, reason="Look again")
    assert raw(make_report(name, then, user=None)) == before
