"""Every bad answer under /api has the envelope, whatever made it; and none tells what went wrong inside."""

import pytest
from pytest_django import Settings

from tests.web.conftest import Visitor

pytestmark = pytest.mark.once
CANARY = "canary-7731"


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/api/nothing", 404, "not_found"),
        ("/api/missing", 404, "not_found"),
        ("/api/crash", 500, "internal_error"),
        ("/api", 404, "not_found"),
    ],
)
@pytest.mark.parametrize("debug", [False, True])
async def test_errors_under_the_api_have_the_envelope(
    visitor: Visitor, settings: Settings, address: str, status: int, code: str, debug: bool
) -> None:
    settings.DEBUG = debug
    answer = await visitor().get(address)
    told = answer.json()
    assert answer.status_code == status
    assert set(told) == {"data", "message", "success", "timestamp", "correlationId", "errors"}
    assert (told["data"], told["success"], told["errors"][0]["code"]) == (None, False, code)
    assert told["correlationId"] == answer.headers["X-Correlation-ID"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert CANARY not in answer.text


async def test_a_page_that_is_not_there_is_a_page(visitor: Visitor) -> None:
    answer = await visitor().get("/nothing")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


async def test_a_crash_does_not_tell_what_crashed(visitor: Visitor) -> None:
    answer = await visitor().get("/crash")
    assert answer.status_code == 500
    assert CANARY not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("address", ["/api/nothing", "/api/crash", "/nothing", "/crash"])
async def test_an_error_page_that_crashes_leaves_an_answer_of_ours(
    visitor: Visitor, settings: Settings, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    client = visitor()
    settings.ROOT_URLCONF = "tests.web.broken_errors"
    answer = await client.get(address, headers={"X-Correlation-ID": "case-2026-1"})
    assert (answer.status_code, answer.headers["X-Correlation-ID"], answer.headers["X-Frame-Options"]) == (500, "case-2026-1", "DENY")
    assert "broken" not in answer.text
    assert any(record.name == "vanguard.web.middleware" and record.exc_info for record in caplog.records)
