"""S19, long: the key is changed under several writers over HTTP, at a server with two workers; then the earlier key is taken away.

All that is there was written under the earlier key. While `rotate_keys` brings it under the new one, each writer changes phones, notes
contacts, reads them back and finds people by their SSN. Afterwards a server that never had the earlier key reads everything.
"""

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests import needs
from tests.databases import own_database
from tests.factories import PASSWORD
from tests.live import WITHOUT_END, LiveServer, live_server, manage
from tests.security.long import figure

pytestmark = needs.postgresql
WRITERS, CUSTOMERS = 6, int(os.environ.get("ROTATED_CUSTOMERS", "600"))
EMAIL = "admin@vanguard.example"
EARLIER = {"ENCRYPTION_KEY": "the-earlier-key-the-earlier-key-1234", "ENCRYPTION_KEY_FALLBACKS": ""}
NEW_ALONE = {"ENCRYPTION_KEY": "the-new-key-the-new-key-the-new-key-1", "ENCRYPTION_KEY_FALLBACKS": ""}
BOTH = NEW_ALONE | {"ENCRYPTION_KEY_FALLBACKS": EARLIER["ENCRYPTION_KEY"]}
SEED = f"""
from customers.services import record_contact
from tests.factories import CustomerFactory, superuser
superuser(email={EMAIL!r})
for number in range({CUSTOMERS}):
    customer = CustomerFactory.create(ssn=f"078-05-{{1000 + number}}")
    record_contact(None, customer.pk, channel="call", direction="incoming", text=f"First {{number}}")
"""
CUSTOMERS_THERE = """
import json
from customers.models import Customer
print(json.dumps([[str(each.pk), each.phone, each.ssn] for each in Customer.objects.order_by("created_at")]))
"""


@dataclass
class Customer:
    pk: str
    phone: str
    ssn: str
    texts: list[str] = field(default_factory=list)


@dataclass
class Load:
    """What the writers were told."""

    url: str
    token: str
    customers: list[Customer]
    answers: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def write(self, writer: int) -> None:
        """Each has customers of its own, so that nobody's change is in the way of another's."""
        own, turn = self.customers[writer::WRITERS], 0
        with httpx.Client(base_url=f"{self.url}/api", headers={"Authorization": f"Bearer {self.token}"}, timeout=60) as client:
            while not self.ended.is_set() and not self.wrong:
                try:
                    self.turn(client, own[turn % len(own)], f"{writer}-{turn}", turn)
                except Exception as error:  # noqa: BLE001  # told to the test
                    self.wrong.append(f"{writer}-{turn}: {error!r}")
                turn += 1

    def turn(self, client: httpx.Client, customer: Customer, name: str, turn: int) -> None:
        address, phone, text = f"/customers/{customer.pk}", f"+1 512 555 {turn % 10000:04d}", f"Note {name}"
        etag = self.asked(client, "GET", address).headers["ETag"]
        self.asked(client, "PATCH", address, {"phone": phone}, etag)
        customer.phone = phone
        self.asked(client, "POST", f"{address}/contacts", {"channel": "call", "direction": "incoming", "text": text})
        customer.texts.append(text)
        self.look(client, customer)

    def look(self, client: httpx.Client, customer: Customer) -> None:
        """Every note of the customer reads as it was written, and the SSN finds who has it."""
        notes = self.asked(client, "GET", f"/customers/{customer.pk}/contacts?page_size=100").json()["data"]["data"]
        found = self.asked(client, "POST", "/customers/lookup", {"ssn": customer.ssn}).json()["data"]
        if {each["text"] for each in notes} != set(customer.texts) or [each["id"] for each in found] != [customer.pk]:
            self.wrong.append(f"{customer.pk}: {notes} {found}")

    def asked(self, client: httpx.Client, method: str, path: str, body: Any = None, etag: str = "") -> httpx.Response:
        answer = client.request(method, path, json=body, headers={"If-Match": etag} if etag else {})
        self.answers[answer.status_code] += 1
        if answer.status_code not in (200, 201):
            self.wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
            answer.raise_for_status()
        return answer

    @property
    def writes(self) -> int:
        return sum(len(customer.texts) for customer in self.customers) - len(self.customers)


def load_of(server: LiveServer) -> Load:
    told = json.loads(server.manage("shell", "--verbosity", "0", "--command", CUSTOMERS_THERE).strip().splitlines()[-1])
    customers = [Customer(pk, phone, ssn, [f"First {number}"]) for number, (pk, phone, ssn) in enumerate(told)]
    answer = httpx.post(f"{server.url}/api/auth/token", json={"email": EMAIL, "password": PASSWORD}, timeout=60)
    return Load(server.url, str(answer.json()["data"]["accessToken"]), customers)


@contextmanager
def writing(load: Load) -> Iterator[None]:
    threads = [threading.Thread(target=load.write, args=(number,), daemon=True) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        load.ended.set()
        for thread in threads:
            thread.join(timeout=120)


def test_no_writer_notices_a_change_of_keys_and_nothing_needs_the_earlier_one(django_db_setup: None, django_db_blocker: Any) -> None:
    with own_database(django_db_blocker, "rotated") as url:
        variables = {"WEB_CONCURRENCY": "2", "DATABASE_URL": url} | WITHOUT_END
        with live_server(variables | BOTH) as server:
            manage({**server.environment, **EARLIER}, "shell", "--verbosity", "0", "--command", SEED)
            load = load_of(server)
            with pytest.raises(AssertionError, match="under another key"):
                server.manage("rotate_keys", "--check")
            with writing(load):
                time.sleep(2)
                before, began = load.writes, time.monotonic()
                said = server.manage("rotate_keys")
                seconds, meanwhile = time.monotonic() - began, load.writes - before
                time.sleep(2)
            server.manage("rotate_keys", "--check")
            crashes = server.crashes()
        with live_server(variables | NEW_ALONE) as alone:
            after = load_of(alone)
            with httpx.Client(base_url=f"{alone.url}/api", headers={"Authorization": f"Bearer {after.token}"}, timeout=60) as client:
                for customer in load.customers:
                    after.look(client, customer)
    phones = {each.pk: each.phone for each in after.customers}
    lost = [each.pk for each in load.customers if each.phone != phones.get(each.pk)]
    refused = sum(number for status, number in load.answers.items() if status not in (200, 201))
    rounds = f"{meanwhile:,} of their {load.writes:,} rounds in the {seconds:.1f} s of the rotation"
    rest = f"{len(crashes)} crashes logged, {len(lost)} changes lost, all of {len(load.customers)} customers read without the earlier key"
    figure("S19", f"{WRITERS} writers over HTTP at two workers, {rounds}: {load.answers.total():,} answers, {refused} refused, {rest}")
    assert load.wrong == after.wrong == []
    assert "Nothing is under another key" in said
    assert meanwhile >= WRITERS, "there was no load while the keys were changed"
    assert (lost, crashes) == ([], [])
