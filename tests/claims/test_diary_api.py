"""The diary through the API."""

import pytest

from claims.diary.services import add_entry
from tests.api.calling import Caller
from tests.claims.diaries import DAY, the_entry, today
from tests.factories import PolicyFactory, adjuster, policyholder, started_claim, submitted_claim

pytestmark = pytest.mark.django_db


def test_the_api_lists_adds_does_and_moves() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    caller, at = Caller(owner), f"/claims/{claim.pk}/diary"
    day = today() + 4 * DAY
    added = caller.post(at, {"dueOn": str(day), "what": "Call the roofer"})
    assert (added.status, added.data["ownerId"], added.data["dueOn"]) == (201, str(owner.pk), str(day))
    entry = added.data["id"]
    assert caller.get(f"{at}?open=true").data["total"] == 2
    moved = caller.post(f"{at}/{entry}/move", {"toDay": str(day + DAY), "reason": "He is away"})
    assert (moved.status, moved.data["dueOn"]) == (200, str(day + DAY))
    done = caller.post(f"{at}/{entry}/done", {"outcome": "Comes on Monday"})
    assert (done.status, done.data["ending"], done.data["outcome"]) == (200, "done", "Comes on Monday")
    assert caller.post(f"{at}/{entry}/done", {}).status == 409
    assert [row["what"] for row in caller.get("/diary").data["data"]] == ["Make first contact with the insured"]
    assert caller.get(f"{at}?open=false").data["total"] == 1


def test_my_diary_is_paged_by_day_and_narrowed() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    for days in range(5):
        add_entry(owner, claim.pk, due_on=today() + days * DAY, what=f"Day {days}")
    add_entry(owner, claim.pk, due_on=today(), what="Not mine", owner_id=adjuster().pk)
    caller = Caller(owner)
    first = caller.get("/diary?page_size=4").data
    assert (first["total"], [row["dueOn"] for row in first["data"]]) == (6, sorted(row["dueOn"] for row in first["data"]))
    rest = caller.get(f"/diary?page_size=4&cursor={first['nextCursor']}").data
    assert len({row["id"] for row in first["data"] + rest["data"]}) == 6
    assert [row["what"] for row in caller.get(f"/diary?due_by={today()}").data["data"]] == ["Day 0"]


def test_through_the_api_what_is_wrong_is_named_and_another_claims_entry_is_not_found() -> None:
    owner = adjuster()
    claim, other = started_claim(owner), started_claim(owner)
    caller, entry = Caller(owner), the_entry(other)
    wrong = caller.post(f"/claims/{claim.pk}/diary", {"dueOn": "2020-01-01", "what": ""})
    assert wrong.status == 422
    assert caller.post(f"/claims/{claim.pk}/diary/{entry.pk}/done", {}).status == 404
    stale = caller.post(f"/claims/{other.pk}/diary/{entry.pk}/done", {}, If_Match='"9"')
    assert stale.status == 412


def test_a_policyholder_sees_nothing_of_it() -> None:
    policy = PolicyFactory.create()
    caller = Caller(policyholder(policy.customer))
    claim = submitted_claim(policy)
    entry = the_entry(claim)
    assert caller.get("/diary").status == 403
    assert caller.get(f"/claims/{claim.pk}/diary").status == 403
    assert caller.post(f"/claims/{claim.pk}/diary", {"dueOn": str(today()), "what": "Pay me"}).status == 403
    assert caller.post(f"/claims/{claim.pk}/diary/{entry.pk}/done", {}).status == 403
