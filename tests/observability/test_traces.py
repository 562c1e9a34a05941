"""Requirement 8.5: what a trace tells, that it tells nobody's data, and that nothing waits for who collects it."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from threading import Thread

import httpx
import pytest
import redis
from django.db import connection
from django.test import Client
from django.utils import timezone
from prometheus_client import REGISTRY
from pytest_django import Settings

from claims.services import submit_claim
from tests import factories, needs
from tests.api.calling import Caller
from tests.delivery.servers import ROOT
from tests.observability.collector import Collector, Sent, collector
from tests.web.conftest import Visitor
from vanguard import background, context
from vanguard.errors import Invalid
from vanguard.observability import tracing
from vanguard.webhooks.outgoing import post

SSN, EMAIL, CANARY = "917-65-4321", "canary@example.com", "canary-7731"
type Ended = Callable[[], Collector]


def begin(url: str, percent: int = 100) -> None:
    assert tracing.start(url, percent=percent, version="1.2.3", environment="test")


@pytest.fixture
def sent() -> Iterator[Ended]:
    """Traces are on. `sent()` ends them, and is what the collector got."""
    with collector() as here:
        begin(here.url)

        def end() -> Collector:
            tracing.stop()
            return here

        yield end
        tracing.stop()


class Request:
    """What surrounds work that is traced: a request, without the web."""

    def __enter__(self) -> None:
        self.begun = tracing.begin_request({})

    def __exit__(self, *_error: object) -> None:
        tracing.end_request(self.begun, method="GET", endpoint="/test", status=200, user_id="")


def only(spans: list[Sent]) -> Sent:
    [span] = spans
    return span


@pytest.mark.once
async def test_a_request_is_a_span_under_its_routes_pattern(sent: Ended, visitor: Visitor) -> None:
    address = "/api/things/0199b6a2-7c11-7a5e-9f40-1234567890ab?q=x"
    await visitor().get(address, headers={"X-Correlation-ID": "case-2026-1"})
    span = only(sent().named("GET /api/things/{thing_id}"))
    assert (span.kind, span.parent, span.failed) == ("server", "", False)
    assert span.attributes == {
        "http.request.method": "GET",
        "http.route": "/api/things/{thing_id}",
        "http.response.status_code": 200,
        "correlation_id": "case-2026-1",
    }
    told = {name: span.resource[name] for name in ("service.name", "service.version", "deployment.environment.name")}
    assert told == {"service.name": "vanguardai", "service.version": "1.2.3", "deployment.environment.name": "test"}


@pytest.mark.once
async def test_a_crash_is_a_failed_span_and_probes_are_none(sent: Ended, visitor: Visitor) -> None:
    client = visitor()
    await client.get("/api/crash")
    await client.get("/health/live")
    await client.get("/metrics")
    here = sent()
    assert only(here.named("GET /api/crash")).failed
    assert here.names() == {"GET /api/crash"}


@pytest.mark.once
async def test_who_asks_may_hand_a_trace_on_to_us(sent: Ended, visitor: Visitor) -> None:
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    client = visitor()
    await client.get("/api/missing", headers={"traceparent": f"00-{trace}-{parent}-01"})
    await client.get("/api/crash", headers={"traceparent": f"00-{trace}-{parent}-00"})
    await client.get("/api/refused", headers={"traceparent": f"{CANARY}-01"})
    here = sent()
    assert (only(here.named("GET /api/missing")).trace, only(here.named("GET /api/missing")).parent) == (trace, parent)
    # The one before keeps nothing of this one, so neither do we; and what is no trace is no parent.
    assert not here.named("GET /api/crash")
    assert CANARY not in str(here.spans)


@pytest.mark.once
async def test_a_header_does_not_make_us_trace_more_than_our_share(visitor: Visitor) -> None:
    with collector() as here:
        # No request of a hundred, but for ids that would be among the first: those of this one are not.
        begin(here.url, percent=1)
        for number in range(5):
            await visitor().get("/api/missing", headers={"traceparent": f"00-{'f' * 31}{number}-b7ad6b7169203331-01"})
        tracing.stop()
        assert not here.spans


@pytest.mark.once
def test_own_spans_are_told_of_sync_and_async_functions_inside_each_other(sent: Ended) -> None:
    @tracing.traced("inner")
    def inner(number: int) -> int:
        return number + 1

    @tracing.traced("outer")
    async def outer(number: int) -> int:
        return inner(number)

    with Request():
        coroutine = outer(1)
        with pytest.raises(StopIteration) as end:
            coroutine.send(None)
        assert end.value.value == 2
    here = sent()
    assert here.below(only(here.named("GET /test"))) == {"outer"}
    assert here.below(only(here.named("outer"))) == {"inner"}


@pytest.mark.once
def test_a_span_that_fails_tells_what_kind_of_error_and_not_its_text(sent: Ended) -> None:
    with Request(), pytest.raises(Invalid), tracing.span("risky"):
        raise Invalid(f"{CANARY} {SSN}", code="bad")
    here = sent()
    span = only(here.named("risky"))
    assert (span.failed, span.attributes) == (True, {"error.type": "Invalid"})
    assert CANARY.encode() not in b"".join(here.bodies)


@pytest.mark.django_db
def test_a_statement_is_a_span_with_its_text_and_without_values(sent: Ended) -> None:
    with Request(), connection.cursor() as cursor:
        cursor.execute("SELECT %s, 'canary-7731', 917654321 FROM django_migrations WHERE name = %s", [CANARY, EMAIL])
    span = only(sent().named("SELECT django_migrations"))
    assert span.kind == "client"
    assert span.attributes == {
        "db.system.name": connection.vendor,
        "db.operation.name": "SELECT",
        "db.query.text": "SELECT %s, ?, ? FROM django_migrations WHERE name = %s",
    }


@needs.redis
@pytest.mark.once
def test_a_command_of_redis_is_a_span_without_its_arguments(sent: Ended, settings: Settings) -> None:
    with Request(), redis.Redis.from_url(settings.REDIS_URL) as client:
        client.set(f"key of {CANARY}", SSN, ex=1)
    here = sent()
    span = only(here.named("SET"))
    assert (span.kind, span.attributes["db.statement"]) == ("client", "SET ? ? ? ?")
    assert CANARY.encode() not in b"".join(here.bodies)


@pytest.mark.django_db
def test_filing_a_claim_has_its_spans(sent: Ended) -> None:
    policy = factories.PolicyFactory.create()
    with Request():
        claim = submit_claim(
            factories.adjuster(),
            policy_id=policy.pk,
            claim_type="hail",
            claim_amount=Decimal("1250.50"),
            incident_date=timezone.now() - timedelta(days=1),
        )
    here = sent()
    whole = only(here.named("process_insurance_claim"))
    about = {"claim.id": str(claim.pk), "claim.type": "hail", "claim.amount": "1250.50"}
    assert (whole.attributes, only(here.named("validate_claim_data")).attributes) == (about, about)
    assert here.below(whole) >= {"validate_claim_data", "save_claim_to_database"}
    assert any(name.startswith(("INSERT", "WITH")) for name in here.below(only(here.named("save_claim_to_database"))))


@pytest.mark.django_db
def test_no_persons_data_and_no_secret_leave_with_a_trace(sent: Ended) -> None:
    caller = Caller(factories.underwriter())
    person = {"email": EMAIL, "firstName": "Canaryfirst", "lastName": "Canarylast", "ssn": SSN, "phone": "+1 907 555 0161"}
    caller.post("/customers", person | {"dateOfBirth": "1947-11-23", "address": "77 Canary Row"})
    caller.post("/customers/lookup", {"ssn": SSN})
    caller.get(f"/customers?q={SSN}&email={EMAIL}")
    caller.get(f"/customers/{SSN}")
    Client(raise_request_exception=False).post("/admin/login/", {"username": EMAIL, "password": CANARY}, HTTP_COOKIE=f"sessionid={CANARY}")
    here = sent()
    assert len(here.spans) > 20
    told = b"".join(here.bodies).lower()
    for canary in (SSN, "917654321", EMAIL, "canaryfirst", "canarylast", "907 555", "canary row", "1947-11-23", CANARY, "bearer", "eyj"):
        assert canary.encode() not in told, canary


@pytest.mark.once
def test_a_call_of_a_partner_is_a_span_that_names_the_host_and_not_the_address(sent: Ended) -> None:
    with Request():
        assert post(f"https://127.0.0.1/path?token={CANARY}", b"{}", {}).status is None
    here = sent()
    span = only(here.named("POST to a partner"))
    assert span.attributes["server.address"] == "127.0.0.1"
    assert CANARY.encode() not in b"".join(here.bodies)


@pytest.mark.once
def test_work_in_the_background_belongs_to_who_asked_for_it(sent: Ended) -> None:
    seen: list[tuple[str, str, str]] = []

    def tidy_up() -> None:
        seen.append((context.correlation_id.get(), context.user_id.get(), context.trace_id.get()))

    context.correlation_id.set("case-2026-2")
    context.user_id.set("somebody")
    with Request():
        trace = context.trace_id.get()
        background.start(tidy_up).result(timeout=10)
    assert seen == [("case-2026-2", "somebody", trace)]
    here = sent()
    span = only(here.named("background tidy_up"))
    assert span.parent == only(here.named("GET /test")).id
    assert span.attributes["correlation_id"] == "case-2026-2"


@pytest.mark.once
def test_what_belongs_to_no_request_begins_no_trace(sent: Ended) -> None:
    with httpx.Client() as client, collector() as other:
        client.get(other.url)
    with tracing.span("alone"):
        pass
    assert not sent().spans


def nobody_answers() -> Iterator[str]:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{closed.getsockname()[1]}"


def takes_and_never_answers() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=server.accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("kind", [nobody_answers, takes_and_never_answers])
def test_a_collector_that_is_away_or_hangs_costs_spans_and_nothing_else(kind: Callable[[], Iterator[str]]) -> None:
    address = kind()
    begin(next(address))
    lost = REGISTRY.get_sample_value("vanguard_spans_lost_total") or 0
    try:
        for _ in range(3000):  # more than the queue holds
            with Request(), tracing.span("part"):
                pass
    finally:
        started = time.monotonic()
        tracing.stop()
        # The exporter itself would try for ten seconds and more.
        assert time.monotonic() - started < 6
        address.close()  # type: ignore[attr-defined]  # a generator is more than an iterator
    if kind is nobody_answers:
        # The exporter may be in the midst of its pause before another try, and gives up after it.
        deadline = time.monotonic() + 15
        while (REGISTRY.get_sample_value("vanguard_spans_lost_total") or 0) <= lost and time.monotonic() < deadline:
            time.sleep(0.05)
        assert (REGISTRY.get_sample_value("vanguard_spans_lost_total") or 0) > lost


OFF = """
import asyncio, sys
import config.asgi
asyncio.run(config.asgi.begin())
# redis-py looks for OpenTelemetry's metrics wherever it is installed; what makes and sends traces is ours to leave alone.
print(any(name.startswith(("opentelemetry.sdk.trace", "opentelemetry.exporter", "opentelemetry.instrumentation")) for name in sys.modules))
"""


@pytest.mark.once
@pytest.mark.parametrize(("percent", "imported"), [("", "False"), ("10", "True")])
@pytest.mark.slow
def test_off_nothing_that_makes_or_sends_them_is_even_imported(percent: str, imported: str) -> None:
    variables = {
        "ENVIRONMENT": "test",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PATH": "",
        "DATABASE_URL": "sqlite:////tmp/none.sqlite3",
    }
    collecting = {"OTLP_ENDPOINT": "http://127.0.0.1:1", "TRACES_PERCENT": percent} if percent else {}
    done = subprocess.run(
        [sys.executable, "-c", OFF], cwd=ROOT, env=variables | collecting, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split()[-1] == imported
