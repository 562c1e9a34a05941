import datetime
import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.api import api
from policies.models import Policy
from tests.api.calling import Caller, walk
from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder, started_claim, submitted_claim, superuser

pytestmark = pytest.mark.django_db
LISTS = ["/customers", "/policies", "/claims"]


@pytest.fixture
def caller() -> Caller:
    return Caller(adjuster())


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_list_has_no_pages(caller: Caller, path: str) -> None:
    data = caller.get(path).data
    assert data == {"data": [], "total": 0, "page": 1, "pageSize": 10, "totalPages": 0, "nextCursor": None}


def test_pages_are_ten_rows_unless_said_otherwise_and_newest_first(caller: Caller) -> None:
    made = [str(policy.pk) for policy in PolicyFactory.create_batch(23)]
    first, third = caller.get("/policies"), caller.get("/policies?page=3&page_size=10")
    assert first.ids == made[:12:-1]
    assert third.ids == made[2::-1]
    assert (first.data["total"], first.data["totalPages"], third.data["page"]) == (23, 3, 3)
    assert len(caller.get("/policies?page_size=100").ids) == 23


@pytest.mark.parametrize("page", [2, 10**6, 2**53 - 1])
def test_past_the_last_page_there_is_an_empty_list(caller: Caller, page: int) -> None:
    PolicyFactory.create_batch(2)
    data = caller.get(f"/policies?page={page}").data
    assert (data["data"], data["total"], data["page"], data["totalPages"], data["nextCursor"]) == ([], 2, page, 1, None)


def test_a_reader_can_go_from_page_numbers_to_cursors(caller: Caller) -> None:
    PolicyFactory.create_batch(7)
    whole = caller.get("/policies?page_size=7").ids
    second = caller.get("/policies?page=2&page_size=3")
    third = caller.get(f"/policies?cursor={second.data['nextCursor']}&page_size=3")
    assert second.ids + third.ids == whole[3:]
    assert (third.data["page"], third.data["totalPages"], third.data["nextCursor"]) == (3, 3, None)


def test_a_cursor_goes_before_a_page_number(caller: Caller) -> None:
    PolicyFactory.create_batch(4)
    first = caller.get("/policies?page_size=2")
    assert caller.get(f"/policies?cursor={first.data['nextCursor']}&page=1&page_size=2").data["page"] == 2


@pytest.mark.parametrize(
    "sort", ["", "sort=createdAt&", "sort=-policyNumber&", "sort=policy_number&", "sort=-premium_amount&", "sort=startDate&"]
)
def test_two_readers_see_each_row_once_while_rows_are_added(caller: Caller, sort: str) -> None:
    made = {str(policy.pk) for policy in PolicyFactory.create_batch(9, premium_amount=Decimal("100.10"))}
    readers: list[dict[str, Any]] = [{"cursor": "", "seen": []}, {"cursor": "", "seen": []}]
    while any(reader["cursor"] is not None for reader in readers):
        for size, reader in enumerate(readers, start=2):
            if reader["cursor"] is None:
                continue
            answer = caller.get(f"/policies?{sort}cursor={reader['cursor']}&page_size={size}")
            reader["seen"] += answer.ids
            reader["cursor"] = answer.data["nextCursor"]
            # Rows that sort before, among and after the others.
            for amount in ("0.01", "100.10", "99999999.99"):
                if Policy.objects.count() < 36:
                    PolicyFactory.create(premium_amount=Decimal(amount))
    for reader in readers:
        assert len(reader["seen"]) == len(set(reader["seen"]))
        assert made <= set(reader["seen"])


@pytest.mark.parametrize("direction", ["", "-"])
def test_rows_without_a_value_come_last_and_none_is_lost(caller: Caller, direction: str) -> None:
    made = [submitted_claim() for _ in range(5)]
    for claim in made[:2]:
        type(claim).objects.filter(pk=claim.pk).update(due_at=None)
    ids = [row for page in walk(caller, f"/claims?sort={direction}due_at&page_size=2") for row in page.ids]
    assert ids == caller.get(f"/claims?sort={direction}due_at").ids
    assert set(ids[3:]) == {str(claim.pk) for claim in made[:2]}
    assert len(set(ids)) == 5


def test_a_cursor_that_was_altered_or_of_another_list_is_422(caller: Caller) -> None:
    PolicyFactory.create_batch(3)
    cursor = caller.get("/policies?page_size=1").data["nextCursor"]
    altered = cursor[:-10] + ("A" if cursor[-10] != "A" else "B") + cursor[-9:]
    for path in (f"/policies?cursor={altered}", f"/customers?cursor={cursor}", f"/policies?cursor={cursor}&sort=policy_number"):
        answer = caller.get(path)
        assert (answer.status, answer.errors) == (422, {"cursor": "bad_cursor"})


def test_a_cursor_keeps_a_name_to_itself(caller: Caller) -> None:
    CustomerFactory.create_batch(2, last_name="Featherstonehaugh")
    cursor = caller.get("/customers?sort=last_name&page_size=1").data["nextCursor"]
    assert "Feather" not in cursor


def test_a_scope_holds_along_a_cursor() -> None:
    mine, others = PolicyFactory.create_batch(3, customer=CustomerFactory.create()), PolicyFactory.create_batch(5)
    staff = Caller(adjuster())
    cursor = staff.get("/policies?page_size=1").data["nextCursor"]
    owner = Caller(policyholder(mine[0].customer))
    seen = owner.get(f"/policies?cursor={cursor}").ids
    assert set(seen) <= {str(policy.pk) for policy in mine}
    assert not set(seen) & {str(policy.pk) for policy in others}


