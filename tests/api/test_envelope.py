import re
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest
from ninja import Router

from tests.api.calling import ERROR_KEYS, LIST_KEYS, Caller
from tests.factories import PolicyFactory, adjuster, superuser
from vanguard.http.errors import answer_to

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MILLISECONDS_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_a_good_answer_has_data_message_success_and_a_timestamp_in_milliseconds_utc() -> None:
    body = Caller(adjuster()).get(f"/policies/{PolicyFactory.create().pk}").body
    assert set(body) == {"data", "message", "success", "timestamp"}
    assert body["success"] is True
    assert MILLISECONDS_UTC.fullmatch(body["timestamp"])


def test_a_list_has_its_rows_and_where_they_stand() -> None:
    PolicyFactory.create_batch(3)
    data = Caller(adjuster()).get("/policies?page_size=2").data
    assert set(data) == LIST_KEYS
    assert (len(data["data"]), data["total"], data["page"], data["pageSize"], data["totalPages"]) == (2, 3, 1, 2, 2)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/policies/", 404),
        ("GET", "/", 404),
        ("POST", "/nowhere", 404),
        ("PUT", "/nowhere/else", 404),
        ("DELETE", "/claims/", 404),
        ("POST", "/claims/00000000-0000-7000-8000-000000000000/bogus", 404),
        ("POST", "/docs", 405),
        ("POST", "/redoc", 405),
        ("POST", "/openapi.json", 405),
        ("DELETE", "/policies", 405),
        ("POST", "/policies/by-number/X", 405),
        ("OPTIONS", "/policies", 405),
        ("GET", "/policies/not-an-id", 422),
        ("GET", "/policies?page=0", 422),
        ("POST", "/policies", 422),
        ("GET", "/policies/00000000-0000-7000-8000-000000000000", 404),
    ],
)
def test_an_error_has_the_same_envelope_whatever_raised_it(method: str, path: str, status: int) -> None:
    answer = Caller(superuser()).send(method, path)
    assert answer.status == status, answer
    assert answer.headers["Content-Type"].startswith("application/json")
    assert set(answer.body) == ERROR_KEYS
    assert (answer.body["data"], answer.body["success"]) == (None, False)
    assert MILLISECONDS_UTC.fullmatch(answer.body["timestamp"])
    assert answer.body["correlationId"] == answer.headers["X-Correlation-ID"]
    assert {"field", "code", "message"} == set(answer.body["errors"][0])


def test_a_wrong_method_names_those_that_are_allowed() -> None:
    assert Caller(adjuster()).send("DELETE", "/claims").headers["Allow"] == "GET, HEAD, POST"
    assert Caller(adjuster()).send("DELETE", "/auth/token").headers["Allow"] == "POST"


def test_head_goes_wherever_get_goes() -> None:
    policy = PolicyFactory.create()
    answer = Caller(adjuster()).send("HEAD", f"/policies/{policy.pk}")
    assert (answer.status, answer.etag) == (200, '"1"')


def test_no_cache_may_keep_an_answer() -> None:
    caller = Caller(adjuster())
    assert caller.get("/policies").headers["Cache-Control"] == "no-store"
    assert caller.get("/nowhere").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("reached", [0, 2], ids=["at the token check", "at the list itself"])
def test_the_database_away_is_503_with_the_seconds_to_wait_and_then_all_is_well_again(reached: int) -> None:
    caller, answered = Caller(adjuster()), 0

    def gone(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal answered
        answered += 1
        if answered > reached:
            raise OperationalError("could not connect to server at 10.0.0.7, password=secret")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(gone):
        answer = caller.get("/policies")
    assert (answer.status, answer.errors) == (503, {"": "unavailable"})
    assert answer.headers["Retry-After"].isdigit()
    assert "secret" not in answer.text
    assert caller.get("/policies").status == 200


def test_what_nobody_foresaw_is_500_without_detail_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    answer = answer_to(HttpRequest(), ZeroDivisionError("the secret is open sesame"))
    assert answer.status_code == 500
    assert b"sesame" not in answer.content
    assert "Unhandled error" in caplog.text


def test_ninja_knows_no_router_of_ours_that_forgets_the_alias() -> None:
    """Every router gives camelCase names, or the schema would document others than the answers have."""
    from config.api import api

    routers: list[Router] = [router for _, router in api._routers if router.path_operations]
    assert all(router.by_alias for router in routers)
