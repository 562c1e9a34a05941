"""Every figure of every report leads to the entries that it is made of, and they come to it to the cent."""

import html
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.models import ClaimPayment, LedgerEntry
from claims.reports import rows
from claims.reports.catalogue import CATALOGUE, make_report
from claims.reports.entries import MAKERS, listed, made_of
from claims.reports.files import as_workbook
from claims.reports.making import Part
from claims.reports.question import Question, today
from claims.reports.selection import Selection
from claims.reports.tables import Column, Figure, Report, Unit
from claims.reports.triangle import Value
from claims.services import pay_claim, record_recovery, set_reserve, void_payment
from policies.reading import earned
from tests.api.calling import Caller
from tests.factories import adjuster, policyholder, superuser
from tests.reports.books import claim, day, decide, pay, policy, small_book
from tests.reports.test_money_of_claims import approved, paid, recovered, reserved, voided
from tests.workbench.desk import desk_of, source, words
from vanguard.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def book_of_everything() -> None:
    """What stood years ago, and what was set aside, paid, taken back and recovered just now."""
    small_book()
    made = reserved()
    pay_claim(None, made.pk)
    recovered()
    voided()
    later = paid()
    record_recovery(None, later.pk, amount=Decimal("123.45"), source="salvage")
    void_payment(None, pay_claim(None, set_reserve(None, approved().pk, amount=Decimal(100), reason="x").pk).payments.get().pk, reason="y")


def reports() -> Iterator[Report]:
    """Every report, and every value of the triangle; what is dear is asked once, of an earlier day or of today."""
    then, now = Question(day("2020-04-30"), "homeowners"), Question(today(), month=f"{today():%Y-%m}")
    yield from (make_report(name, then, user=None) for name in ("loss-ratio", "inventory"))
    yield from (make_report(name, now, user=None) for name in CATALOGUE if name != "development")
    yield make_report("bordereau", Question(today(), month="2020-05"), user=None)
    yield make_report("development", replace(now, value=Value.INCURRED), user=None)
    yield from (make_report("development", replace(then, value=value), user=None) for value in Value if value != Value.INCURRED)


def figures() -> Iterator[tuple[Report, Column, Figure]]:
    for report in reports():
        for table in report.tables:
            for row in (*table.rows, table.foot):
                yield from ((report, column, figure) for column, figure in zip(table.columns, row, strict=bool(row)))


def listed_in_all(of: Selection, part: Part) -> Decimal:
    """What the entries on all pages of a part come to."""
    first = listed(of, part.name, 1, 20, user=None)
    pages = (first, *(listed(of, part.name, number, 20, user=None) for number in range(2, first.pages + 1)))
    return sum((line.amount for page in pages for line in page.read.lines), Decimal(0))


@pytest.mark.slow
def test_what_a_figure_is_made_of_comes_to_it_to_the_cent_on_all_of_its_pages() -> None:
    book_of_everything()
    wrong, bare, seen, kinds = {}, set(), set(), Counter[str]()
    for report, column, figure in figures():
        of = figure.entries
        if of is None:
            # What the chain ladder projects has no entries, and neither has a factor.
            if figure.value and column.unit != Unit.TEXT and not {"proj", "edge"} & {*figure.mark.split()}:
                bare.add((report.name, column.name))
            continue
        # A share and days are reckoned from the claims that they lead to.
        if column.unit == Unit.DAYS or column.name == "share" or of in seen:
            continue
        seen.add(of)
        kinds[f"{of.what} {report.known_on}"] += 1
        if of.what == Value.INCURRED and kinds[f"{of.what} {report.known_on}"] % 8:
            continue
        made = made_of(of, user=None)
        if made.value != figure.value:
            wrong[report.name, column.name, str(of)] = (figure.value, made.value)
        if figure.made_of and kinds[f"{of.what} {report.known_on}"] == 1:
            assert {part.name: listed_in_all(of, part) for part in made.all} == {part.name: part.total for part in made.all}
    assert (wrong, bare) == ({}, set())
    assert {kind.partition(" ")[0] for kind in kinds} >= {*MAKERS, *rows.KINDS} - {"deadline", "month_reopened"}
    assert len(seen) > 90


