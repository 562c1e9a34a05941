"""A page far into a list, which is found by its keys and from the nearer end, has the rows that counting through would show."""

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from claims.models import Claim
from tests.api.calling import Caller, walk
from tests.factories import PolicyFactory, adjuster, started_claim, submitted_claim
from vanguard.http import paging

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller() -> Caller:
    return Caller(adjuster())


@pytest.fixture
def claims() -> list[Claim]:
    """Some with a deadline and some without, several with the same."""
    owner, policy = adjuster(), PolicyFactory.create()
    made = [submitted_claim(policy) for _ in range(5)] + [started_claim(owner, policy) for _ in range(4)]
    Claim.objects.filter(pk__in=[claim.pk for claim in made[::3]]).update(due_at=None)
    return made


@pytest.mark.parametrize(
    "query", ["", "sort=created_at", "sort=dueAt", "sort=-dueAt", "sort=claimAmount", "status=pending", "q=CLM", "open=true"]
)
def test_far_pages_are_the_pages(caller: Caller, claims: list[Claim], query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    near = [caller.get(f"/claims?{query}&page={page}&page_size=2").data for page in range(1, 8)]
    monkeypatch.setattr(paging, "FAR", -1)
    far = [caller.get(f"/claims?{query}&page={page}&page_size=2").data for page in range(1, 8)]
    assert [shown(page) for page in far] == [shown(page) for page in near]
    assert sum(len(page["data"]) for page in far) == near[0]["total"] >= 5


def shown(page: dict[str, Any]) -> dict[str, Any]:
    """A cursor is sealed anew each time: whether there is one must be the same."""
    return page | {"nextCursor": bool(page["nextCursor"])}


def test_a_cursor_goes_on_from_a_far_page(caller: Caller, claims: list[Claim], monkeypatch: pytest.MonkeyPatch) -> None:
    everything = [identity for page in walk(caller, "/claims?sort=dueAt&page_size=3") for identity in page.ids]
    monkeypatch.setattr(paging, "FAR", -1)
    second = caller.get("/claims?sort=dueAt&page=2&page_size=3")
    third = caller.get(f"/claims?cursor={second.data['nextCursor']}&page_size=3")
    assert second.ids + third.ids == everything[3:]


def test_the_total_after_a_cursor_is_the_lists_own(caller: Caller, claims: list[Claim]) -> None:
    cursor = caller.get("/claims?page_size=2").data["nextCursor"]
    assert caller.get(f"/claims?cursor={cursor}&page_size=2").data["total"] == 9
    submitted_claim(claims[0].policy)
    assert caller.get(f"/claims?cursor={cursor}&page_size=2").data["total"] == 10


def test_past_the_end_nothing_is_walked_over(caller: Caller, claims: list[Claim]) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert caller.get("/claims?page=90000000").ids == []
    assert not [query["sql"] for query in asked if "OFFSET" in query["sql"]]


def test_policies_that_ended_count_as_expired_although_nothing_wrote_that_down(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = PolicyFactory.create_batch(3, start_date=timezone.now() - datetime.timedelta(days=400))
    PolicyFactory.create_batch(2)
    for far in (1000, -1):
        monkeypatch.setattr(paging, "FAR", far)
        expired = caller.get("/policies?status=expired&page_size=2&page=2").data
        assert (expired["total"], [row["id"] for row in expired["data"]]) == (3, [str(ended[0].pk)])
        assert expired["data"][0]["status"] == caller.get(f"/policies/{ended[0].pk}").data["status"] == "expired"
        assert caller.get("/policies?status=active").data["total"] == 2
