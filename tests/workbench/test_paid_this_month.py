"""The worklist's filter on claims that were paid this month: its rows, and how many there are."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from claims.models import Claim, ClaimPayment
from tests.factories import submitted_claim, supervisor
from tests.workbench.desk import desk_of, words

pytestmark = pytest.mark.django_db
LIST = "/admin/claims/claim/"


@pytest.fixture
def desk() -> Client:
    return desk_of(supervisor())


def paid(*days_before_this_month: int) -> Claim:
    """A claim with a payment for each: 0 is the first of this month."""
    claim, month = submitted_claim(), timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for days in days_before_this_month:
        ClaimPayment.objects.create(claim=claim, amount=100, paid_at=month - timedelta(days=days))
    return claim


def shown(desk: Client, **query: str) -> tuple[int, set[str]]:
    cl = desk.get(LIST, {"view": "all", "paid": "month"} | query).context["cl"]
    return cl.result_count, {claim.claim_number for claim in cl.result_list}


def test_a_claim_that_was_paid_twice_this_month_is_one_and_one_of_last_month_is_none(desk: Client) -> None:
    twice, once = paid(0, 0, 3), paid(0)
    paid(1)
    paid()
    assert shown(desk) == (2, {twice.claim_number, once.claim_number})


def test_with_another_filter_those_are_counted_that_both_leave(desk: Client) -> None:
    other, fitting = paid(0), paid(0)
    Claim.objects.filter(pk=other.pk).update(claim_type="wind")
    assert shown(desk, claim_type=fitting.claim_type) == (1, {fitting.claim_number})
    assert shown(desk, q=fitting.claim_number) == (1, {fitting.claim_number})
    assert shown(desk, view="late")[0] == 0
    assert shown(desk, total="all")[0] == 2


def test_more_than_are_counted_are_said_to_be_more_and_can_all_be_paged_through(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vanguard.workbench.model_admin.COUNTED", 3)
    monkeypatch.setattr("claims.admin.claim.ClaimAdmin.list_per_page", 2)
    numbers = {paid(0).claim_number for _ in range(5)}
    pages = [desk.get(LIST, {"view": "all", "paid": "month", "p": str(page)}) for page in (1, 2, 3)]
    assert "more than 3" in words(pages[0])
    assert {claim.claim_number for page in pages for claim in page.context["cl"].result_list} == numbers


def test_they_are_counted_by_their_payments(desk: Client) -> None:
    paid(0)
    with CaptureQueriesContext(connection) as queries:
        shown(desk)
    counts = [query["sql"] for query in queries if "COUNT(*)" in query["sql"] and "claims_claimpayment" in query["sql"]]
    assert counts
    assert not any('FROM "claims_claim"' in sql for sql in counts)
