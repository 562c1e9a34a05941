"""Requirement 1.4: hosts, and the probes that any host may be named in."""

import pytest
from pytest_django import Settings

from tests.web.conftest import Visitor

pytestmark = pytest.mark.once

PROBES = ["/health", "/health/live", "/health/ready", "/metrics"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "api.vanguardai.com", "127.0.0.1:8000"])
async def test_our_hosts_are_served(visitor: Visitor, host: str) -> None:
    assert (await visitor(base_url=f"http://{host}").get("/api/echo")).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "vanguardai.com.evil.example", "10.0.1.17", "localhost.evil.example", "bad host", ""])
async def test_a_foreign_host_is_refused_in_the_envelope(visitor: Visitor, host: str) -> None:
    answer = await visitor().get("/api/echo", headers={"Host": host})
    assert answer.status_code == 400
    told = answer.json()
    assert (told["success"], told["data"]) == (False, None)
    assert told["correlationId"] == answer.headers["X-Correlation-ID"]
    assert [(error["field"], error["code"]) for error in told["errors"]] == [("host", "foreign_host")]


async def test_a_foreign_host_is_refused_plainly_outside_the_api(visitor: Visitor) -> None:
    answer = await visitor(base_url="http://evil.example").get("/page")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert "evil" not in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize("address", PROBES)
@pytest.mark.parametrize("host", ["10.0.1.17:8000", "evil.example", "not a host"])
async def test_probes_answer_whatever_the_host(visitor: Visitor, address: str, host: str) -> None:
    assert (await visitor().get(address, headers={"Host": host})).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("address", PROBES)
async def test_probes_are_not_redirected_to_tls_and_all_else_is(visitor: Visitor, settings: Settings, address: str) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = visitor()
    assert (await client.get(address)).status_code == 200
    answer = await client.get("/api/echo?page=2")
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://localhost/api/echo?page=2")


@pytest.mark.parametrize("address", ["/health/nothing", "/health/"])
async def test_what_only_looks_like_a_probe_is_not_found(visitor: Visitor, address: str) -> None:
    assert (await visitor(base_url="http://10.0.1.17").get(address)).status_code == 404


@pytest.mark.parametrize("address", ["/healthy", "/metrics/", "/metrics/x", "/api/health"])
async def test_what_is_no_probe_asks_for_our_host(visitor: Visitor, address: str) -> None:
    assert (await visitor(base_url="http://10.0.1.17").get(address)).status_code == 400


@pytest.mark.parametrize("address", PROBES)
async def test_probes_only_tell(visitor: Visitor, address: str) -> None:
    assert (await visitor().post(address)).status_code == 405
