import datetime
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import IntegrityError, connection, transaction

from customers.models import Customer
from customers.services import create_customer, delete_customer, lookup_by_ssn, merge_customers, record_contact, update_customer
from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder, supervisor, underwriter
from tests.quotes.making import quoted
from vanguard.encryption import keys
from vanguard.encryption.owned import keyring
from vanguard.errors import Conflict, Invalid, NotAllowed, StaleVersion

pytestmark = pytest.mark.django_db


def person(**fields: Any) -> dict[str, Any]:
    return {"email": "rosa.delgado@example.com", "first_name": "Rosa", "last_name": "Delgado"} | fields


PERSONAL = {
    "phone": "+1 512 555 0147",
    "date_of_birth": datetime.date(1979, 2, 28),
    "address": "9 Canary Row\nAustin TX",
    "ssn": "078-05-1120",
}


def test_personal_data_is_ciphertext_in_the_database_and_plain_in_python() -> None:
    customer = create_customer(underwriter(), **person(**PERSONAL))
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, date_of_birth, address, ssn FROM customers_customer")
        stored = b" ".join(bytes(value) for value in cursor.fetchone())
    for secret in (b"555 0147", b"1979-02", b"Canary", b"078051120", b"078-05"):
        assert secret not in stored
    fresh = Customer.objects.get(pk=customer.pk)
    assert (fresh.phone, fresh.date_of_birth, fresh.address) == (PERSONAL["phone"], PERSONAL["date_of_birth"], PERSONAL["address"])


def test_what_is_shown_is_masked() -> None:
    customer = CustomerFactory.create(**PERSONAL)
    assert (customer.masked_phone, customer.masked_date_of_birth, customer.masked_address) == ("•••• 0147", "••••", "••••")


def test_two_spellings_of_one_ssn_give_one_digest_that_is_keyed_and_irreversible() -> None:
    first = CustomerFactory.create(ssn="078-05-1120")
    second = CustomerFactory.create(ssn="078 05 1120")
    assert first.ssn_hash == second.ssn_hash == keys.digests("ssn", "078051120")[0]
    assert len(first.ssn_hash) == 64
    assert first.ssn_hash != keys.digests("other", "078051120")[0]


def test_a_look_up_by_ssn_is_for_who_may_and_leaves_a_trace() -> None:
    customer = CustomerFactory.create(ssn="078-05-1120")
    actor = supervisor()
    assert lookup_by_ssn(actor, "078 051120") == [customer]
    assert lookup_by_ssn(actor, "219-09-9999") == []
    entry = LogEntry.objects.get(object_pk=str(customer.pk), action=LogEntry.Action.ACCESS)
    assert entry.actor == actor
    with pytest.raises(NotAllowed):
        lookup_by_ssn(adjuster(), "078-05-1120")
    with pytest.raises(Invalid):
        lookup_by_ssn(actor, "12")


def test_a_wrong_key_is_an_error_and_never_the_ciphertext(settings: Any) -> None:
    CustomerFactory.create()
    settings.ENCRYPTION_KEY = "another-key-another-key-another-key-1"
    keyring.remembered.clear()
    with pytest.raises(keys.DecryptionError, match="ENCRYPTION_KEY"):
        assert Customer.objects.get().phone


def test_after_a_change_of_key_the_old_values_still_open_and_look_ups_still_find(settings: Any) -> None:
    customer = CustomerFactory.create(ssn="078-05-1120")
    settings.ENCRYPTION_KEY_FALLBACKS = [settings.ENCRYPTION_KEY]
    settings.ENCRYPTION_KEY = "another-key-another-key-another-key-1"
    keyring.remembered.clear()
    assert Customer.objects.get().phone == customer.phone
    assert lookup_by_ssn(None, "078-05-1120") == [customer]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": "not an address"}, "email"),
        ({"email": ""}, "email"),
        ({"first_name": ""}, "first_name"),
        ({"last_name": "x" * 101}, "last_name"),
        ({"last_name": "a\x00b"}, "last_name"),
        ({"phone": "1" * 21}, "phone"),
        ({"phone": "call me"}, "phone"),
        ({"date_of_birth": datetime.date(2999, 1, 1)}, "date_of_birth"),
        ({"ssn": "1234"}, "ssn"),
        ({"ssn": "000-12-3456"}, "ssn"),
        ({"address": "x" * 1001}, "address"),
    ],
)
def test_a_record_that_is_wrong_in_itself_names_the_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        create_customer(None, **person(**fields))
    assert [error.field for error in refused.value.errors] == [field]


