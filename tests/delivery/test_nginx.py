"""Requirement 3.3: the real nginx with the real files, in front of several workers: TLS, limits that are counted, whose word counts."""

import json
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from tests import needs
from tests.delivery.proxied import NGINX_FILES, Answer, Proxy, nginx_before
from tests.delivery.servers import free_port, served
from vanguard.web.headers import SecurityHeaders
from vanguard.web.refusals import MESSAGES

pytestmark = [pytest.mark.slow, pytest.mark.once, needs.nginx]
SECURITY_HEADERS = ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy", "Permissions-Policy")
FORGED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Real-IP": "203.0.113.7",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "1",
    "Forwarded": "for=203.0.113.7;proto=http",
    "X_Forwarded_For": "203.0.113.8",
    "Connection": "X-Forwarded-For",
}


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    """In front of two workers that tell what reached them."""
    with served("tests.delivery.echo:application", WEB_CONCURRENCY="2") as server, nginx_before(server.port) as running:
        yield running


@pytest.fixture(scope="module")
def deserted() -> Iterator[Proxy]:
    """In front of nobody."""
    with nginx_before(free_port()) as running:
        yield running


def told(answer: Answer) -> dict[str, str]:
    """The headers that reached the application, each once."""
    pairs = json.loads(answer.body)["headers"]
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


def assert_is_a_good_refusal(answer: Answer, *, envelope: bool) -> None:
    for name in (*SECURITY_HEADERS, "X-Correlation-ID", "Strict-Transport-Security"):
        assert answer.one(name), f"{name} is missing"
    if not envelope:
        assert answer.one("Content-Type") == "text/plain; charset=utf-8"
        return
    assert answer.one("Content-Type") == "application/json; charset=utf-8"
    said = json.loads(answer.body)
    assert (said["success"], said["data"], said["correlationId"]) == (False, None, answer.one("X-Correlation-ID"))
    assert said["errors"] == [{"field": "", "code": said["errors"][0]["code"], "message": said["message"]}]


# TLS


def test_plain_http_is_sent_to_the_same_address_over_tls(proxy: Proxy) -> None:
    answer = proxy.call("/api/claims?page=2", tls=False)
    assert (answer.status, answer.one("Location")) == (301, f"https://localhost:{proxy.https}/api/claims?page=2")
    assert answer.one("X-Content-Type-Options") == "nosniff"
    assert answer.one("Strict-Transport-Security") is None


def test_no_redirect_leads_to_a_strangers_host(proxy: Proxy) -> None:
    answer = proxy.call("/admin/", headers={"Host": "evil.example"}, tls=False)
    assert (answer.status, answer.one("Location")) == (400, None)


def test_plain_http_on_the_port_for_tls_is_sent_to_tls(proxy: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.https)) as connection:
        connection.sendall(b"GET /admin/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 301 ")
    assert b"Location: https://localhost:%d/admin/\r\n" % proxy.https in answer
    assert answer.lower().count(b"\r\nx-frame-options: deny\r\n") == 1