def test_incurred_is_made_of_payments_reserves_and_recoveries_as_the_claim_books_them() -> None:
    made = recovered()
    selection = Selection("loss_incurred", today(), "", ("",))
    parts = {part.name: listed(selection, part.name, user=None) for part in listed(selection, user=None).made.all}
    assert [(each.entry, each.amount) for each in parts["paid"].read.lines] == [("ledger", Decimal("4000.00"))]
    assert [(each.key, each.words) for each in parts["recovered"].read.lines] == [(LedgerEntry.objects.get(kind="recovery").pk, "Recovery")]
    [line] = parts["paid"].read.lines
    assert (line.claim, line.claim_number, line.policy_number) == (made.pk, made.claim_number, made.policy.policy_number)


def test_a_figure_of_an_earlier_day_is_made_of_what_was_known_then() -> None:
    late = pay(decide(claim("2020-02-01"), "2020-02-10"), "2020-05-05")
    then, now = (Selection("paid", day(on), "", ("2020", "2020")) for on in ("2020-04-30", "2020-05-31"))
    assert listed(then, user=None).read.lines == []
    assert [line.key for line in listed(now, user=None).read.lines] == [ClaimPayment.objects.get(claim=late).pk]


def test_premium_is_told_by_the_bookings_of_each_policy_and_loses_no_cent() -> None:
    for number in range(3):
        policy("auto", f"2019-0{number + 2}-11", premium_amount=Decimal("100.01"))
    for year in ("2019", "2020", ""):
        of = Selection("earned_premium", day("2020-12-31"), "auto", (year,))
        made = made_of(of, user=None)
        assert listed_in_all(of, made.parts[0]) == made.value
    lines = listed(Selection("earned_premium", day("2020-12-31"), "", ("2020",)), user=None).read.lines
    assert {line.words for line in lines} == {"New business, version 1"}
    assert all(line.policy and line.policy_number and line.claim is None for line in lines)


def test_more_bookings_than_anybody_waits_for_are_not_listed_and_it_is_said_what_to_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earned, "MOST_BOOKINGS", 2)
    for begins in ("2018-02-11", "2019-02-11", "2020-02-11"):
        policy("auto", begins)
    all_years, one_year = (f"earned_premium:2021-12-31:auto:{year}" for year in ("", "2020"))
    desk, caller = desk_of(superuser()), Caller(adjuster())
    assert "3 bookings are too many to list: open a figure of one year" in words(
        desk.get(f"/admin/reports/entries/?of={all_years}", follow=True)
    )
    assert (caller.get(f"/reports/entries?of={all_years}").status, caller.get(f"/reports/entries?of={one_year}").status) == (409, 200)
    assert desk.get(f"/admin/reports/entries/?of={one_year}").status_code == 200


def test_cells_of_the_page_open_their_entries_and_those_their_claims() -> None:
    book_of_everything()
    client = desk_of(superuser())
    for page in ("loss-ratio/", "development/?value=paid", "inventory/", "bordereau/?month=2020-02"):
        urls = re.findall(r'<a href="(/admin/reports/entries/[^"]+)"', source(client.get(f"/admin/reports/{page}")))
        assert urls, page
        answer = client.get(html.unescape(urls[-1]))
        assert answer.status_code == 200
        lines = re.findall(r'<td><a href="(/admin/(?:claims/claim|policies/policy)/[^"#]+)', source(answer))
        assert lines, page
        assert client.get(lines[0]).status_code == 200
    of = Selection("paid", today(), "", ("2019", "2020"))
    said = words(client.get("/admin/reports/entries/", {"of": str(of)}))
    assert "Paid losses up to 2020, loss in 2019, as known on" in said
    assert "All 3 10,000.00" in said


def test_an_entry_of_the_ledger_has_its_place_on_the_claims_page() -> None:
    made = recovered()
    entry = LedgerEntry.objects.get(kind="recovery")
    client = desk_of(superuser())
    page = source(client.get("/admin/reports/entries/", {"of": f"loss_incurred:{today()}::", "part": "recovered"}))
    assert f"/admin/claims/claim/{made.pk}/change/#ledger-{entry.pk}" in page
    assert f'id="ledger-{entry.pk}"' in source(client.get(f"/admin/claims/claim/{made.pk}/change/"))


def test_no_name_of_a_person_is_among_the_entries() -> None:
    made = paid()
    customer = made.policy.customer
    said = source(desk_of(superuser()).get("/admin/reports/entries/", {"of": f"paid:{today()}::{made.incident_date.year}:{today().year}"}))
    assert made.claim_number in said
    assert customer.last_name not in said.partition("<main")[2]
    assert customer.email not in said


