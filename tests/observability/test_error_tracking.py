"""Requirement 8.6: errors are reported with what went wrong, and never with whose data it was."""

import json
from collections.abc import Iterator

import httpx
import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from tests.web.conftest import Visitor
from vanguard.observability.errors import start_error_tracking

pytestmark = pytest.mark.once
SSN, EMAIL, TOKEN, SECRET = "123-45-6789", "harold.finch@example.com", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln", "canary-7731"


class Kept(Transport):
    """A transport that sends nothing anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.envelopes: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)

    def text(self) -> str:
        return json.dumps([item.payload.json for envelope in self.envelopes for item in envelope.items])


@pytest.fixture
def sent() -> Iterator[Kept]:
    transport = Kept()
    assert start_error_tracking("https://key@errors.example/1", environment="test", release="1.0.0", transport=transport)
    sentry_sdk.get_isolation_scope().clear_breadcrumbs()  # what earlier tests logged
    yield transport
    sentry_sdk.init()


def test_nothing_is_started_without_an_address() -> None:
    assert start_error_tracking("", environment="production", release="1.0.0") is False


async def test_a_crash_is_reported_with_its_request_and_without_its_data(sent: Kept, visitor: Visitor) -> None:
    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "Cookie": f"sessionid={SECRET}",
        "X-Correlation-ID": "case-2026-1",
        "X-Forwarded-For": EMAIL,
    }
    answer: httpx.Response = await visitor().post(f"/api/crash?ssn={SSN}&q={EMAIL}", json={"ssn": SSN, "email": EMAIL}, headers=headers)
    assert answer.status_code == 500
    reported = sent.text()
    assert "RuntimeError" in reported
    assert "case-2026-1" in reported
    assert "/api/crash" in reported
    for canary in (SSN, EMAIL, TOKEN, "sessionid"):
        assert canary not in reported, canary


def test_local_variables_and_quoted_rows_stay_here(sent: Kept) -> None:
    customer = {"ssn": SSN, "email": EMAIL, "note": SECRET}
    try:
        raise ValueError(f"DETAIL:  Key (email)=({EMAIL}) of {SSN} already exists.")
    except ValueError:
        sentry_sdk.capture_exception()
    reported = sent.text()
    assert "ValueError" in reported
    assert customer["note"] not in reported
    for canary in (SSN, EMAIL):
        assert canary not in reported, canary


def test_what_led_there_is_scrubbed_too(sent: Kept) -> None:
    sentry_sdk.add_breadcrumb(category="query", message=f"SELECT * FROM customers WHERE email = '{EMAIL}'")
    sentry_sdk.add_breadcrumb(category="log", message=f"looked up {SSN}", data={"password": SECRET})
    sentry_sdk.set_extra("token", TOKEN)
    sentry_sdk.set_user({"id": "7", "email": EMAIL, "ip_address": "203.0.113.9"})
    sentry_sdk.capture_message(f"about {EMAIL}")
    reported = sent.text()
    assert "looked up" in reported
    for canary in (SSN, EMAIL, TOKEN, SECRET, "203.0.113.9", "SELECT"):
        assert canary not in reported, canary
