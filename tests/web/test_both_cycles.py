"""The slim cycle answers, logs and counts as Django's stock one does: representative requests, over both."""

import asyncio
import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Barrier
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from prometheus_client import REGISTRY
from pytest_django import Settings

from policies.models import Policy
from tests.factories import CustomerFactory, PolicyFactory, underwriter
from vanguard.accounts.tokens import start_family
from vanguard.http import threads
from vanguard.http.threads import in_thread
from vanguard.web import slim
from vanguard.web.limits import Application, Limited, Message
from vanguard.web.slim import BothCycles

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ORIGIN = "https://app.vanguardai.com"
PREFLIGHT = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-whatever, if-match"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Asked:
    """A request, and the status that it must get."""

    status: int
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    anonymous: bool = False


REQUESTS = [
    Asked(200, "GET", "/api/policies/{policy}"),
    Asked(200, "HEAD", "/api/policies/{policy}"),
    Asked(304, "GET", "/api/policies/{policy}", {"If-None-Match": '"1"'}),
    Asked(200, "GET", "/api/policies?page_size=5&sort=-policyNumber"),
    Asked(200, "GET", "/api/policies?page_size=20", {"Accept-Encoding": "gzip"}),
    Asked(200, "GET", "/api/policies", {"Origin": ORIGIN}),
    Asked(200, "GET", "/api/policies", {"Origin": "https://evil.example"}),
    Asked(200, "GET", "/api/auth/me"),
    Asked(404, "GET", "/api/policies/01890a5d-ac96-774b-bcce-b302099a8057"),
    Asked(404, "GET", "/api/nothing"),
    Asked(404, "POST", "/api/nothing", JSON, b"{}", anonymous=True),
    Asked(422, "GET", "/api/policies/%00"),
    Asked(405, "DELETE", "/api/policies"),
    Asked(405, "PROPFIND", "/api/policies"),
    Asked(401, "GET", "/api/policies", anonymous=True),
    Asked(401, "GET", "/api/policies", {"Authorization": "Bearer nonsense"}, anonymous=True),
    Asked(401, "POST", "/api/auth/refresh", JSON, b'{"refreshToken": "x"}', anonymous=True),
    Asked(400, "POST", "/api/claims", JSON, b"{"),
    Asked(413, "POST", "/api/claims", JSON, b"x" * 1_100_000),
    Asked(415, "POST", "/api/claims", {"Content-Type": "text/plain"}, b"x"),
    Asked(422, "POST", "/api/claims", JSON, b"{}"),
    Asked(422, "GET", "/api/policies?page=0"),
    Asked(428, "PATCH", "/api/policies/{policy}", JSON, b'{"policyType": "auto"}'),
    Asked(400, "GET", "/api/policies", {"Host": "evil.example"}),
    Asked(200, "OPTIONS", "/api/policies", PREFLIGHT, anonymous=True),
    Asked(200, "OPTIONS", "/api/policies", PREFLIGHT | {"Origin": "https://evil.example"}, anonymous=True),
    Asked(405, "OPTIONS", "/api/policies"),
    Asked(500, "GET", "/api/crash"),
    Asked(200, "GET", "/api/docs", anonymous=True),
    Asked(200, "GET", "/api/openapi.json", anonymous=True),
    Asked(200, "GET", "/health/live", anonymous=True),
    Asked(200, "GET", "/health/live", {"Host": "10.0.1.17:8000"}, anonymous=True),
    Asked(405, "POST", "/health/live", anonymous=True),
    Asked(404, "GET", "/health/nothing", anonymous=True),
]


@pytest.fixture
def policy(settings: Settings) -> Policy:
    settings.ROOT_URLCONF = "tests.web.cycle_addresses"
    return PolicyFactory.create()


@pytest.fixture
def token() -> str:
    return start_family(underwriter()).access


