"""Facts that are corrected afterwards: a report of a day before shows them as they were known then."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from claims.clocks.models import Clock, ClockRule, Event
from claims.models import Claim
from claims.oversight.services import verify_books
from claims.reports.catalogue import make_report
from claims.reports.punctuality import own_clocks
from claims.reports.question import Question, today
from claims.reports.rows import rows_of
from claims.reports.selection import Selection
from claims.reports.triangle import Value, triangle
from claims.services import (
    approve_claim,
    clear_payment,
    close_claim,
    correct_jurisdiction,
    deny_claim,
    pay_claim,
    reopen_claim,
    start_claim,
    stop_payment,
    update_claim,
    void_payment,
)
from tests.api.calling import Caller
from tests.clock import SetClock
from tests.factories import submitted_claim, supervisor
from tests.policies.test_coverages import bound
from tests.reports.books import at, day, policy
from tests.reports.test_taken_up_again import incurred, line, open_claims, raw

# What stood before a correction is read from the log of changes in each database's own words (claims.past.querying): no rule of both, and
# asked on PostgreSQL by no other test of reports. Those of here that read no log are marked as rules one by one.
pytestmark = pytest.mark.django_db
D = Decimal
REPORTS = ("development", "loss-ratio", "inventory", "cycle-time", "deadlines")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    return SetClock(monkeypatch)


def reported(clock: SetClock, **fields: Any) -> Claim:
    """A fire of 30 December 2019, 5,000.00 claimed on 5 January 2020 under a limit of 25,000.00 and a deductible of 1,000.00."""
    clock.set("2020-01-05 12:01")
    given: dict[str, Any] = {"claim_type": "fire", "incident_date": at("2019-12-30"), "reported_date": at("2020-01-05")}
    return submitted_claim(policy(start="2019-06-01"), **(given | fields))


def of(known_on: str) -> dict[str, list[list[object]]]:
    """Every report of a day, and every triangle, in figures."""
    asked = Question(day(known_on), year=2020, month=known_on[:7])
    found = {name: raw(make_report(name, asked, user=None)) for name in REPORTS}
    return found | {value: raw(make_report("development", Question(day(known_on), value=value), user=None)) for value in Value}


def moved_the_loss(claim: Claim) -> None:
    update_claim(None, claim.pk, version=None, changes={"incident_date": at("2020-01-02")})


def named_another_type(claim: Claim) -> None:
    update_claim(None, claim.pk, version=None, changes={"claim_type": "theft"})


def claimed_more(claim: Claim) -> None:
    update_claim(None, claim.pk, version=None, changes={"claim_amount": D("9000.00")})


def corrected_everything(claim: Claim) -> None:
    changes = {"incident_date": at("2020-01-02"), "claim_type": "theft", "claim_amount": D("700.00"), "description": "Two walls"}
    update_claim(None, claim.pk, version=None, changes=changes)


def corrected_twice(claim: Claim) -> None:
    moved_the_loss(claim)
    update_claim(None, claim.pk, version=None, changes={"incident_date": at("2020-01-03"), "claim_type": "wind"})


def through_the_api(claim: Claim) -> None:
    told = {"incidentDate": "2020-01-02T12:00:00+02:00", "claimType": "theft"}
    changed = Caller(supervisor()).patch(f"/claims/{claim.pk}", told, If_Match=f'"{claim.version}"')
    assert changed.status == 200, changed.text


def moved_to_another_state(claim: Claim) -> None:
    correct_jurisdiction(None, claim.pk, jurisdiction="US-TX", reason="The house is in Austin")


CORRECTIONS = (
    moved_the_loss,
    named_another_type,
    claimed_more,
    corrected_everything,
    corrected_twice,
    through_the_api,
    moved_to_another_state,
)


@pytest.mark.rule
def test_a_report_of_a_day_before_says_what_it_reads_and_one_of_today_need_not(clock: SetClock) -> None:
    reported(clock)
    clock.set(f"{today():%Y-%m-%d} 12:00")
    said = {known_on: " ".join(make_report("loss-ratio", Question(known_on), user=None).notes) for known_on in (day("2020-01-08"), today())}
    assert ["as it was known then" in notes for notes in said.values()] == [True, False]


@pytest.mark.parametrize("correct", CORRECTIONS)
def test_reports_as_of_yesterday_are_the_same_before_and_after_a_correction_today(
    correct: Callable[[Claim], None], clock: SetClock
) -> None:
    claim = reported(clock)
    clock.set("2020-01-09 12:00")
    yesterday, before = "2020-01-08", of("2020-01-08")
    assert open_claims(yesterday)[1] == 1
    correct(claim)
    clock.set("2020-01-20 12:00")
    assert of(yesterday) == before


@pytest.mark.rule
def test_a_deadline_that_a_correction_of_the_state_shortens_was_not_missed_before_it(clock: SetClock) -> None:
    rule = {"kind": "acknowledge", "action": "Acknowledge", "starts": "report", "stops": "acknowledgement", "days": 2, "citation": "NV 1"}
    ClockRule.objects.create(jurisdiction="US-NV", valid_from=day("2000-01-01"), **rule)
    claim = reported(clock)
    clock.set("2020-01-09 12:00")
    correct_jurisdiction(None, claim.pk, jurisdiction="US-NV", reason="The house is in Reno")
    clock.set("2020-01-20 12:00")
    missed = [raw(make_report("deadlines", Question(day(each), year=2020), user=None))[0] for each in ("2020-01-08", "2020-01-10")]
    assert [row[4] if row else 0 for row in missed] == [0, 1]


def test_deadlines_of_an_early_day_find_the_corrected_clocks_by_their_index_and_read_no_later_step() -> None:
    question = Question(day("2015-06-30"), year=2015)
    ended = Clock.objects.filter(ended_by=Event.CORRECTION, ended_at__gte=question.until).order_by().values("claim")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Of a table of nothing a scan is the cheapest.
            cursor.execute("SET LOCAL enable_seqscan = off")
            assert "clock_counted_anew" in ended.explain()
    assert "jurisdiction" not in str(own_clocks(question).values("pk").query)


def origin(known_on: str, period: str = "year") -> str:
    """The period of loss of the one claim that was reported."""
    [cell] = triangle("reported", period, period, None, day(known_on), user=None)
    return cell.origin


@pytest.mark.parametrize("correct", [moved_the_loss, corrected_everything, corrected_twice])
def test_a_loss_belongs_to_the_year_that_was_told_until_it_is_corrected(correct: Callable[[Claim], None], clock: SetClock) -> None:
    claim = reported(clock)
    clock.set("2020-01-09 12:00")
    correct(claim)
    clock.set("2020-01-20 12:00")
    assert [origin(each) for each in ("2020-01-08", "2020-01-09")] == ["2019", "2020"]
    rows = {
        (known_on, year): rows_of(Selection("known", day(known_on), "", (year,))).count()
        for known_on in ("2020-01-08", "2020-01-09")
        for year in ("2019", "2020")
    }
    assert rows == {("2020-01-08", "2019"): 1, ("2020-01-08", "2020"): 0, ("2020-01-09", "2019"): 0, ("2020-01-09", "2020"): 1}
    cells = [rows_of(Selection("reported", day("2020-01-08"), "", (year, "2020"))).count() for year in ("2019", "2020")]
    assert cells == [1, 0]


def test_a_correction_of_a_correction_shows_each_on_its_days(clock: SetClock) -> None:
    claim = reported(clock)
    for when, loss in (("2020-01-09 12:00", "2020-01-02"), ("2020-01-12 12:00", "2019-12-29")):
        clock.set(when)
        update_claim(None, claim.pk, version=None, changes={"incident_date": at(loss)})
    clock.set("2020-01-20 12:00")
    assert [origin(each, "month") for each in ("2020-01-08", "2020-01-10", "2020-01-13")] == ["2019-12", "2020-01", "2019-12"]


def test_cycle_time_counts_a_claim_under_the_type_that_was_known(clock: SetClock) -> None:
    claim = reported(clock)
    clock.set("2020-01-07 12:00")
    claim = approve_claim(None, start_claim(None, claim.pk).pk, amount=D("2500.00"))
    clock.set("2020-01-09 12:00")
    # Of a decided claim no fact is corrected before it is taken up again.
    reopen_claim(None, claim.pk, reason="It was no fire")
    named_another_type(claim)
    clock.set("2020-01-20 12:00")
    types = [make_report("cycle-time", Question(day(each), year=2020), user=None).tables[1].rows for each in ("2020-01-08", "2020-01-10")]
    assert [[row[0].value for row in rows] for rows in types] == [["Fire"], ["Theft"]]
    counted = {kind: rows_of(Selection("decided", day("2020-01-08"), "", ("2020", kind, ""))).count() for kind in ("fire", "theft")}
    assert counted == {"fire": 1, "theft": 0}


@pytest.mark.rule
def test_a_payment_that_is_voided_after_the_closing_stays_paid_in_reports_of_before(clock: SetClock) -> None:
    claim = reported(clock)
    clock.set("2020-01-10 12:00")
    claim = approve_claim(None, start_claim(None, claim.pk).pk, amount=D("2500.00"))
    pay_claim(None, claim.pk)
    clear_payment(None, claim.payments.get().pk)
    clock.set("2020-01-15 12:00")
    close_claim(None, claim.pk)
    clock.set("2020-03-10 12:00")
    before = of("2020-02-29")
    void_payment(None, claim.payments.get().pk, reason="It was never cashed")
    clock.set("2020-04-10 12:00")
    assert of("2020-02-29") == before
    assert [incurred(each) for each in ("2020-01-31", "2020-02-29", "2020-03-31")] == [D(2500), D(2500), D(0)]
    months = [line(f"2020-{month:02d}") for month in range(1, 5)]
    assert [each.off for each in months] == [(0, D(0))] * 4
    assert [each.incurred for each in months] == [D(2500), D(0), D(-2500), D(0)]


def corrected_paid_and_closed(clock: SetClock) -> Claim:
    """6,000.00 claimed on 5 January, corrected to 5,500.00 on the 8th, 4,500.00 paid on the 10th, closed on the 15th."""
    claim = reported(clock, claim_amount=D("6000.00"))
    clock.set("2020-01-08 12:00")
    update_claim(None, claim.pk, version=None, changes={"claim_amount": D("5500.00")})
    clock.set("2020-01-10 12:00")
    approve_claim(None, start_claim(None, claim.pk).pk)
    pay_claim(None, claim.pk)
    clear_payment(None, claim.payments.get().pk)
    clock.set("2020-01-15 12:00")
    return close_claim(None, claim.pk)


def is_off(row: str) -> bool:
    return verify_books([row]).results.get().findings.exists()


@pytest.mark.rule
def test_a_payment_that_is_voided_after_the_closing_is_incurred_no_more_though_the_amount_was_corrected(clock: SetClock) -> None:
    claim = corrected_paid_and_closed(clock)
    clock.set("2020-03-10 12:00")
    before = of("2020-02-29")
    void_payment(None, claim.payments.get().pk, reason="It was never cashed")
    clock.set("2020-04-10 12:00")
    assert of("2020-02-29") == before
    assert [incurred(each) for each in ("2020-01-31", "2020-02-29", "2020-03-31")] == [D(4500), D(4500), D(0)]
    assert [line(f"2020-{month:02d}").off for month in range(1, 5)] == [(0, D(0))] * 4
    assert line("2020-03").incurred == D(-4500)
    assert not is_off("claim_incurred_triangle")


@pytest.mark.rule
def test_a_payment_that_comes_back_under_an_approval_is_still_to_be_paid_and_after_a_denial_it_is_not(clock: SetClock) -> None:
    claim = corrected_paid_and_closed(clock)
    clock.set("2020-02-10 12:00")
    reopen_claim(None, claim.pk, reason="The other wall")
    clock.set("2020-02-20 12:00")
    deny_claim(None, claim.pk, reason="Rust", reason_code="excluded_peril")
    clock.set("2020-03-10 12:00")
    void_payment(None, claim.payments.get().pk, reason="It was never cashed")
    clock.set("2020-04-10 12:00")
    # The estimate of 4,500.00 again, what was paid, and nothing.
    assert [incurred(each) for each in ("2020-02-15", "2020-02-29", "2020-03-31")] == [D(4500), D(4500), D(0)]
    other = reported(clock, claim_amount=D("6000.00"))
    update_claim(None, other.pk, version=None, changes={"claim_amount": D("5500.00")})
    clock.set("2020-01-10 12:00")
    approve_claim(None, start_claim(None, other.pk).pk)
    pay_claim(None, other.pk)
    clock.set("2020-01-20 12:00")
    stop_payment(None, other.payments.get().pk, reason="The cheque was lost")
    clock.set("2020-04-10 12:00")
    assert [figure.value for figure in make_report("inventory", Question(day("2020-01-31")), user=None).tables[0].foot][-1] == D(4500)


def test_a_report_of_a_day_before_says_that_its_estimates_read_type_and_depreciation_of_today(clock: SetClock) -> None:
    """A fire of February is 90,000.00 less 2,500.00; under theft the same policy pays 50,000.00 at most, less 2,500.00."""
    clock.set("2026-01-05 12:00")
    bought = bound()
    clock.set("2026-02-10 12:00")
    told: dict[str, Any] = {"claim_type": "fire", "incident_date": at("2026-02-09"), "reported_date": at("2026-02-10")}
    claim = submitted_claim(bought, claim_amount=D(90_000), **told)
    clock.set("2026-03-10 12:00")
    found = [open_claims("2026-02-28")[-1]]
    for changes in ({"depreciation": D(5_000)}, {"claim_type": "theft"}, {"claim_amount": D(20_000)}):
        update_claim(None, claim.pk, version=None, changes=changes)
        clock.set(f"2026-03-{11 + len(found)} 12:00")
        found.append(open_claims("2026-02-28")[-1])
    # An amount that is corrected changes nothing of before; the other two do, and the page says so.
    assert found == [D(87_500), D(82_500), D(47_500), D(47_500)]
    for name in ("development", "loss-ratio", "inventory"):
        notes = " ".join(make_report(name, Question(day("2026-02-28"), value=Value.INCURRED), user=None).notes)
        assert "with the type, date and depreciation of the loss as they stand today" in notes
        assert "less depreciation and deductible, up to the limit by the rule of the coverage that answers the loss" in notes
