"""Every figure of every report leads to its claims: the links are followed, and the rows counted."""

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db.models import Sum
from django.test import Client

from claims.models import Claim, ClaimPayment
from claims.reports.addresses import rows_url
from claims.reports.catalogue import CATALOGUE, make_report
from claims.reports.question import Question, today
from claims.reports.rows import rows_of
from claims.reports.selection import Selection
from claims.reports.tables import Figure, Report, Unit
from claims.reports.triangle import Value
from tests.factories import adjuster, superuser
from tests.reports.books import claim, day, policy, small_book
from tests.workbench.desk import desk_of

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DAYS = [day("2019-12-31"), day("2020-04-30"), day("2020-12-31")]


def reports() -> Iterator[Report]:
    """Every report on every day, of one book and of all; the triangle of every value."""
    for known_on in (*DAYS, today()):
        for book in ("", "homeowners"):
            asked = Question(known_on, book, month=f"{known_on:%Y-%m}")
            yield from (make_report(name, asked, user=None) for name in CATALOGUE if name != "development")
            yield from (make_report("development", Question(known_on, book, value), user=None) for value in Value)
    yield from (make_report("bordereau", Question(today(), month=f"2020-{month:02d}"), user=None) for month in range(1, 13))


def figures(made: Iterable[Report]) -> dict[Unit, dict[str, Figure]]:
    """Every figure of these reports that leads somewhere: by its unit, and by where it leads."""
    found: dict[Unit, dict[str, Figure]] = defaultdict(dict)
    for report in made:
        for table in report.tables:
            for row in (*table.rows, table.foot):
                for column, figure in zip(table.columns, row, strict=bool(row)):
                    if figure.rows:
                        found[column.unit][f"{figure.rows} {report.name}"] = figure
    return found


def hold(found: dict[Unit, dict[str, Figure]]) -> None:
    """A figure that counts claims leads to exactly so many, one of payments to the claims whose payments add up to it."""
    counts = found[Unit.COUNT].items()
    wrong = {name: figure.value for name, figure in counts if figure.rows and rows_of(figure.rows).count() != figure.value}
    assert wrong == {}
    for figure in found[Unit.MONEY].values():
        assert figure.rows is not None
        if figure.rows.what == Value.PAID:
            _, through = figure.rows.parts
            paid = ClaimPayment.objects.filter(claim__in=rows_of(figure.rows), paid_at__year__lte=int(through))
            assert paid.aggregate(sum=Sum("amount"))["sum"] == figure.value


@pytest.mark.slow
def test_every_figure_of_every_report_leads_to_exactly_its_claims() -> None:
    small_book()
    found = figures(reports())
    assert len(found[Unit.COUNT]) > 150
    hold(found)


def test_a_figure_leads_to_exactly_its_claims() -> None:
    """Of one report of each sort; of all of them: above."""
    small_book()
    then = Question(day("2020-04-30"), month="2020-04")
    made = [make_report(name, then, user=None) for name in ("inventory", "loss-ratio", "bordereau")]
    found = figures([*made, *(make_report("development", replace(then, value=value), user=None) for value in (Value.PAID, Value.REPORTED))])
    assert len(found[Unit.COUNT]) > 10
    assert any(figure.rows and figure.rows.what == Value.PAID for figure in found[Unit.MONEY].values())
    hold(found)


def test_the_links_of_the_pages_open_the_worklist_with_these_rows() -> None:
    small_book()
    client, followed = desk_of(superuser()), 0
    pages = ("inventory/?known_on=2020-04-30", "bordereau/?month=2020-02", "deadlines/?year=2020", "development/?value=reported")
    for page in pages:
        source = client.get(f"/admin/reports/{page}").content.decode()
        cells = re.findall(r'<td class="[^"]*"[^>]*><a href="([^"]*)">(\d+)</a>', source)
        for url, shown in cells:
            followed += 1
            answer = client.get(html.unescape(url))
            assert answer.status_code == 200
            assert answer.context["cl"].result_count == int(shown), url
    assert followed > 20


def test_the_worklist_says_what_it_was_narrowed_to_and_lets_go_of_it() -> None:
    claim("2020-06-01")
    selection = Selection("open", day("2020-12-31"), "", ("", ""))
    source = desk_of(adjuster()).get(rows_url(selection)).content.decode()
    assert "open, as known on 2020-12-31" in source
    assert "Remove filter: in a report" in source


@pytest.mark.parametrize(
    "rows",
    [
        "", "open", "nonsense:2020-12-31:", "open:yesterday::", "open:2020-12-31::", "open:2020-12-31:::not-a-key",
        "open:2020-12-31::3:", "paid:2020-12-31::2020:2020Q5", "paid:2020-12-31::x:y", "deadline:2020-12-31::pay:never:2020",
        "deadline:2020-12-31::pay:met:2020Q1", "decided:2020-12-31::::", "cost:9999-12-31::2020", "open:2020-12-31:%00::",
        "month_closed:2020-12-31::2020-13",
    ],
)  # fmt: skip
def test_an_address_that_makes_no_sense_is_refused_and_shows_no_wrong_rows(at_desk: Client, rows: str) -> None:
    claim("2020-06-01")
    answer = at_desk.get("/admin/claims/claim/", {"view": "all", "rows": rows})
    assert answer.status_code in (200, 302)
    if answer.status_code == 302:
        assert parse_qs(urlsplit(answer.headers["Location"]).query)["e"] == ["1"]
    else:
        assert rows == ""


def test_a_book_of_any_name_can_be_in_an_address() -> None:
    on = policy("auto: new & “old” 100%", "2020-01-01")
    claim("2020-06-01", on)
    selection = Selection("open", day("2020-12-31"), on.policy_type, ("", "nobody"))
    assert Selection.read(str(selection)) == selection
    assert rows_of(selection).count() == 1


def test_an_as_of_date_is_part_of_the_link() -> None:
    open_then = claim("2020-06-01")
    Claim.objects.filter(pk=open_then.pk).update(
        status="denied", stage="denied", processed_date=open_then.reported_date, closed_at=open_then.reported_date.replace(month=8)
    )
    assert rows_of(Selection("open", day("2020-07-31"), "", ("", ""))).count() == 1
    assert rows_of(Selection("open", day("2020-08-31"), "", ("", ""))).count() == 0


@pytest.fixture
def at_desk() -> Client:
    return desk_of(adjuster())
