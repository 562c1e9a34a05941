"""S14: a person's SSN, phone, address, birth date and account go in by every door, through crashes too; then all is searched for them."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from django.core.cache import cache
from django.db import connection
from django.test import Client
from prometheus_client import REGISTRY, generate_latest
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from claims.models import Claim
from claims.services import approve_claim
from customers import services
from customers.models import Customer
from policies.models import Policy
from tests.api.calling import Caller
from tests.factories import PolicyFactory, adjuster, policyholder, staff, started_claim, underwriter
from tests.observability.lines import formatted
from vanguard.observability.errors import start_error_tracking

pytestmark = pytest.mark.django_db
SSN, PHONE, STREET, BORN = "917-65-4321", "+1 907 555 0161", "77 Canary Row", "1947-11-23"
CANARIES = ("917-65-4321", "917654321", "917 65 4321", "907 555 0161", "9075550161", "Canary Row", BORN, "70770161772")
PERSON = {"email": "canary@example.com", "firstName": "Ada", "lastName": "Quill"}
ACCOUNT = {"routingNumber": "121000248", "accountNumber": "7077-0161-772"}
PERSONAL = {"ssn": SSN, "phone": PHONE, "address": STREET, "dateOfBirth": BORN}


class Kept(Transport):
    """Sends nothing anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.envelopes: list[Envelope] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)

    def text(self) -> str:
        return json.dumps([item.payload.json for envelope in self.envelopes for item in envelope.items], default=str)


@pytest.fixture
def reported() -> Iterator[Kept]:
    transport = Kept()
    start_error_tracking("https://key@errors.example/1", environment="test", release="1.0.0", transport=transport)
    yield transport
    sentry_sdk.init()


def _by_every_door() -> Customer:
    """Recorded, found, changed, refused and looked at, through the API and at the desk."""
    caller = Caller(underwriter())
    made = caller.post("/customers", PERSON | PERSONAL, Idempotency_Key="canary-1")
    customer = Customer.objects.get(pk=made.data["id"])
    caller.post("/customers/lookup", {"ssn": SSN})
    caller.post("/customers/duplicates", {"firstName": "Ada", "lastName": "Quill", "dateOfBirth": BORN, "ssn": SSN})
    caller.patch(f"/customers/{customer.pk}", {"phone": PHONE, "ssn": SSN + "9"}, If_Match='"1"')
    caller.post("/customers", PERSON | PERSONAL | {"phone": [PHONE], "email": SSN})
    caller.post(f"/customers/{customer.pk}/contacts", {"channel": "call", "direction": "incoming", "text": f"New number {PHONE}"})
    caller.get(f"/customers?q={SSN}&email={PHONE}")
    caller.get(f"/customers/{SSN}")
    caller.send_bytes("POST", "/customers", f'{{"ssn": "{SSN}"'.encode())
    policy = PolicyFactory.create(customer=customer)
    caller.post(f"/policies/{policy.pk}/documents", {"kind": "schedule"})
    owner = Caller(policyholder(customer))
    owner.get(f"/customers/{customer.pk}")
    owner.get(f"/customers/{customer.pk}/export")
    _paid(policy)
    return customer


def _paid(policy: Policy) -> None:
    """To an account; asked for wrongly first, then rightly, at the desk and through the API."""
    owner = adjuster()
    claim = approve_claim(owner, started_claim(owner, policy).pk)
    caller, desk = Caller(owner), Client()
    desk.force_login(owner)
    for wrong in ({"routingNumber": "121000247"}, {"amount": "9e9"}, {"accountNumber": ACCOUNT["accountNumber"] * 3}):
        assert caller.post(f"/claims/{claim.pk}/pay", ACCOUNT | wrong).status == 422
    assert caller.post(f"/claims/{claim.pk}/pay", ACCOUNT | {"amount": 10}, Idempotency_Key="canary-2").status == 200
    form = {"amount": "20", "cost_type": "indemnity", "payee": "Ada Quill", "routing_number": "121000248", "account_number": "70770161772"}
    desk.post(f"/admin/claims/claim/{claim.pk}/pay/", form | {"version": Claim.objects.get(pk=claim.pk).version})
    assert claim.payments.exclude(account_mark=None).count() == 2
    _claimed_on(claim, caller, desk)
    caller.get(f"/claims/{claim.pk}/money")
    desk.get(f"/admin/claims/claim/{claim.pk}/change/")


