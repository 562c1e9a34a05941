"""Requirement 3.3: the real nginx with the real files, in front of several workers: limits that are counted, bodies, its own answers."""

import json
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from tests import needs
from tests.delivery.proxied import NGINX_FILES, Answer, Proxy, assert_is_a_good_refusal, deserted, nginx_before, proxy
from vanguard.web.headers import SecurityHeaders
from vanguard.web.refusals import MESSAGES

__all__ = ["deserted", "proxy"]
pytestmark = [pytest.mark.slow, pytest.mark.once, needs.nginx]


# Limits


def statuses(proxy: Proxy, path: str, count: int, source: str, method: str = "GET") -> tuple[Counter[int], float]:
    """How `count` calls at once are answered, and how many seconds they took."""
    started = time.monotonic()
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: proxy.call(path, method, source=source), range(count)))
    return Counter(answer.status for answer in answers), time.monotonic() - started


def test_the_api_takes_ten_a_second_and_twenty_at_once(proxy: Proxy) -> None:
    counted, seconds = statuses(proxy, "/api/claims", 60, "127.0.0.11")
    assert set(counted) <= {200, 429}
    assert 21 <= counted[200] <= 21 + 10 * seconds + 1
    assert proxy.call("/api/claims", source="127.0.0.12").status == 200, "the limit is on an address"


@pytest.mark.parametrize(
    ("path", "method", "source"),
    [
        ("/api/auth/token", "POST", "127.0.0.13"),
        ("/api/auth/password/forgot", "POST", "127.0.0.14"),
        ("/admin/login/", "POST", "127.0.0.15"),
        ("/api//auth/%74oken", "POST", "127.0.0.16"),
    ],
)
def test_log_ins_are_five_a_minute_and_five_at_once(proxy: Proxy, path: str, method: str, source: str) -> None:
    counted, seconds = statuses(proxy, path, 20, source, method)
    assert set(counted) <= {200, 429}
    assert 6 <= counted[200] <= 6 + seconds / 12 + 1


@pytest.mark.parametrize(
    ("path", "method", "source"),
    [
        ("/api/auth/me", "GET", "127.0.0.17"),
        ("/api/auth/refresh", "POST", "127.0.0.18"),
        ("/api/auth/token", "OPTIONS", "127.0.0.19"),
        ("/admin/login/", "GET", "127.0.0.20"),
    ],
)
def test_an_office_behind_one_address_stays_logged_in(proxy: Proxy, path: str, method: str, source: str) -> None:
    assert statuses(proxy, path, 20, source, method)[0] == {200: 20}


@pytest.mark.parametrize("path", ["/admin/", "/health/live", "/static/workbench.css"])
def test_pages_and_probes_are_not_limited(proxy: Proxy, path: str) -> None:
    assert statuses(proxy, path, 50, "127.0.0.21")[0] == {200: 50}


@pytest.mark.parametrize(
    ("path", "count", "seconds", "envelope", "source"),
    [
        ("/api/policies", 80, "1", True, "127.0.0.22"),
        ("/api/auth/token", 8, "12", True, "127.0.0.23"),
        ("/admin/login/", 8, "12", False, "127.0.0.24"),
    ],
)
def test_who_is_limited_hears_when_to_come_again(proxy: Proxy, path: str, count: int, seconds: str, envelope: bool, source: str) -> None:
    with ThreadPoolExecutor(8) as clients:
        answers = clients.map(lambda _: proxy.call(path, "POST", source=source), range(count))
        answer = next(answer for answer in answers if answer.status == 429)
    assert answer.one("Retry-After") == seconds
    assert_is_a_good_refusal(answer, envelope=envelope)
    if envelope:
        code, message = MESSAGES[429]
        assert json.loads(answer.body)["errors"] == [{"field": "", "code": code, "message": message}]


# Bodies


def test_a_body_of_eleven_mebibytes_passes_and_one_byte_more_does_not(proxy: Proxy) -> None:
    most = 11 * 1024 * 1024
    assert json.loads(proxy.call("/api/documents", "POST", body=b"x" * most, source="127.0.0.31").body)["bytes"] == most
    answer = proxy.call("/api/documents", "POST", headers={"Content-Length": str(most + 1)}, source="127.0.0.31")
    assert answer.status == 413
    assert_is_a_good_refusal(answer, envelope=True)


