"""Requirement 4.7: security headers on every answer, each once."""

import re

import pytest
from pytest_django import Settings

from tests.web.conftest import Visitor

pytestmark = pytest.mark.once
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
STYLESHEET = "/static/admin/css/base.css"
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    "address",
    [
        "/api/echo",
        "/api/nothing",
        "/api/crash",
        "/crash",
        "/page",
        "/nothing",
        "/rows",
        "/picture",
        "/static/admin/css/base.css",
        "/metrics",
    ],
)
async def test_every_answer_has_each_header_once(visitor: Visitor, address: str) -> None:
    headers = (await visitor().get(address)).headers
    for name, value in EVERYWHERE.items():
        assert headers.get_list(name) == [value], name
    assert len(headers.get_list("Content-Security-Policy")) == 1
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Server" not in headers


async def test_a_foreign_host_gets_them_too(visitor: Visitor) -> None:
    headers = (await visitor(base_url="http://evil.example").get("/api/echo")).headers
    assert {name: headers[name] for name in EVERYWHERE} == EVERYWHERE


@pytest.mark.parametrize("address", ["/api/echo", "/api/nothing", "/api/crash", "/rows", "/picture", "/metrics", "/health/live"])
async def test_what_is_no_page_loads_and_runs_nothing(visitor: Visitor, address: str) -> None:
    assert (await visitor().get(address)).headers["Content-Security-Policy"] == DATA_POLICY


async def test_a_page_runs_only_scripts_with_its_nonce(visitor: Visitor) -> None:
    client = visitor()
    first, second = await client.get("/page"), await client.get("/page")
    policy = first.headers["Content-Security-Policy"]
    nonces = re.findall(r"nonce='([^']+)'", first.text + second.text)
    assert f"'nonce-{nonces[0]}'" in policy
    assert nonces[0] != nonces[1]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy


async def test_a_page_of_another_site_is_not_given_what_the_api_answers(visitor: Visitor) -> None:
    answer = await visitor().get("/api/echo", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_hsts_is_sent_over_tls_only(visitor: Visitor, settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_PRELOAD = False
    assert "Strict-Transport-Security" not in (await visitor().get("/api/echo")).headers
    for address in ("/api/echo", "/api/nothing", "/page", STYLESHEET):
        answer = await visitor(base_url="https://localhost").get(address)
        assert answer.headers.get_list("Strict-Transport-Security") == ["max-age=31536000; includeSubDomains"]
