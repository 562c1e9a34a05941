"""Reports through the API: JSON, CSV and workbooks by Accept, and what is refused."""

from decimal import Decimal

import pytest

from claims.reports.catalogue import CATALOGUE
from tests.api.calling import Caller
from tests.factories import adjuster, policyholder
from tests.reports.books import small_book
from vanguard.workbench.workbooks import TYPE as XLSX

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_a_report_is_json_with_named_columns_and_exact_amounts() -> None:
    small_book()
    data = Caller(adjuster()).get("/reports/loss-ratio?known_on=2020-12-31&policy_type=homeowners").data
    [table] = data["tables"]
    assert (data["name"], data["knownOn"], table["name"]) == ("loss-ratio", "2020-12-31", "lossRatio")
    assert [column["name"] for column in table["columns"]][:4] == ["product", "year", "earnedPremium", "incurred"]
    # 4,000 paid; 2,000 paid; denied; approved and paid 4,000, reopened since: until it is decided again, what was claimed.
    assert table["rows"][0] == {
        "product": "Homeowners", "year": "2019", "earnedPremium": Decimal("365.0"), "incurred": Decimal("10000.0"),
        "lossRatio": Decimal("27.3973"), "policyYears": Decimal("1.0"), "claims": 4, "frequency": Decimal("400.0"),
        "claimsWithACost": 3, "severity": Decimal("3333.33"),
    }  # fmt: skip
    assert table["total"]["claims"] == 4


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_report_can_be_had_as_json_csv_and_workbook(name: str) -> None:
    small_book()
    caller, query = Caller(adjuster()), "?month=2020-05" if name == "bordereau" else "?known_on=2020-12-31"
    found = {accept: caller.get(f"/reports/{name}{query}", Accept=accept) for accept in ("*/*", "application/json", "text/csv", XLSX)}
    assert {answer.status for answer in found.values()} == {200}
    assert found["*/*"].data["tables"] == found["application/json"].data["tables"] != []
    assert found["text/csv"].headers["Content-Disposition"].startswith(f'attachment; filename="{name}-2020-')
    assert found["text/csv"].text[0] not in ("\N{BOM}", "'")
    assert found[XLSX].response.content[:2] == b"PK"
    assert all("Accept" in answer.headers["Vary"] and "no-store" in answer.headers["Cache-Control"] for answer in found.values())


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("inventory?known_on=31.12.2020", "known_on"),
        ("inventory?known_on=1066-12-25", "known_on"),
        ("inventory?known_on=2199-01-01", "known_on"),
        ("development?value=guessed", "value"),
        ("development?origin=month&development=year", "development"),
        ("deadlines?year=99999", "year"),
        ("bordereau", "month"),
        ("bordereau?month=2020-13", "month"),
        ("loss-ratio?policy_type=%00", "policy_type"),
    ],
)
def test_a_question_that_makes_no_sense_is_422_and_names_its_field(question: str, field: str) -> None:
    answer = Caller(adjuster()).get(f"/reports/{question}")
    assert (answer.status, list(answer.errors)) == (422, [field])


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_policyholder_reads_no_report(name: str) -> None:
    assert Caller(policyholder()).get(f"/reports/{name}{'?month=2020-05' if name == 'bordereau' else ''}").status == 403


def test_the_far_ends_of_the_calendar_are_answered() -> None:
    caller = Caller(adjuster())
    for name in CATALOGUE:
        for known_on in ("1900-01-01", "9999-12-31"):
            assert caller.get(f"/reports/{name}?known_on={known_on}&month=1900-01").status in (200, 422), (name, known_on)
