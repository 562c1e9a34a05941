"""Whoever is about to be recorded may be recorded already: that is shown, and a person decides."""

import datetime
from importlib import import_module
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from customers.services import duplicates_of, find_duplicates, merge_customers, update_customer
from tests.api.calling import Caller
from tests.factories import CustomerFactory, adjuster, staff, superuser, supervisor, underwriter
from vanguard.errors import NotAllowed

pytestmark = pytest.mark.django_db
BORN = datetime.date(1979, 2, 28)


def rosa(**fields: Any) -> Customer:
    given: dict[str, Any] = {"first_name": "Rosa", "last_name": "Delgado", "date_of_birth": BORN, "ssn": "078-05-1120"}
    return CustomerFactory.create(**(given | fields))


def who(**fields: Any) -> dict[Customer, tuple[str, ...]]:
    given: dict[str, Any] = {"first_name": "Rosa", "last_name": "Delgado", "date_of_birth": BORN}
    return {each.customer: each.reasons for each in find_duplicates(underwriter(), **(given | fields))}


def test_the_same_ssn_is_a_possible_duplicate_however_it_is_spelled() -> None:
    known = rosa()
    assert who(first_name="Somebody", last_name="Else", ssn="078 05 1120") == {known: ("ssn",)}


@pytest.mark.parametrize(
    ("first", "last"), [("Rosa", "Delgado"), ("ROSA", "delgado"), (" Rosa ", "Del-gado"), ("Rósa", "Delgado"), ("Rosa", "Del gado")]
)
def test_the_same_name_and_birth_date_is_one_however_it_is_written(first: str, last: str) -> None:
    known = rosa()
    assert who(first_name=first, last_name=last) == {known: ("name_and_birth_date",)}


def test_the_name_alone_or_the_birth_date_alone_is_none() -> None:
    rosa()
    assert who(date_of_birth=None) == {}
    assert who(date_of_birth=datetime.date(1979, 3, 1)) == {}
    assert who(first_name="Rosalind") == {}
    # The parts of a name do not run into each other.
    assert who(first_name="Ros", last_name="aDelgado") == {}


def test_both_reasons_are_told_and_an_equal_ssn_comes_first() -> None:
    by_name, both = rosa(ssn=""), rosa()
    assert list(who(ssn="078-05-1120").items()) == [(both, ("ssn", "name_and_birth_date")), (by_name, ("name_and_birth_date",))]


def test_a_changed_name_or_birth_date_is_compared_as_it_is_now() -> None:
    known = rosa()
    update_customer(None, known.pk, version=None, changes={"last_name": "Finch"})
    assert who() == {}
    assert who(last_name="Finch") == {known: ("name_and_birth_date",)}


def test_a_merged_record_is_shown_as_the_one_that_it_leads_to() -> None:
    kept, merged = CustomerFactory.create(), rosa()
    merge_customers(None, kept.pk, merged.pk)
    assert who(ssn="078-05-1120") == {kept: ("ssn", "name_and_birth_date")}
    assert duplicates_of(None, kept.pk) == []


def test_an_equal_ssn_that_is_shown_is_audited_like_a_look_up_and_shown_only_to_who_may_look_up() -> None:
    known, actor = rosa(), underwriter()
    find_duplicates(actor, first_name="X", last_name="Y", ssn="078-05-1120")
    assert LogEntry.objects.get(object_pk=str(known.pk), action=LogEntry.Action.ACCESS).actor == actor
    other = rosa(email="other@example.com", date_of_birth=None)
    assert [each.customer for each in duplicates_of(supervisor(), known.pk)] == [other]
    for stranger in (adjuster(), staff("Compliance")):
        with pytest.raises(NotAllowed):
            find_duplicates(stranger, first_name="Rosa", last_name="Delgado", date_of_birth=BORN)
        with pytest.raises(NotAllowed):
            duplicates_of(stranger, known.pk)


def test_a_common_name_costs_no_more_than_a_rare_one() -> None:
    actor = superuser()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            find_duplicates(actor, first_name="Rosa", last_name="Delgado", date_of_birth=BORN)
        return len(captured)

    alone = queries()
    for _ in range(30):
        rosa(ssn="", date_of_birth=datetime.date(1980, 1, 1))
    assert queries() == alone


def test_no_answer_and_no_audit_entry_holds_a_digest() -> None:
    known = rosa()
    update_customer(None, known.pk, version=None, changes={"last_name": "Finch", "ssn": "219-09-9999"})
    digests = (known.ssn_hash, known.identity_hash, Customer.objects.get().ssn_hash, Customer.objects.get().identity_hash)
    entries = str(list(LogEntry.objects.values_list("changes", flat=True)))
    answer = Caller(underwriter()).post("/customers/duplicates", {"firstName": "Rosa", "lastName": "Finch", "ssn": "219-09-9999"})
    assert answer.status == 200
    assert not [digest for digest in digests if digest in entries or digest in answer.text]


def test_the_api_tells_before_recording() -> None:
    known = rosa()
    body = {"firstName": "rosa", "lastName": "Delgado", "dateOfBirth": "1979-02-28"}
    answer = Caller(underwriter()).post("/customers/duplicates", body)
    expected = {"id": str(known.pk), "email": known.email, "firstName": "Rosa", "lastName": "Delgado", "reasons": ["name_and_birth_date"]}
    assert (answer.status, answer.data) == (200, [expected])


def test_the_api_records_all_the_same_and_says_who_is_likely_the_same_person() -> None:
    known, caller = rosa(), Caller(underwriter())
    body = {"email": "new@example.com", "firstName": "Rosa", "lastName": "Delgado", "ssn": "078051120"}
    answer = caller.post("/customers", body)
    assert answer.status == 201
    assert [(each["id"], each["reasons"]) for each in answer.data["possibleDuplicates"]] == [(str(known.pk), ["ssn"])]
    alone = caller.post("/customers", {"email": "alone@example.com", "firstName": "Amos", "lastName": "Reed"})
    assert (alone.status, "possibleDuplicates" in alone.data) == (201, False)
    assert "possibleDuplicates" not in caller.get(f"/customers/{known.pk}").data
    assert Caller(supervisor()).get(f"/customers/{known.pk}/duplicates").data[0]["id"] == answer.data["id"]


@pytest.mark.django_db(transaction=True)
def test_customers_from_before_the_digest_get_theirs() -> None:
    known, unborn = rosa(), rosa(email="unborn@example.com", date_of_birth=None, ssn="")
    Customer.objects.update(identity_hash="")
    fill = import_module("customers.migrations.0005_identity_digests").fill
    with connection.schema_editor() as editor:
        fill(MigrationExecutor(connection).loader.project_state().apps, editor)
    assert Customer.objects.get(pk=known.pk).identity_hash == known.identity_hash != ""
    assert Customer.objects.get(pk=unborn.pk).identity_hash == ""