async def outcome(cycle: Application, asked: Asked, policy: Policy, token: str, caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """All that can be seen of one request: the answer, the log, the figures."""
    caplog.clear()
    before = figures()
    headers = {"X-Correlation-ID": "case-2026-1", "Accept-Encoding": "identity"} | asked.headers
    headers |= {} if asked.anonymous else {"Authorization": f"Bearer {token}"}
    transport = httpx.ASGITransport(app=Limited(cycle), client=("127.0.0.1", 50_000), raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.request(asked.method, asked.path.format(policy=policy.pk), headers=headers, content=asked.content)
    assert answer.status_code == asked.status
    # Compressed, it has a padding of chance; and where there is no body, CommonMiddleware names the length of nothing.
    lengthless = answer.headers.get("Content-Encoding") == "gzip" or answer.status_code == 304
    left_out = {"expires"} | ({"content-length"} if lengthless else set())
    # Past a limit only the slim cycle has the headers for other origins: docs/decisions/0033.
    left_out |= {"vary"} if asked.status == 413 or "%00" in asked.path else set()
    return {
        "headers": sorted((name, same(value)) for name, value in answer.headers.multi_items() if name not in left_out),
        "body": same(answer.text),
        "log": [told(record) for record in caplog.records if record.name != "asyncio"],
        "figures": {series: count - before.get(series, 0) for series, count in figures().items() if count != before.get(series)},
    }


def figures() -> dict[tuple[str, ...], float]:
    samples = (sample for metric in REGISTRY.collect() if metric.name.startswith("vanguard_request") for sample in metric.samples)
    counted = (sample for sample in samples if sample.name.endswith(("_total", "_count")))
    return {(sample.name, *sample.labels.values()): sample.value for sample in counted}


def same(text: str) -> str:
    """Without what differs from one moment to the next."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>", text)
    text = re.sub(r'"nextCursor":"[^"]+"', "<cursor>", text)
    return re.sub(r"nonce(-|=[\"'])[\w+/=-]+", "<nonce>", text)


def told(record: logging.LogRecord) -> dict[str, Any]:
    shown = ("method", "path", "query", "endpoint", "status", "bytes", "client_ip", "user_agent", "referrer", "headers", "user_id")
    compressed = "gzip" in str(getattr(record, "headers", ""))
    fields = {name: getattr(record, name) for name in shown if hasattr(record, name) and not (compressed and name == "bytes")}
    return {"logger": record.name, "level": record.levelname, "message": record.getMessage(), **fields}


@pytest.mark.parametrize("asked", REQUESTS, ids=lambda asked: f"{asked.status} {asked.method} {asked.path}")
async def test_a_request_has_the_same_outcome_over_both(asked: Asked, policy: Policy, token: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    if "page_size" in asked.path:  # a list of several pages, and one that is worth compressing
        await in_thread(lambda: PolicyFactory.create_batch(20))
    stock = await outcome(ASGIHandler(), asked, policy, token, caplog)
    served = await outcome(BothCycles(stock=refused), asked, policy, token, caplog)
    assert served == stock
    assert "vanguard.requests" in {line["logger"] for line in stock["log"]}
    assert stock["figures"]


async def refused(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError(f"{scope['path']} belongs to the slim cycle")


async def test_the_lock_on_an_account_needs_no_middleware(policy: Policy, caplog: pytest.LogCaptureFixture) -> None:
    wrong = b'{"email": "nobody@vanguard.example", "password": "wrong"}'
    for status in (401, 401, 401, 429):
        asked = Asked(status, "POST", "/api/auth/token", JSON, wrong, anonymous=True)
        await outcome(BothCycles(stock=refused), asked, policy, "", caplog)


@pytest.mark.parametrize("cycle", [BothCycles(stock=ASGIHandler()), ASGIHandler()], ids=["as served", "stock"])
async def test_a_preflight_is_granted_any_header_it_names(cycle: Application, policy: Policy, caplog: pytest.LogCaptureFixture) -> None:
    found = dict((await outcome(cycle, Asked(200, "OPTIONS", "/api/policies", PREFLIGHT, anonymous=True), policy, "", caplog))["headers"])
    assert found["access-control-allow-headers"] == "x-whatever, if-match"
    assert found["access-control-allow-credentials"] == "true"
    assert "Access-Control-Request-Headers" in found["vary"]
    odd = PREFLIGHT | {"Access-Control-Request-Headers": 'x"><script>'}
    found = dict((await outcome(cycle, Asked(200, "OPTIONS", "/api/policies", odd, anonymous=True), policy, "", caplog))["headers"])
    assert "script" not in found["access-control-allow-headers"]


async def ask_and_leave(cycle: Application, path: str, body: bytes, token: str, leave: Callable[[], Any]) -> list[Message]:
    """Sends a request, and hangs up when `leave` returns. What was answered meanwhile."""
    sent: list[Message] = []
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await leave()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b"", "client": ("127.0.0.1", 1)}
    await asyncio.wait_for(cycle(scope, receive, send), 10)
    return sent


async def all_threads_have_ended_their_work() -> None:
    meeting = Barrier(settings.SERVICE_THREADS)
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(threads._threads, meeting.wait, 10) for _ in range(meeting.parties)))


@pytest.mark.parametrize("turns", range(6))
async def test_a_client_that_goes_away_leaves_a_whole_write_or_none(
    turns: int, policy: Policy, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slim, "PATIENCE", 0.0)
    customer = await in_thread(CustomerFactory.create)
    terms = {"customerId": str(customer.pk), "policyType": "auto", "premiumAmount": 1, "coverageAmount": 2}
    dates = {"startDate": "2026-01-01", "endDate": "2027-01-01"}
    cycle = Limited(BothCycles(stock=ASGIHandler()))
    body = json.dumps(terms | dates).encode()
    sent = await ask_and_leave(cycle, "/api/policies", body, token, lambda: asyncio.sleep(turns * 0.01))
    await all_threads_have_ended_their_work()
    booked = await in_thread(lambda: list(Policy.objects.filter(customer=customer).prefetch_related("transitions")))
    assert len(booked) <= 1
    assert all(len(policy.transitions.all()) == 1 for policy in booked)
    assert not sent or sent[0]["status"] == 201


async def test_a_script_of_another_origin_can_read_that_its_body_is_too_large(policy: Policy) -> None:
    transport = httpx.ASGITransport(app=Limited(BothCycles(stock=refused)), client=("127.0.0.1", 50_000))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.post("/api/claims", headers=JSON | {"Origin": ORIGIN}, content=b"x" * 1_100_000)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (413, ORIGIN)


async def test_a_slow_request_ends_with_its_client(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.ROOT_URLCONF = "tests.web.views"
    caplog.set_level(logging.INFO)
    sent = await ask_and_leave(BothCycles(stock=ASGIHandler()), "/api/forever", b"", "", lambda: asyncio.sleep(0.2))
    assert sent == []
    lines = [record for record in caplog.records if record.name == "vanguard.requests"]
    assert [getattr(line, "status", None) for line in lines] == [499]