@pytest.mark.parametrize(("version", "accepted"), [("-tls1", False), ("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)])
def test_tls_is_1_2_or_1_3(proxy: Proxy, version: str, accepted: bool) -> None:
    # Security level 0: or else it would be this client that refuses the old ones.
    assert handshake(proxy, version, "-cipher", "DEFAULT@SECLEVEL=0")[0] is accepted


@pytest.mark.parametrize(
    ("cipher", "accepted"),
    [
        ("ECDHE-RSA-AES256-GCM-SHA384", True),
        ("ECDHE-RSA-AES128-GCM-SHA256", True),
        ("ECDHE-RSA-AES128-SHA256", False),
        ("ECDHE-RSA-CHACHA20-POLY1305", False),
        ("AES256-GCM-SHA384", False),
        ("DHE-RSA-AES256-GCM-SHA384", False),
    ],
)
def test_tls_1_2_has_two_ciphers(proxy: Proxy, cipher: str, accepted: bool) -> None:
    assert handshake(proxy, "-tls1_2", "-cipher", cipher)[0] is accepted


def test_no_ticket_is_given_whose_key_would_open_yesterdays_talk(proxy: Proxy) -> None:
    assert "TLS session ticket:" not in handshake(proxy, "-tls1_2")[1]


def handshake(proxy: Proxy, *options: str) -> tuple[bool, str]:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{proxy.https}", "-CAfile", str(proxy.certificate), *options]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False, timeout=20)
    return done.returncode == 0 and "Verify return code: 0 (ok)" in done.stdout, done.stdout


def test_http_2_is_offered_and_spoken(proxy: Proxy) -> None:
    context = proxy.trusting()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", proxy.https)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        assert connection.selected_alpn_protocol() == "h2"
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
        settings_frame = 4
        assert connection.recv(9)[3] == settings_frame


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


# Whose word counts


def test_what_a_client_claims_to_forward_is_written_over(proxy: Proxy) -> None:
    reached = told(proxy.call("/api/claims", headers=FORGED, source="127.0.0.41"))
    assert reached["x-forwarded-for"] == reached["x-real-ip"] == "127.0.0.41"
    assert reached["x-forwarded-proto"] == "https"
    assert reached["host"] == f"localhost:{proxy.https}"
    assert not {"x-forwarded-host", "x-forwarded-port", "forwarded", "x_forwarded_for"} & set(reached)


def test_a_well_formed_correlation_id_is_handed_on_and_others_are_replaced(proxy: Proxy) -> None:
    assert told(proxy.call("/x", headers={"X-Correlation-ID": "order-66.of_mine"}))["x-correlation-id"] == "order-66.of_mine"
    for sent in ({}, {"X-Correlation-ID": "short"}, {"X-Correlation-ID": "x" * 65}, {"X-Correlation-ID": 'with"quote and more'}):
        made = told(proxy.call("/x", headers=sent))["x-correlation-id"]
        assert len(made) == 32
        assert made.isalnum()


# The access line


def line_of(proxy: Proxy, correlation_id: str) -> dict[str, object]:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for line in proxy.log().splitlines():
            found: dict[str, object] = json.loads(line)
            if found["correlation_id"] == correlation_id:
                return found
        time.sleep(0.05)
    raise AssertionError(f"No line with {correlation_id} in:\n{proxy.log()}")


def test_each_request_is_a_json_line_with_its_correlation_id(proxy: Proxy) -> None:
    proxy.call(
        "/api/policies/7?q=Smith", headers={"X-Correlation-ID": "a-line-of-mine", "Referer": "https://x/?q=Smith"}, source="127.0.0.51"
    )
    line = line_of(proxy, "a-line-of-mine")
    assert (line["path"], line["status"], line["client_ip"], line["method"]) == ("/api/policies/7", 200, "127.0.0.51", "GET")
    assert "Smith" not in json.dumps(line)


@pytest.mark.parametrize("path", ["/api/customers/123-45-6789", "/api/customers/jane%40example.com", "/x/123456789", "/x/555-123-4567"])
def test_a_path_that_looks_like_a_persons_data_is_not_written(proxy: Proxy, path: str) -> None:
    proxy.call(path, headers={"X-Correlation-ID": (name := f"private-{abs(hash(path))}")})
    assert line_of(proxy, name)["path"] == "/[redacted]"


def test_an_id_of_ours_is_written(proxy: Proxy) -> None:
    path = "/api/claims/019ac0de-1234-7000-8123-123456789012"
    proxy.call(path, headers={"X-Correlation-ID": "an-id-of-ours"})
    assert line_of(proxy, "an-id-of-ours")["path"] == path


def test_probes_are_not_written(proxy: Proxy) -> None:
    proxy.call("/health/live", headers={"X-Correlation-ID": "not-in-the-log"})
    proxy.call("/healthy", headers={"X-Correlation-ID": "but-this-one"})
    line_of(proxy, "but-this-one")
    assert "not-in-the-log" not in proxy.log()


def test_the_error_log_never_quotes_a_request(deserted: Proxy) -> None:
    deserted.call("/api/customers?q=Okonkwo")
    written = "".join(file.read_text() for file in deserted.folder.glob("*.log"))
    assert "Okonkwo" not in written


# The files


def test_without_a_certificate_one_sentence_says_how_to_make_one(tmp_path: Path) -> None:
    variables = {"PATH": "/usr/bin:/bin", "NGINX_CERTIFICATE": str(tmp_path / "none.pem")}
    done = subprocess.run([str(NGINX_FILES / "start.sh")], env=variables, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "make certificate" in done.stderr


def test_without_the_portals_files_one_sentence_says_how_to_make_them(tmp_path: Path) -> None:
    (tmp_path / "certificate.pem").write_text("there")
    variables = {"PATH": "/usr/bin:/bin", "NGINX_CERTIFICATE": str(tmp_path / "certificate.pem"), "NGINX_PORTAL_NAMES": "app.localhost"}
    done = subprocess.run(
        [str(NGINX_FILES / "start.sh")],
        env={**variables, "NGINX_PORTAL_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "make portal" in done.stderr


def test_the_certificate_script_leaves_a_good_certificate_alone(tmp_path: Path) -> None:
    command = [str(NGINX_FILES / "certificate.sh"), str(tmp_path), "localhost", "127.0.0.1"]
    subprocess.run(command, check=True)
    first = (tmp_path / "certificate.pem").read_bytes()
    subprocess.run(command, check=True)
    assert (tmp_path / "certificate.pem").read_bytes() == first
    assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0
    assert ssl.PEM_cert_to_DER_cert(first.decode())
