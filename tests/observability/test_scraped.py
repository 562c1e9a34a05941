"""A real Prometheus scrapes the real platform: what dashboards and alerts ask for is there, and agrees with the database."""

import os
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
SEED = f"""
from django.utils import timezone
from claims.oversight.models import BooksRun
from tests.factories import CustomerFactory, superuser, submitted_claim
from vanguard.trail.models import Verification
superuser(email="{EMAIL}")
CustomerFactory.create()
submitted_claim()
BooksRun.objects.create(state="done", finished_at=timezone.now(), checked=40)
Verification.objects.create(from_sequence=1, to_sequence=1, seconds=0.1, faults=0)
"""
WORKERS, WRITERS, SECONDS, TRIES = 4, 4, 4.0, 40
# Requests that a worker can have under way between their commit and their being counted.
AT_ONCE = 4


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


def total(server: LiveServer, name: str) -> float:
    return sum(float(value) for value in re.findall(rf"(?m)^{name}(?:{{.*}})? (\S+)$", page(server)))


def workers_of(server: LiveServer) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()]


def booked(server: LiveServer, client: httpx.Client, customer: str, key: str) -> None:
    body = {
        "customerId": customer,
        "policyType": "homeowners",
        "premiumAmount": "1200.00",
        "coverageAmount": "25000.00",
        "startDate": "2026-01-01T00:00:00Z",
        "endDate": "2030-01-01T00:00:00Z",
    }
    for _ in range(TRIES):
        try:
            answer = httpx.post(f"{server.url}/api/policies", json=body, headers={**client.headers, "Idempotency-Key": key}, timeout=20)
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        if answer.status_code == 201:
            return
        assert answer.status_code >= 500, answer.text
    raise AssertionError(f"{key} was never acknowledged")


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


def test_figures_agree_with_the_database_though_two_of_four_workers_were_killed(
    server: LiveServer, api: httpx.Client, database: str
) -> None:
    customer = _customer(database)
    with psycopg.connect(database, autocommit=True) as rows:

        def in_database() -> int:
            found = rows.execute("SELECT count(*) FROM policies_policy").fetchone()
            return int(found[0]) if found else 0

        before, counted = in_database(), total(server, "insurance_policies_created_total")
        acknowledged = _book_while_two_are_killed(server, api, customer)
        really = in_database() - before
        told = total(server, "insurance_policies_created_total") - counted
    assert really == acknowledged
    # A worker that is killed between a commit and its counting cannot count: never more than it had under way, and never one too many.
    assert really - 2 * AT_ONCE <= told <= really
    assert told > AT_ONCE
    premiums = total(server, "insurance_premium_amount_dollars_sum")
    assert premiums == 1200 * total(server, "insurance_premium_amount_dollars_count")
    assert total(server, "insurance_premium_amount_dollars_count") == total(server, "insurance_policies_created_total")


def _customer(database: str) -> str:
    with psycopg.connect(database) as rows:
        found = rows.execute("SELECT id::text FROM customers_customer LIMIT 1").fetchone()
    return str(found[0]) if found else ""


def _book_while_two_are_killed(server: LiveServer, api: httpx.Client, customer: str) -> int:
    """How many policies were acknowledged."""

    def write(writer: int) -> int:
        until_time, number = time.monotonic() + SECONDS, 0
        while time.monotonic() < until_time:
            booked(server, api, customer, f"writer-{writer}-{number}")
            number += 1
        return number

    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, number) for number in range(WRITERS)]
        for turn in range(2):
            time.sleep(SECONDS / 3)
            os.kill(workers_of(server)[turn], signal.SIGKILL)
        return sum(writer.result() for writer in writers)
