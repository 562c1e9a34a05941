"""Compliance reads what the database recorded, from a record's page and by search; and how the chain stands."""

import pytest
from django.test import Client

from claims.services import assign_claim
from tests.api.calling import Caller
from tests.factories import adjuster, staff, submitted_claim
from tests.security.trail import by_owner, seal_here
from tests.workbench.desk import desk_of, source, words
from vanguard.trail.models import AuditLink, AuditRecord, Verification

pytestmark = pytest.mark.django_db
TRAIL, CHAIN = "/admin/audit/", "/admin/audit/chain/"


@pytest.fixture
def desk() -> Client:
    return desk_of(staff("Compliance"))


def test_a_claims_page_leads_to_its_trail(desk: Client) -> None:
    actor, claim, other = adjuster(first_name="Maya", last_name="Chen"), submitted_claim(), submitted_claim()
    assign_claim(actor, claim.pk)
    address = f"{TRAIL}?record_id={claim.pk}"
    assert f'href="{address}"' in source(desk.get(f"/admin/claims/claim/{claim.pk}/change/"))
    page = words(desk.get(address))
    assert "Maya Chen" in page
    assert "assignee_id" in page
    assert str(other.pk) not in page


@pytest.mark.parametrize("label", ["customers/customer", "policies/policy"])
def test_so_do_those_of_customers_and_policies(desk: Client, label: str) -> None:
    claim = submitted_claim()
    key = {"customers/customer": claim.policy.customer_id, "policies/policy": claim.policy_id}[label]
    assert f'href="{TRAIL}?record_id={key}"' in source(desk.get(f"/admin/{label}/{key}/change/"))
    assert "Audit trail of this record" not in source(desk_of(adjuster()).get(f"/admin/{label}/{key}/change/"))


def test_it_is_searched_by_who_kind_day_and_request(desk: Client) -> None:
    actor, claim, other = adjuster(), submitted_claim(), submitted_claim()
    assign_claim(None, other.pk, assignee_id=adjuster().pk)
    Caller(actor).send("POST", f"/claims/{claim.pk}/start", None, X_Correlation_ID="a-request-of-ours-01")
    for query in (f"actor={actor.email}", f"actor={actor.pk}", "correlation_id=a-request-of-ours-01"):
        page = words(desk.get(f"{TRAIL}?{query}&table=claims_claim"))
        assert (str(claim.pk) in page, str(other.pk) in page) == (True, False), query
    day = AuditRecord.objects.order_by("-id")[0].at.date()
    assert str(claim.pk) in words(desk.get(f"{TRAIL}?from_day={day}&to_day={day}"))
    assert "Nothing was recorded" in words(desk.get(f"{TRAIL}?to_day=2001-01-01"))


@pytest.mark.parametrize(
    "query", ["from_day=9999-12-31", "to_day=0001-01-01", "before=x", f"before={10**30}", "table=secrets", "record_id=" + "a" * 900]
)
def test_what_is_not_understood_is_no_error(desk: Client, query: str) -> None:
    assert desk.get(f"{TRAIL}?{query}").status_code == 200


def test_it_is_read_page_by_page(desk: Client) -> None:
    for _ in range(30):
        submitted_claim()
    page = source(desk.get(TRAIL))
    assert page.count("<tr><td") == 50
    following = page.partition('href="?before=')[2].partition('"')[0]
    oldest = sorted(AuditRecord.objects.values_list("id", flat=True))[-50]
    assert following == str(oldest)
    assert source(desk.get(f"{TRAIL}?before={following}")).count("<tr><td") == 50


def test_the_chains_page_before_anything_was_sealed(desk: Client) -> None:
    submitted_claim()
    assert "Nothing is sealed yet" in words(desk.get(CHAIN))


@pytest.mark.django_db(transaction=True)
def test_the_chains_page_tells_its_head_and_what_was_found(desk: Client) -> None:
    submitted_claim()
    seal_here()
    page = words(desk.get(CHAIN))
    assert f"Place {AuditLink.objects.count()}" in page
    Verification.objects.create(from_sequence=1, to_sequence=9, seconds=0.1, faults=1, first_fault="Record 7 at place 7 was edited.")
    assert "1 fault. Record 7 at place 7 was edited." in words(desk.get(CHAIN))
    by_owner("DELETE FROM audit_key")


class TestApi:
    def test_a_records_changes_newest_first_with_filters_and_pages(self) -> None:
        actor, claim = adjuster(), submitted_claim()
        assign_claim(actor, claim.pk)
        caller = Caller(staff("Compliance"))
        told = caller.get(f"/audit?record_id={claim.pk}&table=claims_claim").body["data"]
        assert [each["operation"] for each in told["data"]] == ["update", "insert"]
        assert told["data"][0]["recordId"] == str(claim.pk)
        assert told["data"][0]["actorId"] == str(actor.pk)
        assert told["data"][0]["after"]["assignee_id"].replace("-", "") == actor.pk.hex
        assert caller.get(f"/audit?record_id={claim.pk}&table=claims_claim&operation=insert").body["data"]["total"] == 1
        first = caller.get(f"/audit?record_id={claim.pk}&table=claims_claim&page_size=1&cursor=").body["data"]
        second = caller.get(f"/audit?record_id={claim.pk}&table=claims_claim&page_size=1&cursor={first['nextCursor']}").body["data"]
        assert [each["operation"] for each in (*first["data"], *second["data"])] == ["update", "insert"]
        assert caller.get(f"/audit?actor={actor.email}").body["data"]["total"] >= 1
        assert caller.get("/audit?to_day=2001-01-01").body["data"]["total"] == 0
        assert caller.get("/audit?sort=at").status == 422

    def test_what_is_sealed_has_its_place_and_digest(self) -> None:
        claim = submitted_claim()
        record = AuditRecord.objects.filter(table_name="claims_claim").latest("id")
        AuditLink.objects.create(sequence=10**9, record_id=record.pk, digest=b"\x01" * 32)
        told = Caller(staff("Compliance")).get(f"/audit?record_id={claim.pk}&table=claims_claim").body["data"]["data"][0]
        assert (told["sequence"], told["digest"]) == (10**9, "01" * 32)
