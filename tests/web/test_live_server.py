"""The promises of this room, kept by the real server: gunicorn, two uvicorn workers, their sockets and their output."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from prometheus_client.mmap_dict import MmapedDict

from tests.live import LiveServer, live_server

pytestmark = [pytest.mark.slow, pytest.mark.once]
STYLESHEET = "/static/admin/css/base.css"
HEADERS = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "strict-origin-when-cross-origin"}
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server({"WEB_CONCURRENCY": "2", "TRUSTED_PROXIES": "127.0.0.1"}) as running:
        yield running


def chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // 65_536 + 1):
        yield b"x" * 65_536


@pytest.mark.parametrize(
    ("method", "address", "host", "status"),
    [
        ("GET", "/admin/login/", "", 200),
        ("GET", "/admin/", "", 302),
        ("GET", "/nothing", "", 404),
        ("GET", "/api/nothing", "", 404),
        ("GET", "/api/claims/%00", "", 422),
        ("GET", "/api/claims?q=%00", "", 422),
        ("GET", "/api/claims", "evil.example", 400),
        ("POST", "/admin/login/", "", 403),
        ("POST", "/health", "", 405),
        ("GET", STYLESHEET, "", 200),
        ("HEAD", STYLESHEET, "", 200),
        ("GET", "/health", "10.0.1.17:8000", 200),
        ("GET", "/health/ready", "10.0.1.17", 200),
        ("GET", "/metrics", "evil.example", 200),
    ],
)
def test_every_kind_of_answer_has_its_headers_once(server: LiveServer, method: str, address: str, host: str, status: int) -> None:
    headers = {"X-Correlation-ID": "case-2026-1"} | ({"Host": host} if host else {})
    answer = httpx.request(method, server.url + address, headers=headers)
    assert answer.status_code == status
    for name, value in (HEADERS | {"X-Correlation-ID": "case-2026-1"}).items():
        assert answer.headers.get_list(name) == [value], name
    for name in ("Content-Security-Policy", "Permissions-Policy"):
        assert len(answer.headers.get_list(name)) == 1, name
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("declared", [True, False])
def test_an_oversized_body_is_answered_while_it_is_still_being_sent(server: LiveServer, declared: bool) -> None:
    content = b"x" * (3 * MIB) if declared else chunks(3 * MIB)
    answer = httpx.post(f"{server.url}/api/claims", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["success"]) == (413, False)
    assert answer.headers["Connection"] == "close"


def test_the_log_line_has_the_id_and_the_callers_address(server: LiveServer) -> None:
    headers = {"X-Correlation-ID": "case-live-77", "X-Forwarded-For": "1.1.1.1, 203.0.113.9", "Authorization": "Bearer canary-7731"}
    httpx.get(f"{server.url}/api/nothing?page=2&q=canary-7731", headers=headers)
    line = server.wait_for_line(logger="vanguard.requests", correlation_id="case-live-77")
    assert (line["client_ip"], line["status"], line["query"]) == ("203.0.113.9", 404, "page=2&q=***")
    assert "canary-7731" not in server.log.read_text()


def test_every_line_is_json_the_servers_own_included(server: LiveServer) -> None:
    loggers = {line["logger"] for line in server.log_lines()}
    assert {"gunicorn.error", "uvicorn.error", "vanguard.requests"} <= loggers


def test_figures_are_summed_over_the_workers(server: LiveServer) -> None:
    sample = r'(?m)^vanguard_requests_total\{endpoint="/health/live",method="GET",status_code="200"\} (\d+)'

    def counted() -> int:
        found = re.search(sample, httpx.get(f"{server.url}/metrics").text)
        return int(found[1]) if found else 0

    def ask(_number: int) -> None:
        # A connection each, so that both workers get some.
        httpx.get(f"{server.url}/health/live", headers={"Connection": "close"})

    before = counted()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, range(60)))
    assert counted() == before + 60
    # Whichever worker answers, it tells the same.
    assert {counted() for _ in range(6)} == {before + 60}
    assert workers_that_answered(Path(server.environment["PROMETHEUS_MULTIPROC_DIR"])) == 2


def workers_that_answered(folder: Path) -> int:
    """How many processes have counted a request themselves."""
    return sum(
        any("/health/live" in key and value for key, value, *_ in MmapedDict.read_all_values_from_file(str(file)))
        for file in folder.glob("counter_*.db")
    )
