import csv
import datetime
import io
from decimal import Decimal

import pytest

from claims.models import Claim, ClaimPayment
from tests.api.calling import Caller
from tests.factories import PolicyFactory, adjuster, policyholder, submitted_claim

pytestmark = [pytest.mark.django_db, pytest.mark.once]
UTC = datetime.UTC


@pytest.fixture(autouse=True)
def payments() -> None:
    """Three payments on two losses of 2008."""
    start = datetime.datetime(2008, 1, 1, tzinfo=UTC)
    policy = PolicyFactory.create(start_date=start, policy_type="auto")
    for day, paid in ((10, [(2008, 5, "100.10"), (2009, 1, "0.20")]), (200, [(2009, 2, "9000000.03")])):
        loss = start + datetime.timedelta(days=day)
        claim = submitted_claim(policy, incident_date=loss, reported_date=loss)
        for year, month, amount in paid:
            ClaimPayment.objects.create(claim=claim, amount=Decimal(amount), paid_at=datetime.datetime(year, month, 3, tzinfo=UTC))
    assert Claim.objects.count() == 2


def test_the_triangle_has_its_cells_in_order_and_exact_to_the_cent() -> None:
    data = Caller(adjuster()).get("/reports/triangle?value=paid").data
    assert data == {
        "cells": [
            {"origin": "2008", "development": "2008", "value": Decimal("100.10")},
            {"origin": "2008", "development": "2009", "value": Decimal("9000000.23")},
        ],
        "cumulative": False,
    }


def test_quarters_and_months_are_named_as_in_the_contract() -> None:
    data = Caller(adjuster()).get("/reports/triangle?value=paid&origin=quarter&development=month").data
    cells = [(cell["origin"], cell["development"]) for cell in data["cells"]]
    assert cells == [("2008Q1", "2008-05"), ("2008Q1", "2009-01"), ("2008Q3", "2009-02")]


def test_a_report_is_csv_for_who_accepts_that() -> None:
    answer = Caller(adjuster()).get("/reports/triangle?value=reported", Accept="text/csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="triangle.csv"'
    assert list(csv.reader(io.StringIO(answer.text))) == [["origin", "development", "value"], ["2008", "2008", "2"]]


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/csv;q=0.5", "text/html"])
def test_it_is_json_for_everybody_else(accept: str) -> None:
    answer = Caller(adjuster()).get("/reports/triangle?value=reported&policy_type=auto", Accept=accept)
    assert answer.data["cells"] == [{"origin": "2008", "development": "2008", "value": 2}]
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("", "value"), ("value=guessed", "value"), ("value=paid&origin=week", "origin"), ("value=paid&development=", "development")],
)
def test_an_unknown_question_is_422(query: str, field: str) -> None:
    answer = Caller(adjuster()).get(f"/reports/triangle?{query}")
    assert (answer.status, list(answer.errors)) == (422, [field])


def test_a_policyholder_reads_no_reports() -> None:
    assert Caller(policyholder()).get("/reports/triangle?value=paid").status == 403
