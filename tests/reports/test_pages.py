"""The reports' pages in the workbench."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.reports.catalogue import CATALOGUE
from tests.factories import adjuster, staff
from tests.reports.books import small_book
from tests.workbench.desk import desk_of, source, words
from vanguard.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def at_desk() -> Client:
    return desk_of(staff("Compliance"))


def test_the_navigation_leads_to_an_index_of_every_report(at_desk: Client) -> None:
    assert 'href="/admin/reports/" data-go="r"' in source(at_desk.get("/admin/"))
    page = at_desk.get("/admin/reports/")
    assert all(entry.title in words(page) and f"/admin/reports/{entry.name}/" in source(page) for entry in CATALOGUE.values())


def test_who_may_not_view_reports_finds_neither_way_nor_page(at_desk: Client) -> None:
    nobody = User.objects.create(email="nobody@vanguard.example", is_staff=True)
    client = desk_of(nobody)
    assert "/admin/reports/" not in source(client.get("/admin/"))
    assert {client.get(f"/admin/reports/{name}").status_code for name in ("", "inventory/", "inventory/?as=csv")} == {403}


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_report_of_an_empty_book_says_that_there_is_nothing(at_desk: Client, name: str) -> None:
    page = at_desk.get(f"/admin/reports/{name}/")
    assert page.status_code == 200
    assert "Nothing to show" in words(page)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_report_has_a_chart_with_words_and_the_table_behind_it(at_desk: Client, name: str) -> None:
    small_book()
    page = at_desk.get(f"/admin/reports/{name}/", {"known_on": "2020-04-30", "month": "2020-02", "year": "2020"})
    assert "<title>" in source(page).partition('<svg class="wb-chart wb-chart-wide"')[2]
    assert source(page).count("<caption") >= 1
    assert '<th scope="row">' in source(page)
    assert "style=" not in source(page).partition("<main")[2]


def test_every_bar_leads_to_the_entries_of_its_figure(at_desk: Client) -> None:
    """Links of the page as any other: reached by the keyboard, with the bar's words as their name."""
    small_book()
    for name, more in (("loss-ratio", {}), ("development", {"value": "paid"}), ("development", {"value": "incurred"})):
        page = at_desk.get(f"/admin/reports/{name}/", {"known_on": "2020-04-30"} | more)
        chart, _, table = source(page).partition('<svg class="wb-chart wb-chart-wide"')[2].partition("</svg>")
        bars = re.findall(r'<a href="([^"]+)"><title>([^<]+)</title>', chart)
        assert bars, name
        assert 'role="img"' not in chart, "no bar without a link"
        for url, says in bars:
            entries = at_desk.get(unescape(url))
            assert entries.resolver_match.url_name == "report_entries", says
            figure = says.rpartition(" ")[2]
            assert f'href="{url}"' in table if name == "development" else figure in words(entries), says


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_page_can_be_taken_along_as_csv_and_workbook(at_desk: Client, name: str) -> None:
    small_book()
    for kind in ("csv", "xlsx"):
        answer = at_desk.get(f"/admin/reports/{name}/", {"as": kind, "month": "2020-02"})
        assert answer.headers["Content-Disposition"].endswith(f'.{kind}"')
    assert "?month=2020-02&amp;as=xlsx" in source(at_desk.get(f"/admin/reports/{name}/", {"month": "2020-02"}))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("inventory/?known_on=yesterday", "Enter a valid date"),
        ("inventory/?known_on=0001-01-01", "Enter a day in 1900 or later."),
        ("inventory/?known_on=2199-01-01", "Enter today (in UTC) or an earlier day."),
        ("bordereau/?month=March", "Enter a month such as 2017-03"),
        ("deadlines/?year=12", "greater than or equal to 1900"),
        ("development/?value=guessed", "is not one of the available choices"),
        ("development/?origin=month", "Choose months for the ages, or losses by year."),
        ("loss-ratio/?book=space_ships", "is not one of the available choices"),
    ],
)
def test_a_question_that_makes_no_sense_is_explained_at_its_field(at_desk: Client, question: str, said: str) -> None:
    page = at_desk.get(f"/admin/reports/{question}")
    assert page.status_code == 422
    assert said in words(page)


def test_an_unknown_report_is_not_found(at_desk: Client) -> None:
    assert at_desk.get("/admin/reports/horoscope/").status_code == 404


def test_a_report_takes_as_many_queries_for_a_thick_book_as_for_a_thin_one() -> None:
    client = desk_of(adjuster())
    small_book()
    thin = {name: queries(client, name) for name in CATALOGUE}
    for _ in range(3):
        small_book()
    assert {name: queries(client, name) for name in CATALOGUE} == thin
    # Each of nine kinds of deadline is counted, by the clocks and by the moments of claims that came without, and says what it cites.
    assert thin.pop("deadlines") <= 40
    # What is incurred is added up from what the ledger booked, what claims say themselves, what was voided after the closing, and the
    # turns of those taken up again; of its estimates two ask what products promise and which aggregates are nearly used up.
    assert max(thin.values()) <= 19


def queries(client: Client, name: str) -> int:
    url = f"/admin/reports/{name}/?known_on=2020-12-31&month=2020-05&value=incurred&year=2020"
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)
