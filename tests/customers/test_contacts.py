"""The contact history through the service and the API."""

import datetime
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.utils import timezone

from customers.models import ContactEntry, Customer
from customers.services import delete_customer, record_contact
from tests.api.calling import Caller
from tests.factories import CustomerFactory, adjuster, policyholder, staff, underwriter
from vanguard.errors import Conflict, Invalid, NotAllowed, NotFound

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CALL: dict[str, Any] = {"channel": "call", "direction": "incoming", "text": "Her phone is 555 0147"}


@pytest.fixture
def rosa(db: None) -> Customer:
    return CustomerFactory.create(first_name="Rosa")


def test_a_contact_says_who_when_how_and_what(rosa: Customer) -> None:
    actor = adjuster()
    entry = record_contact(actor, rosa.pk, **CALL)
    assert (entry.author, entry.customer, entry.channel, entry.direction, entry.text) == (actor, rosa, "call", "incoming", CALL["text"])
    assert abs(entry.happened_at - timezone.now()) < datetime.timedelta(minutes=1)


def test_the_text_is_ciphertext_at_rest_and_in_no_audit_entry_and_in_no_log(rosa: Customer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    actor = adjuster()
    entry = record_contact(actor, rosa.pk, **CALL)
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM customers_contactentry")
        assert b"0147" not in bytes(cursor.fetchone()[0])
    audited = LogEntry.objects.get(object_pk=str(entry.pk))
    assert audited.actor == actor
    assert "0147" not in str(audited.changes)
    assert "0147" not in caplog.text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"channel": "pigeon"}, "channel"),
        ({"direction": ""}, "direction"),
        ({"happened_at": datetime.datetime(2199, 1, 1, tzinfo=datetime.UTC)}, "happened_at"),
        ({"happened_at": datetime.datetime(1800, 1, 1, tzinfo=datetime.UTC)}, "happened_at"),
    ],
)
def test_what_is_wrong_names_its_field(rosa: Customer, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        record_contact(None, rosa.pk, **(CALL | fields))
    assert [error.field for error in refused.value.errors] == [field]


def test_who_may_write_one_down(rosa: Customer) -> None:
    for actor in (adjuster(), underwriter(), staff("Finance"), staff("Supervisor")):
        record_contact(actor, rosa.pk, **CALL)
    for stranger in (staff("Compliance"), policyholder(rosa)):
        with pytest.raises(NotAllowed):
            record_contact(stranger, rosa.pk, **CALL)
    with pytest.raises(NotFound):
        record_contact(None, ContactEntry.objects.all()[0].pk, **CALL)


def test_a_customer_with_a_history_is_not_deleted(rosa: Customer) -> None:
    record_contact(None, rosa.pk, **CALL)
    with pytest.raises(Conflict, match="contact entries"):
        delete_customer(None, rosa.pk, version=None)


def test_the_api_writes_and_lists_the_latest_first(rosa: Customer) -> None:
    caller, path = Caller(adjuster()), f"/customers/{rosa.pk}/contacts"
    first = caller.post(path, CALL | {"happenedAt": "2026-01-02T03:04:05Z"})
    assert (first.status, first.data["happenedAt"], first.data["text"]) == (201, "2026-01-02T03:04:05Z", CALL["text"])
    letter = caller.post(path, {"channel": "letter", "direction": "outgoing", "text": "Terms\nfor 2026"})
    assert caller.get(path).ids == [letter.data["id"], first.data["id"]]
    assert caller.get(f"{path}?sort=happened_at&page_size=1").ids == [first.data["id"]]
    assert caller.get(f"{path}?channel=letter").ids == [letter.data["id"]]
    assert caller.get(f"{path}?channel=pigeon").status == 422


def test_the_same_key_writes_it_down_once(rosa: Customer) -> None:
    caller, path = Caller(adjuster()), f"/customers/{rosa.pk}/contacts"
    answers = [caller.post(path, CALL, Idempotency_Key="once") for _ in range(2)]
    assert answers[0].text == answers[1].text
    assert ContactEntry.objects.count() == 1


def test_a_policyholder_reads_nothing_of_what_staff_wrote(rosa: Customer) -> None:
    record_contact(None, rosa.pk, **CALL)
    assert Caller(policyholder(rosa)).get(f"/customers/{rosa.pk}/contacts").status == 403
    assert Caller(policyholder()).get(f"/customers/{rosa.pk}/contacts").status == 404


def test_merging_through_the_api_and_what_the_merged_address_then_says() -> None:
    kept, merged = CustomerFactory.create(), CustomerFactory.create(phone="+1 916 555 0199")
    caller = Caller(underwriter())
    answer = caller.post(f"/customers/{kept.pk}/merge", {"customerId": str(merged.pk), "take": ["phone"], "reason": "One person"})
    assert (answer.status, answer.data["id"], answer.data["phone"]) == (200, str(kept.pk), "•••• 0199")
    assert caller.get(f"/customers/{merged.pk}").data["mergedIntoId"] == str(kept.pk)
    assert caller.get("/customers").ids == [str(kept.pk)]
    assert caller.patch(f"/customers/{merged.pk}", {"firstName": "X"}, If_Match='"2"').errors == {"": "merged"}
    back = caller.post(f"/customers/{merged.pk}/unmerge")
    assert (back.status, "mergedIntoId" in back.data) == (200, False)
    assert set(caller.get("/customers").ids) == {str(kept.pk), str(merged.pk)}


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"customerId": "missing"}),
        ({"customerId": "x"}, None),
        ({"customerId": "00000000-0000-7000-8000-000000000000", "take": ["version"]}, None),
        ({"customerId": "00000000-0000-7000-8000-000000000000", "more": 1}, None),
    ],
)
def test_a_bad_merge_is_refused_and_names_its_field(rosa: Customer, body: dict[str, Any], errors: dict[str, str] | None) -> None:
    answer = Caller(underwriter()).post(f"/customers/{rosa.pk}/merge", body)
    assert answer.status == 422
    assert errors is None or set(answer.errors) == set(errors)
    assert Caller(underwriter()).post(f"/customers/{rosa.pk}/merge", {"customerId": str(rosa.pk)}).errors == {"customerId": "same_record"}
