"""Each customer's personal data is under a key of the customer's own, which the platform's key wraps."""

from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from claims.bordereau.bulk import insert_all
from claims.letters.services import write_letter
from customers.models import ContactEntry, Customer, CustomerMerge, DataKey
from customers.services import merge_customers, record_contact, update_customer
from policies.papers.services import make_document
from tests.factories import CustomerFactory, PolicyFactory, submitted_claim
from vanguard.encryption.fields import OwnedColumn
from vanguard.encryption.owned import KeyIsGone, keyring

pytestmark = pytest.mark.django_db


def stored(table: str, column: str) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return [bytes(value) for (value,) in cursor.fetchall()]


def head(customer: Customer) -> bytes:
    return b"d1:" + customer.pk.hex.encode() + b":"


def test_all_that_is_personal_of_a_customer_is_under_the_customers_own_key() -> None:
    customer = CustomerFactory.create(ssn="078-05-1120")
    for name in Customer.PERSONAL:
        assert isinstance(Customer._meta.get_field(name), OwnedColumn)
        assert stored("customers_customer", name)[0].startswith(head(customer))
    record_contact(None, customer.pk, channel="call", direction="incoming", text="Moved house.")
    assert stored("customers_contactentry", "text")[0].startswith(head(customer))
    assert stored("customers_datakey", "secret")[0].startswith(b"m1:")
    keyring.remembered.clear()
    fresh = Customer.objects.get(pk=customer.pk)
    assert (fresh.phone, fresh.ssn, fresh.contacts.get().text) == (customer.phone, "078051120", "Moved house.")


def test_papers_and_letters_are_under_it_too(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    policy = PolicyFactory.create()
    paper = make_document(None, policy.pk, kind="schedule").document
    letter = write_letter(None, submitted_claim(policy).pk, kind="acknowledgement").letter
    for made in (paper, letter):
        with storages["default"].open(str(made.file.name)) as file:
            assert file.read().startswith(head(policy.customer))
        assert made.file.open("rb").read().startswith(b"%PDF")


def test_an_edit_a_bulk_insert_and_the_import_write_under_it() -> None:
    made = CustomerFactory.create()
    update_customer(None, made.pk, version=1, changes={"phone": "+1 512 555 0199"})
    one, two = CustomerFactory.build_batch(2)
    Customer.objects.bulk_create([one])
    insert_all(Customer, [two])
    for customer, phone in ((made, "+1 512 555 0199"), (one, one.phone), (two, two.phone)):
        keyring.remembered.clear()
        fresh = Customer.objects.get(pk=customer.pk)
        assert fresh.__dict__["phone"].token.startswith(head(customer))
        assert fresh.phone == phone


def test_an_update_that_knows_no_record_is_refused_before_it_stores_plain_text() -> None:
    customer = CustomerFactory.create()
    with pytest.raises(TypeError, match="owner"):
        Customer.objects.filter(pk=customer.pk).update(phone="+1 512 555 0199")


def test_many_customers_need_one_query_for_their_keys_and_a_list_of_names_none(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    CustomerFactory.create_batch(30)
    keyring.remembered.clear()
    with django_assert_num_queries(2):
        customers = list(Customer.objects.all())
        keyring.load_for(customers)
        assert all(each.phone and each.address for each in customers)
    keyring.remembered.clear()
    with django_assert_num_queries(1):
        assert all(each.full_name for each in Customer.objects.all())


def test_without_its_key_a_customers_data_is_unreadable_and_the_error_says_nothing_of_it() -> None:
    customer, other = CustomerFactory.create(), CustomerFactory.create()
    DataKey.objects.filter(pk=customer.pk).delete()
    keyring.remembered.clear()
    fresh = Customer.objects.get(pk=customer.pk)
    with pytest.raises(KeyIsGone) as refused:
        _ = fresh.phone
    assert "0142" not in str(refused.value)
    assert fresh.full_name == customer.full_name
    assert Customer.objects.get(pk=other.pk).phone == other.phone


def test_what_a_merge_handed_over_stays_under_the_key_that_it_was_written_with_and_reads() -> None:
    kept, merged = CustomerFactory.create(), CustomerFactory.create(ssn="078-05-1120")
    record_contact(None, merged.pk, channel="call", direction="incoming", text="Of the merged one.")
    merge_customers(None, kept.pk, merged.pk, take=["ssn"], reason="Same SSN.")
    keyring.remembered.clear()
    assert ContactEntry.objects.get(customer=kept).text == "Of the merged one."
    assert CustomerMerge.objects.get().reason == "Same SSN."
    assert Customer.objects.get(pk=kept.pk).ssn == "078051120"


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.both
def test_the_migration_gives_each_customer_a_key_and_goes_back() -> None:
    customer = CustomerFactory.create(ssn="078-05-1120")
    record_contact(None, customer.pk, channel="call", direction="incoming", text="Moved house.")
    try:
        call_command("migrate", "customers", "0008_phone_digests", verbosity=0)
        assert all(value.startswith(b"m1:") for value in stored("customers_customer", "phone") + stored("customers_contactentry", "text"))
    finally:
        call_command("migrate", verbosity=0)
    keyring.remembered.clear()
    fresh = Customer.objects.get(pk=customer.pk)
    assert fresh.__dict__["phone"].token.startswith(head(customer))
    assert (fresh.phone, fresh.ssn, fresh.contacts.get().text) == (customer.phone, "078051120", "Moved house.")
