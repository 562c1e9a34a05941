"""The open inventory by owner: who had a claim at the end of a day, on the page, through the API and in files."""

import csv
import html
import io
import re

import pytest
from django.test import Client

from claims.models import Claim
from claims.reports.catalogue import make_report
from claims.reports.question import Question, today
from claims.reports.rows import rows_of, words_of
from claims.reports.tables import Figure, Table
from claims.services import assign_claim, release_claim, start_claim
from tests.api.calling import Caller
from tests.clock import SetClock
from tests.factories import adjuster, submitted_claim, supervisor
from tests.reports.books import at, day, policy
from tests.workbench.desk import desk_of, source, words
from vanguard.accounts.models import User

# Who had a claim is read from the log of changes in each database's own words (claims.past.querying): no rule of both.
pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    return SetClock(monkeypatch)


def maya() -> User:
    return adjuster(first_name="Maya", last_name="Okafor")


def daniel() -> User:
    return adjuster(first_name="Daniel", last_name="Reyes")


def reported(clock: SetClock) -> Claim:
    """On 5 January 2020, of nobody."""
    clock.set("2020-01-05 12:01")
    return submitted_claim(policy(start="2020-01-01"), incident_date=at("2020-01-04"), reported_date=at("2020-01-05"))


def handed_about(clock: SetClock) -> Claim:
    """Maya's from 10 January, Daniel's from 20 January, nobody's from 1 February, started by Maya on 10 February."""
    claim, first, second = reported(clock), maya(), daniel()
    clock.set("2020-01-10 12:00")
    assign_claim(None, claim.pk, assignee_id=first.pk)
    clock.set("2020-01-20 12:00")
    assign_claim(None, claim.pk, assignee_id=second.pk)
    clock.set("2020-02-01 12:00")
    release_claim(None, claim.pk, reason="Daniel is away")
    clock.set("2020-02-10 12:00")
    return start_claim(first, claim.pk)


def owners(known_on: str) -> Table:
    return make_report("inventory", Question(day(known_on)), user=None).tables[1]


def held(known_on: str) -> dict[object, object]:
    """How many open claims each owner has."""
    table = owners(known_on)
    column = [each.name for each in table.columns].index("claims")
    return {row[0].value: row[column].value for row in table.rows}


def test_an_owner_has_a_claim_from_the_day_on_which_it_was_given_to_the_next_one(clock: SetClock) -> None:
    handed_about(clock)
    days = ("2020-01-05", "2020-01-09", "2020-01-10", "2020-01-19", "2020-01-20", "2020-01-31", "2020-02-01", "2020-02-10")
    found = [held(each) for each in days]
    nobody, first, second = {"Nobody": 1}, {"Maya Okafor": 1}, {"Daniel Reyes": 1}
    assert found == [nobody, nobody, first, first, second, second, nobody, first]


def test_what_is_handed_on_today_changes_nothing_of_yesterday(clock: SetClock) -> None:
    claim = handed_about(clock)
    before = owners("2020-02-10")
    clock.set("2020-03-01 12:00")
    assign_claim(None, claim.pk, assignee_id=User.objects.get(first_name="Daniel").pk)
    assert owners("2020-02-10") == before
    assert held("2020-03-01") == {"Daniel Reyes": 1}


def test_a_claim_that_was_changed_through_the_orm_had_its_former_owner(clock: SetClock) -> None:
    claim, second = handed_about(clock), User.objects.get(first_name="Daniel")
    clock.set("2020-03-01 12:00")
    claim.assignee = second
    claim.save()
    assert (held("2020-02-28"), held("2020-03-01")) == ({"Maya Okafor": 1}, {"Daniel Reyes": 1})


def test_every_cell_leads_to_exactly_its_claims_on_an_earlier_day_and_today(clock: SetClock) -> None:
    handed_about(clock)
    reported(clock)
    clock.set(f"{today():%Y-%m-%d} 12:00")
    for known_on in ("2020-01-06", "2020-01-15", "2020-02-05", "2020-02-15", f"{today():%Y-%m-%d}"):
        table = owners(known_on)
        leading = [(column, figure) for row in (*table.rows, table.foot) for column, figure in zip(table.columns, row, strict=True)]
        counted = [figure for column, figure in leading if figure.rows and column.unit == "count"]
        assert len(counted) >= 4
        assert [_rows(figure) for figure in counted] == [figure.value for figure in counted], known_on


def _rows(figure: Figure) -> int:
    assert figure.rows is not None
    assert words_of(figure.rows)
    return rows_of(figure.rows).count()


def test_owners_and_ages_add_up_to_the_open_claims(clock: SetClock) -> None:
    handed_about(clock)
    reported(clock)
    by_age, by_owner = make_report("inventory", Question(day("2020-01-15")), user=None).tables
    assert [figure.value for figure in by_owner.foot[-3:]] == [figure.value for figure in by_age.foot[1:]]
    assert [figure.value for figure in by_owner.foot[1:-3]] == [row[1].value for row in by_age.rows]
    assert [row[0].value for row in by_owner.rows] == ["Maya Okafor", "Nobody"]


def test_the_page_draws_the_owners_with_their_figures_and_says_what_is_read(client: Client, clock: SetClock) -> None:
    handed_about(clock)
    clock.set(f"{today():%Y-%m-%d} 12:00")
    desk = desk_of(supervisor())
    page = desk.get("/admin/reports/inventory/", {"known_on": "2020-01-15"})
    assert "Maya Okafor: up to 30 days 1, 31 to 90 days 0, over 90 days 0" in html.unescape(source(page))
    assert "is read from the log of its changes" in words(page)
    links = re.findall(r'<a href="([^"]*rows=open[^"]*)"><title>Maya Okafor', source(page))
    assert [desk.get(html.unescape(link)).context["cl"].result_count for link in links] == [1]


def test_the_api_and_the_files_have_the_owners_of_the_day(clock: SetClock) -> None:
    handed_about(clock)
    clock.set(f"{today():%Y-%m-%d} 12:00")
    caller = Caller(adjuster())
    [_, table] = caller.get("/reports/inventory?known_on=2020-01-15").data["tables"]
    assert [column["name"] for column in table["columns"]] == [
        "owner", "age0", "age8", "age15", "age31", "age61", "age91", "claims", "claimed", "outstanding",
    ]  # fmt: skip
    assert [(row["owner"], row["age8"], row["claims"]) for row in table["rows"]] == [("Maya Okafor", 1, 1)]
    lines = list(csv.reader(io.StringIO(caller.get("/reports/inventory?known_on=2020-01-15", Accept="text/csv").text)))
    assert ["Maya Okafor", "0", "1", "0", "0", "0", "0", "1", "5000.00", "4000.00"] in lines


@pytest.mark.rule
def test_of_many_owners_the_chart_draws_those_who_have_most() -> None:
    for number in range(10):
        person = adjuster(first_name="Adjuster", last_name=f"No. {number}")
        for _ in range(1 if number < 2 else 2):
            start_claim(person, submitted_claim().pk)
    report = make_report("inventory", Question(today()), user=None)
    assert len(report.tables[1].rows) == 10
    assert (report.charts[1].title, list(report.charts[1].labels)) == (
        "Open claims by owner, the 8 with most",
        [f"Adjuster No. {number}" for number in range(2, 10)],
    )
