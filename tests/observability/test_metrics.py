"""Requirement 8.1: what is counted, under which names, and with how many series."""

import re

import pytest
from django.db import connection
from prometheus_client import REGISTRY
from pytest_django import Settings

from tests.web.conftest import Visitor
from vanguard.observability.metrics import database_connections, endpoint

NAMES = {
    "vanguard_requests_total": "counter",
    "vanguard_request_duration_seconds": "histogram",
    "vanguard_active_connections": "gauge",
    "vanguard_database_connections": "gauge",
    "vanguard_database_pool_connections": "gauge",
    "vanguard_database_pool_limit": "gauge",
    "vanguard_database_pool_waiting": "gauge",
    "vanguard_event_loop_lag_seconds": "gauge",
    "vanguard_websockets": "gauge",
    "vanguard_events_missed_total": "counter",
    "vanguard_background_waiting": "gauge",
    "vanguard_background_failed_total": "counter",
    "vanguard_replica_reads_total": "counter",
    "vanguard_asked_ok": "gauge",
    "vanguard_part_healthy": "gauge",
    "insurance_policies_created_total": "counter",
    "insurance_claims_submitted_total": "counter",
    "insurance_claims_processed_total": "counter",
    "insurance_claim_payments_total": "counter",
    "insurance_claim_letters_total": "counter",
    "insurance_premium_amount_dollars": "histogram",
}


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def page(visitor: Visitor) -> str:
    return (await visitor().get("/metrics")).text


@pytest.mark.once
async def test_the_page_has_every_metric_under_its_name(visitor: Visitor) -> None:
    answer = await visitor().get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    for name, kind in NAMES.items():
        assert f"# TYPE {name} {kind}\n" in answer.text, name


@pytest.mark.once
@pytest.mark.parametrize(
    ("address", "pattern", "status"),
    [
        ("/api/things/0199b6a2-7c11-7a5e-9f40-1234567890ab", "/api/things/{thing_id}", "200"),
        ("/api/crash", "/api/crash", "500"),
        ("/api/missing", "/api/missing", "404"),
        ("/api/nothing", "unmatched", "404"),
        ("/static/admin/css/base.css", "/static/{path}", "200"),
        ("/static/nothing.css", "unmatched", "404"),
        ("/health/live", "/health/live", "200"),
    ],
)
async def test_a_request_is_counted_under_its_routes_pattern(visitor: Visitor, address: str, pattern: str, status: str) -> None:
    client = visitor()
    labels = {"method": "GET", "endpoint": pattern}
    counted, timed = (
        value("vanguard_requests_total", **labels, status_code=status),
        value("vanguard_request_duration_seconds_count", **labels),
    )
    await client.get(address)
    assert value("vanguard_requests_total", **labels, status_code=status) == counted + 1
    assert value("vanguard_request_duration_seconds_count", **labels) == timed + 1


@pytest.mark.once
async def test_random_addresses_and_methods_make_no_new_series(visitor: Visitor) -> None:
    """S15: whoever scans us must not be able to fill the monitoring's memory."""
    client = visitor()

    async def ask(number: int) -> None:
        await client.get(f"/api/claims/{number}/x")
        await client.request(f"INVENTED{number}", f"/static/{number}.css")

    await ask(0)
    await page(visitor)  # which has a series of its own from its first request on
    before = len(re.findall(r"(?m)^vanguard_request", await page(visitor)))
    for number in range(1, 30):
        await ask(number)
    assert len(re.findall(r"(?m)^vanguard_request", await page(visitor))) == before


@pytest.mark.once
@pytest.mark.parametrize(
    ("route", "pattern"),
    [
        ("api/claims/<uuid:claim_id>", "/api/claims/{claim_id}"),
        ("api/claims/<claim_id>/approve", "/api/claims/{claim_id}/approve"),
        (r"^docs/(?P<page>\w+)/$", "/docs/{page}/"),
        ("admin/(?P<url>.*)$", "/admin/{url}"),
        ("", "/"),
    ],
)
def test_a_pattern_is_written_as_readers_write_it(route: str, pattern: str) -> None:
    assert endpoint(route) == pattern


@pytest.mark.once
async def test_a_connection_is_active_while_it_is_served(visitor: Visitor) -> None:
    assert "vanguard_active_connections 1.0" in await page(visitor)
    assert value("vanguard_active_connections") == 0


@pytest.mark.django_db
def test_open_database_connections_are_counted() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert database_connections.count() >= 1


@pytest.mark.parametrize("sent", ["", "Bearer wrong", "Basic right-token", "right-token"])
async def test_with_a_token_the_figures_are_for_who_sends_it(visitor: Visitor, settings: Settings, sent: str) -> None:
    settings.METRICS_TOKEN = "right-token"
    refused = await visitor().get("/metrics", headers={"Authorization": sent})
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "vanguard_" not in refused.text
    assert (await visitor().get("/metrics", headers={"Authorization": "Bearer right-token"})).status_code == 200
