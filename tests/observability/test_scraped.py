"""A real Prometheus scrapes the real platform: what dashboards and alerts ask for is there, and agrees with the database."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests import needs
from tests.databases import own_database
from tests.factories import PASSWORD
from tests.live import LiveServer, live_server
from tests.observability.delivered import alerts, metrics_used, queries
from tests.observability.prometheus import Prometheus, prometheus, until

pytestmark = [pytest.mark.slow, needs.postgresql]
EMAIL = "admin@vanguard.example"
WORKERS, WRITERS, SECONDS, TRIES = 4, 4, 4.0, 40
# Of each writer, however slow the machine is: fewer and there is nothing of which to compare the figures.
TURNS = 6
# For each writer: of a second claim on one policy a second person looks at the payment.
POLICIES = 40
SEED = f"""
from django.utils import timezone
from claims.oversight.models import BooksRun
from tests.factories import CustomerFactory, PolicyFactory, superuser, submitted_claim
from vanguard.trail.models import Verification
superuser(email="{EMAIL}")
CustomerFactory.create()
submitted_claim()
for _ in range({WRITERS * POLICIES}):
    PolicyFactory.create()
BooksRun.objects.create(state="done", finished_at=timezone.now(), checked=40)
Verification.objects.create(from_sequence=1, to_sequence=1, seconds=0.1, faults=0)
"""


@pytest.fixture(scope="module")
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    with own_database(django_db_blocker, "scraped") as url:
        yield url


@pytest.fixture(scope="module")
def server(database: str) -> Iterator[LiveServer]:
    variables = {"WEB_CONCURRENCY": str(WORKERS), "DATABASE_URL": database, "DATABASE_POOL_SIZE": "4"}
    with live_server(variables, seed=SEED) as running:
        yield running


@pytest.fixture(scope="module")
def api(server: LiveServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/api", timeout=20) as client:
        client.post("/auth/token", json={"email": EMAIL, "password": "not this one"})
        token = client.post("/auth/token", json={"email": EMAIL, "password": PASSWORD}).json()["data"]["accessToken"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


@pytest.fixture(scope="module")
def scraped(server: LiveServer) -> Iterator[Prometheus]:
    with prometheus(f"127.0.0.1:{server.port}") as running:
        yield running


def page(server: LiveServer) -> str:
    return httpx.get(f"{server.url}/metrics", timeout=20).text


def total(server: LiveServer, name: str, labels: str = ".*") -> float:
    return sum(float(value) for value in re.findall(rf"(?m)^{name}(?:{{{labels}}})? (\S+)$", page(server)))


def workers_of(server: LiveServer) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()]


@dataclass
class Sender:
    """Sends each request under a key until it is answered, and knows of which keys a try was not: nobody can say how far that one came."""

    server: LiveServer
    authorization: str
    done: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)

    def post(self, path: str, body: Any, key: str) -> str:
        """The id of what is there now; empty where it was refused, which is an answer too."""
        headers = {"Authorization": self.authorization, "Idempotency-Key": key}
        for _ in range(TRIES):
            try:
                answer = httpx.post(f"{self.server.url}/api{path}", json=body, headers=headers, timeout=20)
            except httpx.TransportError:
                self.unanswered.add(key)
                time.sleep(0.1)
                continue
            if answer.status_code in (200, 201):
                self.done.add(key)
                return str(answer.json()["data"]["id"])
            if answer.status_code == 409:
                return ""
            assert answer.status_code >= 500, answer.text
            self.unanswered.add(key)
        raise AssertionError(f"{key} was never acknowledged")

    def may_be_uncounted(self, *steps: str) -> int:
        return sum(key.partition(":")[0] in steps for key in self.unanswered)


def test_every_metric_that_an_alert_or_a_panel_stands_on_is_on_the_page(server: LiveServer, api: httpx.Client) -> None:
    api.get("/claims")
    time.sleep(6)  # until each worker has looked at what it holds
    there = set(re.findall(r"(?m)^# TYPE (\S+) ", page(server)))
    assert metrics_used() - there == set()
    assert len(metrics_used()) > 20


@needs.prometheus
def test_every_panel_shows_something_and_every_rule_is_evaluated(server: LiveServer, api: httpx.Client, scraped: Prometheus) -> None:
    api.get("/claims")
    until(lambda: scraped.ask('up{job="vanguard"} == 1'), what="a scrape")

    def silent() -> list[str]:
        api.get("/claims")
        asked = [(where, re.sub(r"\$__rate_interval", "15s", query)) for where, query in queries()]
        return [f"{where}: {query}" for where, query in asked if not scraped.ask(query)]

    try:
        until(lambda: not silent(), what="something in every panel")
    except AssertionError:
        assert silent() == []
    until(lambda: all(rule["lastEvaluation"] > "2" for rule in scraped.rules()), what="each rule's evaluation")
    assert {rule["name"]: rule["health"] for rule in scraped.rules()} == {str(rule["alert"]): "ok" for rule in alerts()}


@needs.prometheus
def test_what_fires_on_a_platform_that_is_well_is_nothing(scraped: Prometheus, api: httpx.Client) -> None:
    api.get("/claims")
    until(lambda: scraped.ask('up{job="vanguard"} == 1'), what="a scrape")
    assert [series["metric"]["alertname"] for series in scraped.ask('ALERTS{alertstate="firing"}')] == []


def test_figures_of_policies_agree_with_the_database_though_two_of_four_workers_were_killed(
    server: LiveServer, api: httpx.Client, database: str
) -> None:
    """What has been answered has been counted; of what was not, a worker may have been killed between the commit and the counting."""
    customer, sender = _first(database, "customers_customer"), Sender(server, api.headers["Authorization"])
    body = {
        "customerId": customer,
        "policyType": "homeowners",
        "premiumAmount": "1200.00",
        "coverageAmount": "25000.00",
        "startDate": "2026-01-01T00:00:00Z",
        "endDate": "2030-01-01T00:00:00Z",
    }
    before, counted = _rows(database, "policies_policy"), total(server, "insurance_policies_created_total")
    _while_two_are_killed(server, lambda name: sender.post("/policies", body, f"book:{name}"))
    really = _rows(database, "policies_policy") - before
    told = total(server, "insurance_policies_created_total") - counted
    assert really == len(sender.done) > len(sender.unanswered)
    assert really - sender.may_be_uncounted("book") <= told <= really
    premiums = total(server, "insurance_premium_amount_dollars_sum")
    assert premiums == 1200 * total(server, "insurance_premium_amount_dollars_count")
    assert total(server, "insurance_premium_amount_dollars_count") == total(server, "insurance_policies_created_total")


# Of claims: the figure, its labels, the rows that it stands for, and the steps that make them.
OF_CLAIMS = (
    ("insurance_claims_submitted_total", ".*", "claims_claim", ("file",)),
    ("insurance_claims_processed_total", 'status="approved"', "claims_claimtransition WHERE command = 'approve'", ("approve",)),
    ("insurance_claims_processed_total", 'status="denied"', "claims_claimtransition WHERE command = 'deny'", ("deny",)),
    ("insurance_claim_payments_total", ".*", "claims_claimtransition WHERE command = 'pay'", ("pay",)),
    ("insurance_claim_letters_total", ".*", "letters_claimletter", ("file", "assign", "start", "approve", "deny", "pay", "letters")),
)


def test_figures_of_claims_agree_with_the_database_though_two_of_four_workers_were_killed(
    server: LiveServer, api: httpx.Client, database: str
) -> None:
    policies, sender = _without_a_claim(database), Sender(server, api.headers["Authorization"])
    incident = datetime.now(UTC) - timedelta(days=2)
    notice = {"claimType": "hail", "claimAmount": "5000.00", "incidentDate": incident.isoformat()}

    def handle(name: str) -> None:
        writer, number = map(int, name.split("-"))
        claim = sender.post("/claims", notice | {"policyId": policies[writer * POLICIES + number % POLICIES]}, f"file:{name}")
        decided = [("deny", {"reason": "No cover for wear"})] if number % 2 else [("approve", {}), ("pay", {})]
        for step, body in [("assign", {}), ("start", {}), *decided, ("letters", {"kind": "acknowledgement"})]:
            sender.post(f"/claims/{claim}/{step}", body, f"{step}:{name}")

    def found() -> list[tuple[int, float]]:
        return [(_rows(database, rows), total(server, name, labels)) for name, labels, rows, _ in OF_CLAIMS]

    before = found()
    _while_two_are_killed(server, handle)
    grown = [(rows - rows_before, told - told_before) for (rows, told), (rows_before, told_before) in zip(found(), before, strict=True)]
    wrong = {}
    for (name, labels, _, steps), (really, told) in zip(OF_CLAIMS, grown, strict=True):
        may_be_uncounted = sender.may_be_uncounted(*steps)
        if not (really - may_be_uncounted <= told <= really and really > may_be_uncounted):
            wrong[name, labels] = (really, told, may_be_uncounted)
    assert wrong == {}


def _rows(database: str, of: str) -> int:
    with psycopg.connect(database) as rows:
        found = rows.execute(f"SELECT count(*) FROM {of}").fetchone()
    return int(found[0]) if found else 0


def _without_a_claim(database: str) -> list[str]:
    asked = "SELECT id::text FROM policies_policy WHERE id NOT IN (SELECT policy_id FROM claims_claim) ORDER BY created_at, id"
    with psycopg.connect(database) as rows:
        return [str(pk) for (pk,) in rows.execute(asked)]


def _first(database: str, table: str) -> str:
    with psycopg.connect(database) as rows:
        found = rows.execute(f"SELECT id::text FROM {table} LIMIT 1").fetchone()
    return str(found[0]) if found else ""


def _while_two_are_killed(server: LiveServer, work: Callable[[str], object]) -> None:
    """Four do it again and again, each time under another name, until both are killed and each has done enough."""

    def write(writer: int) -> None:
        until_time, number = time.monotonic() + SECONDS, 0
        while time.monotonic() < until_time or number < TURNS:
            work(f"{writer}-{number}")
            number += 1

    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, number) for number in range(WRITERS)]
        for turn in range(2):
            time.sleep(SECONDS / 3)
            os.kill(workers_of(server)[turn], signal.SIGKILL)
        for writer in writers:
            writer.result()