def test_a_body_reaches_the_application_as_it_comes() -> None:
    """Held back until it is whole, a body that drips would never meet the application's deadline (408)."""
    with (
        socket.create_server(("127.0.0.1", 0)) as behind,
        nginx_before(behind.getsockname()[1]) as proxy,
        socket.create_connection(("127.0.0.1", proxy.https)) as plain,
        proxy.trusting().wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(b"POST /api/claims HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nfirst piece")
        behind.settimeout(10)
        received, _ = behind.accept()
        received.settimeout(10)
        came = b""
        while b"first piece" not in came:
            came += received.recv(65536)
        received.sendall(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        received.close()
        assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")


# Answers that nginx makes


def test_the_headers_are_those_that_the_application_gives() -> None:
    def nothing(_request: object) -> HttpResponse:
        return HttpResponse()

    answer = HttpResponse(content_type="application/json")
    SecurityHeaders(nothing).add(RequestFactory().get("/api/claims"), answer)
    text = (NGINX_FILES / "own-headers.conf.template").read_text()
    for name, value in answer.headers.items():
        if name != "Content-Type":
            assert f"add_header {name} {value} always;" in text or f'add_header {name} "{value}" always;' in text


@pytest.mark.parametrize(("path", "envelope"), [("/api/claims", True), ("/admin/", False)])
def test_an_application_that_is_away_is_a_502_with_all_headers(deserted: Proxy, path: str, envelope: bool) -> None:
    answer = deserted.call(path)
    assert (answer.status, answer.one("Retry-After")) == (502, "5")
    assert_is_a_good_refusal(answer, envelope=envelope)


def test_an_application_that_does_not_answer_is_a_504_with_all_headers() -> None:
    hurry = {"proxy_read_timeout 30s": "proxy_read_timeout 1s"}
    with socket.create_server(("127.0.0.1", 0)) as silent, nginx_before(silent.getsockname()[1], changed=hurry) as proxy:
        answer = proxy.call("/api/claims")
    assert answer.status == 504
    assert_is_a_good_refusal(answer, envelope=True)


def test_an_error_of_the_application_is_passed_on_as_it_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as behind, nginx_before(behind.getsockname()[1]) as proxy:
        said = b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nX-Frame-Options: DENY\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbusy"

        def answer_once() -> None:
            connection, _ = behind.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(said)

        thread = threading.Thread(target=answer_once)
        thread.start()
        answer = proxy.call("/api/claims")
        thread.join()
    assert (answer.status, answer.body, answer.one("Retry-After"), answer.one("X-Frame-Options")) == (503, b"busy", "7", "DENY")


@pytest.mark.parametrize(
    ("request_bytes", "status", "envelope"),
    [
        (b"GET /api/claims HTTP/1.1\r\n\r\n", 400, True),
        (b"GET /api/claims HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 9000 + b"\r\n\r\n", 431, True),
        (b"GET /api/" + b"y" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414, False),
        (b"TRACE /api/claims HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, True),
        (b"nonsense\r\n\r\n", 400, False),
    ],
)
def test_what_nginx_cannot_read_is_refused_with_all_headers(proxy: Proxy, request_bytes: bytes, status: int, envelope: bool) -> None:
    with socket.create_connection(("127.0.0.1", proxy.https)) as plain:
        connection = proxy.trusting().wrap_socket(plain, server_hostname="localhost")
        connection.sendall(request_bytes)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    answer = Answer(int(first.split()[1]), [(name, value) for name, _, value in (line.partition(": ") for line in lines)], body)
    assert answer.status == status
    assert_is_a_good_refusal(answer, envelope=envelope)


@pytest.mark.parametrize("path", ["/metrics", "//metrics", "/%6detrics", "/health/../metrics", "/metrics?x=1"])
def test_figures_are_not_published(proxy: Proxy, path: str) -> None:
    assert proxy.call(path).status == 404
