"""One request, followed by its correlation id: nginx's line, ours, audit trail, trace, error report, and work in the background."""

import gzip
import json
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import httpx
import pytest

from tests import needs
from tests.delivery.proxied import Proxy, nginx_before
from tests.factories import PASSWORD
from tests.live import LiveServer, live_server, sqlite_file
from tests.observability.collector import Collector, collector
from tests.observability.prometheus import until

pytestmark = [pytest.mark.slow, pytest.mark.once, needs.nginx]
EMAIL, NUMBER, ID = "admin@vanguard.example", "CLM-2026-000007", "market-conduct-2026-7"
SEED = f"from tests.factories import superuser, submitted_claim; superuser(email='{EMAIL}'); submitted_claim(claim_number='{NUMBER}')"


class Reports:
    """An error tracker that keeps what it is sent."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def take(self, envelope: bytes) -> None:
        lines = envelope.split(b"\n")
        for header, payload in zip(lines[1::2], lines[2::2], strict=False):
            if json.loads(header).get("type") == "event":
                self.events.append(json.loads(payload))


@contextmanager
def error_tracker() -> Iterator[tuple[str, Reports]]:
    """Its DSN, and what it got."""
    here = Reports()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            here.take(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_args: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://key@127.0.0.1:{server.server_address[1]}/1", here
    finally:
        server.shutdown()
        server.server_close()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


class Followed(NamedTuple):
    """Where it left its traces."""

    server: LiveServer
    traces: Collector
    reports: Reports
    proxy_lines: Callable[[], str]
    user: str


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    """A pack is asked for in the workbench. It cannot be stored, because a file is where the folder should be: the work behind it fails."""
    folder = tmp_path_factory.mktemp("followed")
    (folder / "documents").mkdir()
    (folder / "documents" / "packs").write_text("in the way")
    with collector() as traces, error_tracker() as (dsn, reports):
        variables = {
            "OTLP_ENDPOINT": traces.url,
            "TRACES_PERCENT": "100",
            "SENTRY_DSN": dsn,
            "MEDIA_ROOT": str(folder / "documents"),
            "TRUSTED_PROXIES": "127.0.0.1",
        }
        with live_server(variables, seed=SEED) as server, nginx_before(server.port) as proxy:
            _ask_for_a_pack(proxy)
            user = str(server.wait_for_line(logger="vanguard.requests", correlation_id=ID)["user_id"])
            server.wait_for_line(logger="claims.oversight.services.taking", correlation_id=ID, seconds=30)
            traces.wait_for("background make_pack")
            until(lambda: reports.events, what="an error report")
            yield Followed(server, traces, reports, proxy.log, user)


def _ask_for_a_pack(proxy: Proxy) -> None:
    with httpx.Client(base_url=f"https://localhost:{proxy.https}", verify=proxy.trusting(), timeout=30) as desk:
        here = {"Referer": str(desk.get("/admin/login/").url)}
        log_in = {"username": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": desk.cookies["csrftoken"]}
        assert desk.post("/admin/login/", data=log_in, headers=here).status_code == 302
        form = {"reason": "Market conduct 2026", "how": "named", "numbers": NUMBER, "since": "", "until": ""}
        token = {"csrfmiddlewaretoken": desk.cookies["csrftoken"]}
        asked = desk.post("/admin/packs/new/", data=form | token, headers=here | {"X-Correlation-ID": ID})
    assert (asked.status_code, asked.headers["X-Correlation-ID"]) == (302, ID)


def test_the_proxy_writes_it_down(followed: Followed) -> None:
    """The nginx that is delivered, with its own files."""
    lines = [json.loads(line) for line in followed.proxy_lines().splitlines()]
    [line] = [line for line in lines if line["correlation_id"] == ID]
    assert (line["method"], line["path"], line["status"], line["tls"]) == ("POST", "/admin/packs/new/", 302, "TLSv1.3")


def test_every_line_of_the_request_and_of_the_work_behind_it_has_it_and_the_user(followed: Followed) -> None:
    lines = [line for line in followed.server.log_lines() if line["correlation_id"] == ID]
    told = {line.get("event_type") or line["logger"] for line in lines}
    assert told >= {"vanguard.requests", "examination_pack_asked_for", "examination_pack_made", "claims.oversight.services.taking"}
    assert {line["user_id"] for line in lines} == {followed.user}
    [trace] = {line["trace_id"] for line in lines}
    assert followed.traces.wait_for("POST /admin/packs/new/").trace == trace


def test_what_was_changed_is_recorded_under_it_by_the_request_and_by_the_work(followed: Followed) -> None:
    database = sqlite3.connect(sqlite_file(Path(followed.server.environment["VAR_DIR"])))
    found = database.execute("SELECT table_name, operation, actor FROM audit_record WHERE correlation_id = ?", [ID]).fetchall()
    database.close()
    packs = [(operation, actor) for table, operation, actor in found if table == "oversight_examinationpack"]
    assert [operation for operation, _ in packs][:2] == ["insert", "update"]
    assert {actor.replace("-", "") for _, actor in packs} == {followed.user.replace("-", "")}


def test_the_trace_has_it_with_the_statements_and_the_work(followed: Followed) -> None:
    request = followed.traces.wait_for("POST /admin/packs/new/")
    assert (request.attributes["correlation_id"], request.attributes["user_id"]) == (ID, followed.user)
    work = followed.traces.wait_for("background make_pack")
    assert (work.trace, work.attributes["correlation_id"]) == (request.trace, ID)
    assert "INSERT oversight_examinationpack" in followed.traces.below(request)
    assert "UPDATE oversight_examinationpack" in followed.traces.below(work)


def test_the_error_report_has_it_and_no_more_of_the_user_than_the_id(followed: Followed) -> None:
    [event] = [event for event in followed.reports.events if event["tags"].get("correlation_id") == ID]
    assert event["user"] == {"id": followed.user}
    assert event["tags"]["trace_id"] == followed.traces.wait_for("POST /admin/packs/new/").trace
    assert EMAIL not in json.dumps(event)


def test_a_worker_that_ends_sends_what_it_has_and_the_next_one_traces_on(followed: Followed) -> None:
    [worker] = [int(pid) for pid in Path(f"/proc/{followed.server.pid}/task/{followed.server.pid}/children").read_text().split()]
    httpx.get(f"{followed.server.url}/api/last-of-this-worker")
    os.kill(worker, signal.SIGTERM)
    last = followed.traces.wait_for("GET /api/")
    until(lambda: _answers(f"{followed.server.url}/health/ready") and not Path(f"/proc/{worker}").exists(), what="another worker")
    httpx.get(f"{followed.server.url}/api/first-of-the-next")
    assert followed.traces.wait_for("GET /api/", where=lambda span: span.id != last.id).resource["service.name"] == "vanguardai"
