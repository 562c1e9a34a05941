"""Requirement 4.6: every request has a correlation id, returned on every answer."""

import re

import pytest
from django.test import Client
from pytest_django import Settings

from tests.web.conftest import Visitor

pytestmark = pytest.mark.once
HEADER = "X-Correlation-ID"


@pytest.mark.parametrize("sent", ["abcd1234", "Case-7.of_2026", "x" * 64])
async def test_a_well_formed_id_is_kept_and_seen_by_the_view(visitor: Visitor, sent: str) -> None:
    answer = await visitor().get("/api/echo", headers={HEADER: sent})
    assert answer.headers[HEADER] == sent
    assert answer.json()["correlation_id"] == sent


@pytest.mark.parametrize("sent", ["", "short", "x" * 65, "with space", 'quote"quote', "semi;colon", "abcd1234,efgh5678", "ümlaut-12345"])
async def test_a_malformed_id_is_replaced(visitor: Visitor, sent: str) -> None:
    answer = await visitor().get("/api/echo", headers={HEADER.encode(): sent.encode()})
    assert answer.headers[HEADER] != sent
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers[HEADER])


async def test_two_requests_have_two_ids(visitor: Visitor) -> None:
    client = visitor()
    assert (await client.get("/api/echo")).headers[HEADER] != (await client.get("/api/echo")).headers[HEADER]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/echo", 200),
        ("/api/nothing", 404),
        ("/nothing", 404),
        ("/api/crash", 500),
        ("/crash", 500),
        ("/api/%00", 422),
        ("/static/admin/css/base.css", 200),
        ("/static/nothing.css", 404),
        ("/health/live", 200),
        ("/metrics", 200),
    ],
)
async def test_every_kind_of_answer_has_it_once(visitor: Visitor, address: str, status: int) -> None:
    answer = await visitor().get(address, headers={HEADER: "case-2026-1"})
    assert answer.status_code == status
    assert answer.headers.get_list(HEADER) == ["case-2026-1"]


async def test_a_foreign_host_is_told_the_id_too(visitor: Visitor) -> None:
    answer = await visitor(base_url="http://evil.example").get("/api/echo", headers={HEADER: "case-2026-1"})
    assert (answer.status_code, answer.headers[HEADER], answer.json()["correlationId"]) == (400, "case-2026-1", "case-2026-1")


async def test_it_follows_the_request_into_a_thread(visitor: Visitor) -> None:
    assert (await visitor().get("/thread", headers={HEADER: "case-2026-1"})).text == "case-2026-1"


@pytest.mark.parametrize("alone", [True, False])
def test_it_is_there_without_an_event_loop_too(settings: Settings, alone: bool) -> None:
    settings.ROOT_URLCONF = "tests.web.views"
    if alone:
        settings.MIDDLEWARE = ["vanguard.web.middleware.WebMiddleware"]
    client = Client(raise_request_exception=False)
    for address, status in (("/thread", 200), ("/health/live", 200), ("/nothing", 404), ("/crash", 500), ("/api/crash", 500)):
        answer = client.get(address, headers={HEADER: "case-2026-1"})
        assert (answer.status_code, answer[HEADER], answer["X-Frame-Options"]) == (status, "case-2026-1", "DENY")