def test_through_the_api_a_report_names_where_the_entries_of_each_figure_are() -> None:
    book_of_everything()
    caller = Caller(adjuster())
    [table] = caller.get("/reports/loss-ratio?policy_type=homeowners&known_on=2020-04-30").data["tables"]
    assert len(table["links"]) == len(table["rows"])
    for row, links in zip([*table["rows"], table["total"]], [*table["links"], table["totalLinks"]], strict=True):
        for name, path in links.items():
            data = caller.get(path.removeprefix("/api")).data
            assert data["value"] == row[name], (name, path)
            assert data["total"] >= len(data["entries"]) > 0
            assert all(each["policyNumber"] and (each["claimNumber"] or each["entry"] == "booking") for each in data["entries"])


def test_pages_of_entries_follow_each_other() -> None:
    small_book()
    caller, of = Caller(adjuster()), f"earned_premium:{today()}::"
    pages = [caller.get(f"/reports/entries?of={of}&page={number}&page_size=1").data for number in (1, 2)]
    assert [(page["page"], page["pageSize"], page["total"], page["totalPages"], len(page["entries"])) for page in pages] == [
        (1, 1, 2, 2, 1), (2, 1, 2, 2, 1),
    ]  # fmt: skip
    assert len({(each["id"], each["at"], each["amount"]) for page in pages for each in page["entries"]}) == 2
    assert caller.get(f"/reports/entries?of={of}&page=3&page_size=1").status == 422


def test_a_workbook_opens_the_entries_behind_a_figure() -> None:
    small_book()
    with zipfile.ZipFile(io.BytesIO(as_workbook(make_report("loss-ratio", Question(today()), user=None)).content)) as held:
        led_to = held.read("xl/worksheets/_rels/sheet1.xml.rels").decode()
    assert "/admin/reports/entries/?of=loss_incurred%3A" in html.unescape(led_to)
    assert 'TargetMode="External"' in led_to


@pytest.mark.parametrize(
    "of",
    [
        "",
        "paid",
        "nonsense:2020-12-31:",
        "earned_premium:2020-12-31::2020Q1",
        "paid:2020-12-31::2020:x",
        "month_paid:2020-12-31::9",
        "open:2020-12-31::0-30:nobody-known",
        "deadline:2020-12-31::x:late:ack",
    ],
)
def test_an_address_that_makes_no_sense_is_refused(of: str) -> None:
    assert desk_of(adjuster()).get("/admin/reports/entries/", {"of": of}).status_code == 404
    answer = Caller(adjuster()).get(f"/reports/entries?of={of}")
    assert answer.status == 422
    assert re.search("unpack|literal|UUID|isoformat", str(answer.body)) is None, "Python's words are nobody's"


@pytest.mark.parametrize("more", ["&part=nonsense", "&page=0", "&page=2", "&page=x", "&page=99999999999999999999"])
def test_so_is_a_part_or_page_that_there_is_not(more: str) -> None:
    small_book()
    of = f"paid:{today()}::2019:2020"
    assert desk_of(adjuster()).get(f"/admin/reports/entries/?of={of}{more}").status_code == 404
    assert Caller(adjuster()).get(f"/reports/entries?of={of}{more}").status == 422


def test_who_may_not_view_reports_sees_no_entry() -> None:
    nobody = User.objects.create(email="nobody@vanguard.example", is_staff=True)
    of = f"paid:{today()}::2019:2020"
    assert desk_of(nobody).get("/admin/reports/entries/", {"of": of}).status_code == 403
    assert Caller(policyholder()).get(f"/reports/entries?of={of}").status == 403


def test_entries_take_as_many_queries_for_a_thick_book_as_for_a_thin_one() -> None:
    client = desk_of(adjuster())
    kinds = ["paid:{}::2019:2020", "loss_ratio:{}::", "frequency:{}::", "open_outstanding:{}:::", "month_incurred:{}::2020-05"]
    addresses = [f"/admin/reports/entries/?of={kind.format(today())}" for kind in kinds]
    book_of_everything()
    thin = {address: queries(client, address) for address in addresses}
    book_of_everything()
    assert {address: queries(client, address) for address in addresses} == thin
    assert max(thin.values()) <= 30


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)