def _claimed_on(claim: Claim, caller: Caller, desk: Client) -> None:
    """By somebody who is no customer: wrongly first, then rightly, and ended."""
    told = {"claimsFor": "other", "name": "Cy Quill", "phone": PHONE, "address": STREET}
    assert caller.post(f"/claims/{claim.pk}/claimants", told | {"email": SSN}).status == 422
    made = caller.post(f"/claims/{claim.pk}/claimants", told, Idempotency_Key="canary-3")
    assert made.status == 201
    caller.get(f"/claims/{claim.pk}/claimants")
    form = {"claims_for": "other", "name": "Di Quill", "phone": PHONE, "address": STREET}
    desk.post(f"/admin/claims/claim/{claim.pk}/add-claimant/", form | {"version": Claim.objects.get(pk=claim.pk).version})
    assert claim.claimants.count() == 2
    assert caller.post(f"/claims/{claim.pk}/claimants/{made.data['id']}/end", {"reason": "Not hurt"}).status == 200


def _at_the_desk(customer: Customer) -> None:
    desk = Client(raise_request_exception=False)
    desk.force_login(staff("Underwriter"))
    page = f"/admin/customers/customer/{customer.pk}"
    fields = ["ssn", "phone", "address", "date_of_birth"]
    shown = desk.post(f"{page}/reveal/", {"reason": f"Is it {SSN}?", "fields_wanted": fields, "version": customer.version})
    assert "917654321" in shown.content.decode()
    desk.post(f"{page}/edit/", {"first_name": "Ada", "last_name": "", "email": PERSON["email"], "ssn": SSN, "phone": PHONE, "version": 1})
    desk.get(f"/admin/customers/customer/?q={SSN}")
    desk.get(f"/admin/search/?q={PHONE.replace('+', '%2B')}")
    desk.get(f"{page}/change/")


def _through_crashes(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_args: Any, **given: Any) -> None:
        personal = dict(PERSONAL)  # a local variable, as reports would show it
        raise RuntimeError(f"no such thing as {personal['ssn']} or {given.get('phone', PHONE)}")

    for name in ("create_customer", "lookup_by_ssn"):
        monkeypatch.setattr(services, name, crash)
    caller = Caller(underwriter())
    assert caller.post("/customers", PERSON | PERSONAL).status == 500
    assert caller.post("/customers/lookup", {"ssn": SSN}).status == 500
    desk = Client(raise_request_exception=False)
    desk.force_login(staff("Underwriter"))
    form = {"first_name": "Ada", "last_name": "Other", "email": "other@example.com", "ssn": SSN, "phone": PHONE, "again": "on"}
    assert desk.post("/admin/customers/customer/add/", form).status_code == 500


def _tables() -> dict[str, bytes]:
    """Every table as it lies there: the audit trail, sessions, idempotency keys and all others."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            cells = (value for row in cursor.fetchall() for value in row)
            found[table] = b"\n".join(bytes(each) if isinstance(each, memoryview | bytes) else str(each).encode() for each in cells)
    return found


def _cached() -> bytes:
    """All that is in Redis, or in the memory that stands in for it."""
    if hasattr(cache, "_cache") and hasattr(cache._cache, "get_client"):
        client = cache._cache.get_client()
        return b"\n".join(key + b"=" + (client.get(key) or b"" if client.type(key) == b"string" else b"") for key in client.scan_iter())
    return repr(getattr(cache, "_cache", "")).encode()


def test_nowhere_but_in_ciphertext_is_any_of_it(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, reported: Kept) -> None:
    with caplog.at_level(logging.INFO):
        _at_the_desk(_by_every_door())
        _through_crashes(monkeypatch)
    places = {
        "logs": "\n".join(formatted(record) for record in caplog.records).encode(),
        "metrics": generate_latest(REGISTRY),
        "cache": _cached(),
        "error events": reported.text().encode(),
    }
    assert b"RuntimeError" in places["logs"]
    assert b"RuntimeError" in places["error events"]
    hits = {(place, canary) for place, held in (places | _tables()).items() for canary in CANARIES if canary.encode() in held}
    assert hits == set()
