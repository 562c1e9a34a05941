"""A route is remembered by the shape of its address only where nothing but ids tells its addresses apart."""

from uuid import UUID

import pytest
from django.http import Http404
from django.test import RequestFactory

from vanguard.web.routes import Routes

ONE, OTHER = "0199b6a2-7c11-7a5e-9f40-1234567890ab", "0199b6a2-7c11-7a5e-9f40-ba0987654321"


def resolved(routes: Routes, path: str) -> tuple[str, dict[str, object]]:
    request = RequestFactory().get(path)
    match = routes.resolve(request)
    assert request.resolver_match is match
    return match.route, match.kwargs


def test_two_ids_lead_to_one_view_each_with_its_own() -> None:
    routes = Routes("config.urls")
    first, second = resolved(routes, f"/api/policies/{ONE}"), resolved(routes, f"/api/policies/{OTHER}")
    assert first == ("api/policies/<id>", {"id": ONE})
    assert second == ("api/policies/<id>", {"id": OTHER})
    assert resolved(routes, f"/api/policies/{ONE}/claims") == ("api/policies/<id>/claims", {"id": ONE})
    assert resolved(Routes("tests.web.views"), f"/api/things/{ONE}")[1] == {"thing_id": UUID(ONE)}


def test_a_converted_id_is_converted_each_time() -> None:
    routes = Routes("tests.web.views")
    assert [resolved(routes, f"/api/things/{which}")[1] for which in (ONE, OTHER)] == [{"thing_id": UUID(ONE)}, {"thing_id": UUID(OTHER)}]


def test_what_is_no_id_is_looked_up_each_time_and_kept_by_nobody() -> None:
    routes = Routes("config.urls")
    for number in ("POL-2026-000001", "POL-2026-000002", ONE):
        assert resolved(routes, f"/api/policies/by-number/{number}")[1] == {"number": number}
    for unknown in ("/api/nothing", "/api/anything", f"/api/nothing/{ONE}"):
        assert resolved(routes, unknown)[1] == {}
    assert len(routes._known) == 1


def test_an_address_that_is_not_there_is_not_there_twice() -> None:
    routes = Routes("vanguard.observability.urls")
    for _ in range(2):
        with pytest.raises(Http404):
            resolved(routes, "/health/nothing")
