"""Requirement 3.3, from outside: the whole platform with two workers behind the real nginx."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests import needs
from tests.delivery.proxied import FORGED, SECURITY_HEADERS, Proxy, nginx_before
from tests.factories import PASSWORD
from tests.live import LiveServer, live_server
from tests.realtime.book import MAYA, TO_TAKE
from tests.realtime.listening import heard

pytestmark = [pytest.mark.slow, pytest.mark.once, needs.nginx]
# Forged or not, this is not where the caller is.
ELSEWHERE = "203.0.113.7"


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    variables = {"WEB_CONCURRENCY": "2", "TRUSTED_PROXIES": "127.0.0.1", "TRUSTED_HOSTS": "localhost"}
    with live_server(variables, seed="from tests.realtime.book import fill; fill()") as running:
        yield running


@pytest.fixture(scope="module")
def proxy(server: LiveServer) -> Iterator[Proxy]:
    with nginx_before(server.port) as running:
        yield running


def token(proxy: Proxy, source: str) -> str:
    body = json.dumps({"email": MAYA, "password": PASSWORD}).encode()
    answer = proxy.call("/api/auth/token", "POST", headers={"Content-Type": "application/json"}, body=body, source=source)
    assert answer.status == 200, answer.body
    return str(json.loads(answer.body)["data"]["accessToken"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 302),
        ("/admin/login/", 200),
        ("/static/workbench/workbench.css", None),
        ("/api/claims", 401),
        ("/api/nothing", 404),
        ("/api/docs", 200),
        ("/health", 200),
        ("/metrics", 404),
        ("/nothing", 404),
    ],
)
def test_every_header_comes_once(proxy: Proxy, path: str, status: int | None) -> None:
    answer = proxy.call(path, source="127.0.0.61")
    assert status in (None, answer.status)
    for name in (*SECURITY_HEADERS, "X-Correlation-ID"):
        assert answer.one(name), f"{name} is missing"


def test_a_foreign_host_is_the_applications_to_refuse(proxy: Proxy) -> None:
    answer = proxy.call("/api/claims", headers={"Host": "evil.example"}, source="127.0.0.61")
    assert (answer.status, json.loads(answer.body)["errors"][0]["code"]) == (400, "foreign_host")


def test_a_request_has_one_correlation_id_and_the_callers_own_address_in_both_logs(server: LiveServer, proxy: Proxy) -> None:
    answer = proxy.call("/api/claims", headers=FORGED, source="127.0.0.62")
    name = answer.one("X-Correlation-ID")
    written = server.wait_for_line(correlation_id=name)
    assert written["client_ip"] == "127.0.0.62"
    assert ELSEWHERE not in json.dumps(written)
    line = next(json.loads(line) for line in proxy.log().splitlines() if str(name) in line)
    assert (line["client_ip"], line["status"], line["upstream_status"]) == ("127.0.0.62", 401, "401")


def test_guesses_at_a_password_end_at_nginx_whatever_is_forwarded(proxy: Proxy) -> None:
    body = json.dumps({"email": "nobody@vanguard.example", "password": "wrong"}).encode()

    def guess(number: int) -> int:
        headers = {"Content-Type": "application/json", "X-Forwarded-For": f"198.51.100.{number}"}
        return proxy.call("/api/auth/token", "POST", headers=headers, body=body, source="127.0.0.63").status

    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(guess, range(12)))
    # The application itself locks after three: 429 as well.
    assert answers.count(401) <= 3
    assert answers.count(429) >= 9


def test_what_happens_to_a_claim_is_heard_through_a_websocket(proxy: Proxy) -> None:
    bearer = token(proxy, "127.0.0.64")
    address = f"wss://localhost:{proxy.https}/ws/claims"
    protocols = [Subprotocol("bearer"), Subprotocol(bearer)]
    context = proxy.trusting()
    with connect(address, ssl=context, subprotocols=protocols, compression=None) as socket:
        with httpx.Client(
            base_url=f"https://localhost:{proxy.https}", verify=context, headers={"Authorization": f"Bearer {bearer}"}
        ) as api:
            claim = api.get(f"/api/claims/by-number/{TO_TAKE}").json()["data"]
            assert api.post(f"/api/claims/{claim['id']}/assign", json={}).status_code < 300
        assert heard(socket)["claimId"] == claim["id"]
    # The log-in goes in a header; nothing of it may be in a line.
    assert bearer not in proxy.log()


def test_no_post_is_lost_while_the_workers_are_replaced(server: LiveServer, proxy: Proxy) -> None:
    bearer = token(proxy, "127.0.0.65")

    def file_nothing(number: int) -> int:
        """Invalid, so that nothing is filed: what counts is that the application answers. An address has ten such a second."""
        headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
        return proxy.call("/api/claims", "POST", headers=headers, body=b"{}", source=f"127.0.1.{number % 200 + 1}").status

    with ThreadPoolExecutor(8) as clients:
        answers = clients.map(file_nothing, range(200))
        os.kill(server.pid, signal.SIGHUP)
        assert set(answers) == {422}


def test_https_is_seen_behind_it(proxy: Proxy) -> None:
    """Deployed, the application redirects what did not come over TLS: here that would be without end."""
    variables = {"ENVIRONMENT": "preview", "TRUSTED_PROXIES": "127.0.0.1", "TRUSTED_HOSTS": "localhost"}
    variables |= {name: f"{name.lower()}-for-a-test-0123456789abcdef" for name in ("JWT_SECRET_KEY", "ENCRYPTION_KEY", "ENCRYPTION_SALT")}
    with live_server(variables) as server, nginx_before(server.port) as front:
        answer = front.call("/api/claims")
        assert answer.status == 401
        assert answer.one("Strict-Transport-Security")
