"""The reports' figures, worked out by hand for a small book."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from claims.models import Claim
from claims.reports import incurred
from claims.reports.catalogue import make_report
from claims.reports.cycle_time import quartiles
from claims.reports.development import develop
from claims.reports.known import known_claims
from claims.reports.periods import Period, bounds, end_of
from claims.reports.question import Question, today
from claims.reports.tables import Report
from claims.reports.triangle import Cell, triangle
from policies.models import PolicySegment, PolicyVersion
from policies.reading import earned_by_year, timeline_of
from policies.services import cancel_policy
from tests.factories import adjuster
from tests.reports.books import at, claim, close, day, decide, pay, policy, reopen, small_book

pytestmark = pytest.mark.django_db
D = Decimal


def rows(report: Report, table: int = 0) -> list[dict[str, Any]]:
    """The table as a program reads it."""
    found = report.tables[table]
    return [{column.name: figure.value for column, figure in zip(found.columns, row, strict=True)} for row in found.rows]


# -- Development
def test_a_triangle_is_cumulative_by_age_and_ends_with_the_last_whole_period() -> None:
    cells = [Cell("2018", "2018", 10), Cell("2018", "2019", 5), Cell("2018", "2020", 1), Cell("2019", "2019", 8), Cell("2020", "2020", 7)]
    found = develop(cells, Period.YEAR, Period.YEAR, Question(day("2020-11-30")))
    assert (found.origins, found.rows, found.valued_at) == (("2018", "2019"), ((10, 15), (8,)), "2019-12-31")
    assert found.ladder.origins[1].ultimate == 12
    whole = develop(cells, Period.YEAR, Period.YEAR, Question(day("2020-12-31")))
    assert whole.rows == ((10, 15, 16), (8, 8), (7,))


def test_ages_in_months_of_losses_by_quarter_begin_with_the_quarter_and_end_where_nothing_moves_any_more() -> None:
    cells = [Cell("2019Q1", "2019-03", 1), Cell("2019Q2", "2019-04", 2)]
    found = develop(cells, Period.QUARTER, Period.MONTH, Question(day("2019-05-31")))
    assert found.rows == ((0, 0, 1), (2, 2))


def test_a_triangle_of_nothing_is_empty() -> None:
    report = make_report("development", Question(today()), user=None)
    assert (report.tables[0].rows, report.tables[0].foot) == ([], ())


def test_incurred_moves_with_the_report_the_decision_and_the_closing() -> None:
    made = claim("2019-02-10", loss="2018-12-30", on=policy(start="2018-06-01"))
    close(pay(decide(made, "2020-03-01", "3000.00"), "2020-03-05", "2500.00"), "2021-04-01")
    cells = triangle("incurred", "year", "year", user=None)
    # min(5,000, 25,000) − 1,000; then 3,000 approved; then 2,500 paid when the file was closed.
    assert cells == [Cell("2018", "2019", D("4000.00")), Cell("2018", "2020", D("-1000.00")), Cell("2018", "2021", D("-500.00"))]


def test_incurred_never_exceeds_the_limit_nor_falls_below_nought() -> None:
    on = policy()
    claim("2019-02-10", on, claim_amount=D("90000.00"))
    claim("2019-02-11", on, claim_amount=D("400.00"))
    assert triangle("incurred", "year", "year", user=None) == [Cell("2019", "2019", D("24000.00"))]


@pytest.mark.parametrize("known_on", ["2019-12-31", "2020-04-30", "2020-12-31"])
def test_the_movements_of_incurred_add_up_to_what_is_incurred(known_on: str) -> None:
    small_book()
    until = end_of(day(known_on))
    moved = sum(cell.value for cell in triangle("incurred", "year", "month", None, day(known_on), user=None))
    known = known_claims(until).annotate(cost=incurred.incurred_at(until))
    assert moved == sum(each.cost for each in known)


def test_closed_counts_the_closing_that_held_on_the_day() -> None:
    again = reopen(close(decide(claim("2019-02-01"), "2019-02-10"), "2019-03-01"), "2020-06-01")
    close(decide(again, "2020-07-01"), "2020-08-01")
    assert triangle("closed", "year", "year", None, day("2019-12-31"), user=None) == [Cell("2019", "2019", 1)]
    assert triangle("closed", "year", "year", None, day("2020-12-31"), user=None) == [Cell("2019", "2020", 1)]
    assert triangle("closed", "year", "year", None, day("2020-06-30"), user=None) == []


# -- Loss ratio
def test_premium_is_earned_by_days_in_each_calendar_year() -> None:
    policy(start="2019-07-01", end_date=at("2020-07-01").replace(hour=0), premium_amount=D("366.00"))
    found = earned_by_year(end_of(day("2025-01-01")))
    assert {year: (each.premium, each.policy_years) for (_, year), each in found.items()} == {
        2019: (D("184.00"), D("0.50")),
        2020: (D("182.00"), D("0.50")),
    }
    assert earned_by_year(end_of(day("2019-07-31")))["homeowners", 2019].premium == D("31.00")


def test_what_a_book_has_earned_agrees_with_what_each_policy_has() -> None:
    """Also after cancellations, of which a part is kept: then by their own rule."""
    start = end_of(today() - timedelta(days=200))
    made = [
        policy(start=str((start - timedelta(days=days)).date()), premium_amount=D(premium))
        for days, premium in ((0, "1234.56"), (9, "777.77"))
    ]
    cancel_policy(None, made[1].pk, effective_at=start + timedelta(days=90), method="short_rate", penalty_share=D("0.10"))
    until = end_of(today())
    earned = sum((timeline_of(each).earned_at(until) for each in made), D(0))
    assert abs(sum((each.premium for each in earned_by_year(until).values()), D(0)) - earned) <= D("0.01")
    assert PolicyVersion.objects.count() == 3
    assert PolicySegment.objects.filter(in_force=False).exists()


def test_loss_ratio_frequency_and_severity() -> None:
    on = policy()
    close(pay(decide(claim("2019-02-10", on), "2019-03-01", "300.00"), "2019-03-05", "300.00"), "2019-03-20")
    close(decide(claim("2019-06-10", on), "2019-07-01", None), "2019-07-02")
    [row] = rows(make_report("loss-ratio", Question(day("2020-12-31")), user=None))
    assert row == {
        "product": "Homeowners", "year": "2019", "earned_premium": D("365.00"), "incurred": D("300.00"), "loss_ratio": D("0.8219"),
        "policy_years": D("1.00"), "claims": 2, "frequency": D("200.0000"), "claims_with_a_cost": 1, "severity": D("300.00"),
    }  # fmt: skip


def test_a_year_without_claims_has_a_loss_ratio_of_nought_and_no_severity() -> None:
    policy()
    [row] = rows(make_report("loss-ratio", Question(day("2020-12-31")), user=None))
    assert (row["loss_ratio"], row["severity"]) == (0, None)


# -- Inventory
def test_open_claims_stand_in_the_age_of_their_report() -> None:
    for reported in ("2020-06-30", "2020-06-23", "2020-06-22", "2020-01-01"):
        claim(reported, policy(start="2020-01-01"))
    found = {row["age"]: row["claims"] for row in rows(make_report("inventory", Question(day("2020-06-30")), user=None))}
    assert found == {"0–7": 2, "8–14": 1, "15–30": 0, "31–60": 0, "61–90": 0, "over 90": 1}


def test_outstanding_is_what_was_approved_and_is_not_paid() -> None:
    pay(decide(claim("2020-02-01", policy(start="2020-01-01")), "2020-02-10"), "2020-02-11", "1500.00")
    [*_, oldest] = rows(make_report("inventory", Question(day("2020-12-31")), user=None))
    assert (oldest["claimed"], oldest["outstanding"]) == (D("5000.00"), D("2500.00"))


def test_owners_of_today_are_those_that_the_claims_have() -> None:
    owner = adjuster(first_name="Maya", last_name="Okafor")
    claim("2020-02-01", policy(start="2020-01-01"), assignee=owner)
    claim("2020-03-01", policy(start="2020-01-01"))
    now = rows(make_report("inventory", Question(today()), user=None), 1)
    assert [(row["owner"], row["claims"], row["age_91"]) for row in now] == [(str(owner), 1, 1), ("Nobody", 1, 1)]


# -- Cycle time
@pytest.mark.parametrize(
    ("values", "expected"),
    [([7], (7, 7, 7)), ([1, 2], (1.25, 1.5, 1.75)), ([4, 1, 3, 2, 5], (2, 3, 4)), ([1, 2, 3, 4], (1.75, 2.5, 3.25))],
)
def test_quartiles_lie_between_neighbours(values: list[float], expected: tuple[float, float, float]) -> None:
    assert quartiles(values) == expected


def test_cycle_time_goes_from_the_report_over_the_first_decision_to_the_first_closing() -> None:
    on = policy(start="2020-01-01")
    close(decide(claim("2020-02-01", on), "2020-02-11"), "2020-02-16")
    decide(claim("2020-03-01", on), "2020-03-21")
    twice = reopen(close(decide(claim("2020-04-01", on, claim_type="glass"), "2020-04-05"), "2020-04-06"), "2020-05-01")
    decide(twice, "2020-09-09")
    report = make_report("cycle-time", Question(day("2020-12-31")), user=None)
    [year] = rows(report)
    assert (year["year"], year["decided"], year["decision_median"], year["closed"], year["closing_median"]) == ("2020", 3, 10, 2, 3)
    assert {row["type"]: (row["decided"], row["decision_median"]) for row in rows(report, 1)} == {"Fire": (2, 15), "Glass": (1, 4)}


# -- Deadlines
def outcomes(known_on: str, year: int) -> dict[str, tuple[int, int, int]]:
    report = make_report("deadlines", Question(day(known_on), year=year), user=None)
    return {row["deadline"]: (row["met"], row["missed"], row["open"]) for row in rows(report)}


def test_a_deadline_is_kept_until_its_last_day_is_over() -> None:
    on = policy(start="2020-01-01")
    decide(claim("2020-02-01", on), "2020-03-12", started="2020-02-16")  # 40 and 15 days later
    decide(claim("2020-02-01", on), "2020-03-13", started="2020-02-17")  # and a day more
    found = outcomes("2020-12-31", 2020)
    assert (found["Acknowledge and start"], found["Approve or deny"]) == ((1, 1, 0), (1, 1, 0))


def test_what_is_past_its_deadline_and_not_done_is_missed_and_what_is_not_due_yet_is_not_counted() -> None:
    claim("2020-02-01", policy(start="2020-01-01"))
    assert outcomes("2020-02-15", 2020) == {}
    assert outcomes("2020-02-16", 2020) == {"Acknowledge and start": (0, 1, 1)}
    assert outcomes("2020-03-12", 2020)["Approve or deny"] == (0, 1, 1)


def test_a_deadline_belongs_to_the_year_in_which_it_ran_out() -> None:
    claim("2019-12-01")
    assert outcomes("2020-12-31", 2019) == {"Acknowledge and start": (0, 1, 1)}
    assert outcomes("2020-12-31", 2020) == {"Approve or deny": (0, 1, 1)}


def test_a_reopened_claim_is_decided_again_by_its_own_clock() -> None:
    reopen(close(decide(claim("2020-02-01", policy(start="2020-01-01")), "2020-02-10"), "2020-02-20"), "2020-06-01")
    found = outcomes("2020-12-31", 2020)
    assert found["Decide again"] == (0, 1, 1)
    assert "Approve or deny" not in found


def test_a_claim_that_is_paid_in_parts_is_paid_with_the_last_one() -> None:
    made = decide(claim("2020-02-01", policy(start="2020-01-01")), "2020-02-10")
    pay(made, "2020-02-11", "1000.00")
    assert outcomes("2020-12-31", 2020)["Issue the payment"] == (0, 1, 1)
    pay(made, "2020-05-05", "3000.00")
    assert outcomes("2020-12-31", 2020)["Issue the payment"] == (0, 1, 0)


# -- Bordereau
def test_opening_and_movements_make_the_closing_which_is_the_next_months_opening() -> None:
    small_book()
    closing: tuple[object, ...] = (0, D(0))
    for month in range(24):
        label = f"{2019 + month // 12}-{month % 12 + 1:02d}"
        report = make_report("bordereau", Question(today(), month=label), user=None)
        line = dict(zip((column.name for column in report.tables[0].columns), report.tables[0].foot, strict=bool(report.tables[0].foot)))
        value = {name: figure.value for name, figure in line.items()} or dict.fromkeys(
            [column.name for column in report.tables[0].columns], D(0)
        )
        assert (value["opening"], value["opening_outstanding"]) == closing, label
        # These figures are numbers; those of other columns may be text.
        assert value["opening"] + value["reported"] + value["reopened"] - value["closed"] == value["closing"], label  # type: ignore[operator]
        assert "Both sums meet." in report.notes[0], label
        closing = (value["closing"], value["closing_outstanding"])


def test_a_month_shows_what_moved_in_it() -> None:
    small_book()
    report = make_report("bordereau", Question(today(), month="2020-05"), user=None)
    assert rows(report) == [
        {
            "product": "Homeowners", "opening": 0, "reported": 0, "reopened": 1, "closed": 0, "closing": 1,
            "opening_outstanding": 0, "incurred": 0, "paid": 0, "closing_outstanding": 0,
        },
        {
            "product": "Personal auto", "opening": 1, "reported": 0, "reopened": 0, "closed": 0, "closing": 1,
            "opening_outstanding": D("3000.00"), "incurred": 0, "paid": 0, "closing_outstanding": D("3000.00"),
        },
    ]  # fmt: skip


def test_a_bordereau_whose_sums_do_not_meet_says_so() -> None:
    made = close(decide(claim("2020-02-01", policy(start="2020-01-01")), "2020-02-10"), "2020-02-20")
    pay(made, "2020-02-15", "100.00")
    Claim.objects.filter(pk=made.pk).update(paid_amount=D("70.00"))
    assert "miss the closing by 0 claims and −$30.00" in make_report("bordereau", Question(today(), month="2020-02"), user=None).notes[0]


@pytest.mark.parametrize(("label", "start"), [("2008", "2008-01-01"), ("2008Q4", "2008-10-01"), ("2008-12", "2008-12-01")])
def test_a_period_goes_from_its_first_instant_to_the_next_ones(label: str, start: str) -> None:
    assert tuple(moment.date() for moment in bounds(label)) == (day(start), day("2009-01-01"))