@pytest.mark.parametrize("sort", ["created_at", "createdAt", "-createdAt", "policyNumber", "-end_date"])
def test_sorting_takes_both_spellings_and_both_directions(caller: Caller, sort: str) -> None:
    start = timezone.now() - datetime.timedelta(days=50)
    for number in range(3):
        PolicyFactory.create(start_date=start + datetime.timedelta(days=number))
    ids = caller.get(f"/policies?sort={sort}").ids
    field = {"createdAt": "created_at", "policyNumber": "policy_number"}.get(sort.removeprefix("-"), sort.removeprefix("-"))
    expected = Policy.objects.order_by(f"-{field}" if sort.startswith("-") else field)
    assert ids == [str(policy.pk) for policy in expected]


def test_policies_are_found_by_status_type_and_customer(caller: Caller) -> None:
    auto, home = PolicyFactory.create(policy_type="auto"), PolicyFactory.create()
    assert caller.get("/policies?policy_type=auto").ids == [str(auto.pk)]
    assert caller.get(f"/policies?customer_id={home.customer_id}").ids == [str(home.pk)]
    assert caller.get(f"/customers/{auto.customer_id}/policies").ids == [str(auto.pk)]
    assert caller.get("/policies?status=cancelled").ids == []
    assert len(caller.get("/policies?status=active&policy_type=homeowners").ids) == 1


def test_claims_are_found_by_what_an_adjuster_asks_for(caller: Caller) -> None:
    actor = adjuster()
    started, waiting = started_claim(actor, claim_type="theft"), submitted_claim()
    for query, found in [
        ("status=processing", [started]),
        ("status=pending", [waiting]),
        ("stage=investigation", [started]),
        ("claim_type=theft", [started]),
        (f"policy_id={waiting.policy_id}", [waiting]),
        (f"assignee_id={actor.pk}", [started]),
        ("open=true&sort=created_at", [started, waiting]),
        ("open=false", []),
        (f"q={started.claim_number}", [started]),
        (f"q={waiting.policy.policy_number}", [waiting]),
        (f"q={waiting.policy.customer.last_name}", [waiting]),
    ]:
        assert caller.get(f"/claims?{query}").ids == [str(claim.pk) for claim in found], query
    assert caller.get(f"/policies/{waiting.policy_id}/claims").ids == [str(waiting.pk)]


def test_customers_are_found_by_mail_and_by_how_their_names_begin(caller: Caller) -> None:
    rosa = CustomerFactory.create(email="Rosa@Example.com", first_name="Rosa", last_name="Diaz")
    CustomerFactory.create_batch(2)
    assert caller.get("/customers?email=rosa@example.COM").ids == [str(rosa.pk)]
    assert caller.get("/customers?q=rosa+di").ids == [str(rosa.pk)]
    assert caller.get("/customers?q=%25").ids == []


@pytest.mark.parametrize("path", ["/customers/{}/policies", "/policies/{}/claims"])
def test_the_list_of_something_unknown_is_404(caller: Caller, path: str) -> None:
    assert caller.get(path.format(uuid4())).status == 404


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/customers", 4),
        ("/policies", 4),
        ("/claims", 4),
        ("/customers?q=fin", 5),
        ("/policies?q=fin&status=active", 6),
        ("/claims?q=fin", 8),
    ],
)
def test_a_list_costs_the_same_number_of_queries_however_long(caller: Caller, path: str, queries: int) -> None:
    """Two for the token (the user, the permissions), one for the total, one for the rows; a search asks each table beforehand."""
    for wanted in (1, 20):
        while Policy.objects.count() < wanted:
            submitted_claim()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert caller.get(f"{path}{'&' if '?' in path else '?'}page_size=100").status == 200
        assert len(captured) == queries, [query["sql"] for query in captured]


def asked() -> list[str]:
    """Every address that takes something in its query string."""
    paths = api.get_openapi_schema(path_prefix="/")["paths"]
    return [
        path for path, operations in paths.items() if any(each["in"] == "query" for each in operations.get("get", {}).get("parameters", ()))
    ]


@pytest.mark.once
@pytest.mark.parametrize("path", asked())
def test_a_parameter_that_there_is_not_is_named_and_never_ignored(path: str) -> None:
    address = re.sub(r"\{\w+\}", str(uuid4()), path)
    answer = Caller(superuser()).get(f"{address}?statuss=active&page_size=5")
    assert answer.status == 422, answer
    assert answer.errors["statuss"] == "unknown_parameter"


def test_a_misspelt_filter_is_told_beside_what_else_is_wrong(caller: Caller) -> None:
    answer = caller.get("/policies?Status=active&pageSize=5&page=0")
    assert (answer.status, answer.errors) == (422, {"Status": "unknown_parameter", "pageSize": "unknown_parameter", "page": "out_of_range"})
    assert caller.get("/policies?status=active&page_size=5&page=1").status == 200


def test_a_parameters_name_is_repeated_only_so_far_as_it_can_be_written(caller: Caller) -> None:
    answer = caller.get(f"/policies?{'x' * 300}=1&%00%FF=2")
    assert answer.status == 422
    assert max(len(name) for name in answer.errors) == 100