def test_an_email_address_is_one_customers_without_regard_to_case() -> None:
    create_customer(None, **person())
    with pytest.raises(Conflict) as refused:
        create_customer(None, **person(email="Rosa.Delgado@Example.com"))
    assert (refused.value.code, refused.value.errors[0].field) == ("duplicate", "email")
    other = create_customer(None, **person(email="other@example.com"))
    with pytest.raises(Conflict):
        update_customer(None, other.pk, version=1, changes={"email": "ROSA.delgado@example.com"})
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(pk=other.pk).update(email="ROSA.delgado@example.com")


def test_an_edit_changes_what_was_sent_and_is_audited_without_personal_data() -> None:
    actor, customer = underwriter(), CustomerFactory.create()
    update_customer(actor, customer.pk, version=1, changes={"phone": "+1 512 555 0199", "first_name": "Harry"})
    fresh = Customer.objects.get(pk=customer.pk)
    assert (fresh.phone, fresh.first_name, fresh.last_name, fresh.version) == ("+1 512 555 0199", "Harry", customer.last_name, 2)
    entry = LogEntry.objects.get(object_pk=str(customer.pk), action=LogEntry.Action.UPDATE)
    assert entry.actor == actor
    assert entry.changes == {"first_name": ["••••", "••••"], "phone": ["••••", "••••"]}
    assert entry.object_repr == f"Customer {customer.pk}"


def test_the_entry_of_a_new_customer_holds_no_personal_data_either() -> None:
    customer = create_customer(underwriter(), **person(**PERSONAL))
    entry = LogEntry.objects.get(object_pk=str(customer.pk), action=LogEntry.Action.CREATE)
    assert entry.actor is not None
    assert not [secret for secret in ("0147", "1979", "Canary", "1120") if secret in str(entry.changes)]


def test_a_stale_edit_changes_nothing() -> None:
    customer = CustomerFactory.create()
    with pytest.raises(StaleVersion):
        update_customer(None, customer.pk, version=7, changes={"first_name": "X"})


def test_a_customer_with_policies_is_not_deleted() -> None:
    policy = PolicyFactory.create()
    with pytest.raises(Conflict):
        delete_customer(underwriter(), policy.customer_id, version=1)
    lone = CustomerFactory.create()
    delete_customer(underwriter(), lone.pk, version=1)
    assert not Customer.objects.filter(pk=lone.pk).exists()


def test_a_customer_is_deleted_by_a_process_that_never_read_their_key() -> None:
    lone = CustomerFactory.create()
    keyring.remembered.clear()
    delete_customer(underwriter(), lone.pk, version=1)
    assert not Customer.objects.filter(pk=lone.pk).exists()


def test_who_sees_whom() -> None:
    own, other = CustomerFactory.create(), CustomerFactory.create()
    holder = policyholder(own)
    assert list(Customer.objects.visible_to(holder)) == [own]
    assert set(Customer.objects.visible_to(adjuster())) == {own, other}
    with pytest.raises(NotAllowed):
        create_customer(holder, **person())


def test_a_customer_who_is_held_says_by_what() -> None:
    asked, insured, called, double = (CustomerFactory.create() for _ in range(4))
    quote, policy = quoted(asked), PolicyFactory.create(customer=insured)
    record_contact(None, called.pk, channel="call", direction="incoming", text="Moved house.")
    merge_customers(None, double.pk, CustomerFactory.create().pk)
    for customer, says in (
        (asked, f"it has quote {quote.quote_number}."),
        (insured, f"it has policy {policy.policy_number}."),
        (called, "it has contact entries."),
        (double, "it has a record that was merged into it and merged records."),
    ):
        with pytest.raises(Conflict) as refused:
            delete_customer(underwriter(), customer.pk, version=None)
        assert (refused.value.code, says) == ("in_use", refused.value.message.partition("; ")[2])
