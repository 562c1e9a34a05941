"""Two records of one person become one, and apart again: nothing is lost, and exactly what was handed over comes back."""

import datetime
import json
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.apps import apps

from claims.models import Claim
from customers.events import CustomersMerging
from customers.models import Customer, CustomerMerge
from customers.services import (
    create_customer,
    delete_customer,
    lookup_by_ssn,
    merge_customers,
    record_contact,
    unmerge_customers,
    update_customer,
)
from policies.models import Policy
from policies.services import delete_policy
from tests.customers.objecting import objecting
from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder, staff, submitted_claim, supervisor, underwriter
from vanguard.errors import Conflict, Invalid, NotAllowed, NotFound, StaleVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept() -> Customer:
    return CustomerFactory.create(email="harold@example.com", first_name="Harold", last_name="Finch", phone="", address="1 New Street")


@pytest.fixture
def merged() -> Customer:
    return CustomerFactory.create(
        email="harry@example.com", first_name="Harry", last_name="Fink", phone="+1 916 555 0199", ssn="078-05-1120", address="9 Old Road"
    )


def now[M: (Customer, Policy)](record: M) -> M:
    return type(record).objects.get(pk=record.pk)


def refusal(call: Any, *args: Any, **fields: Any) -> str:
    with pytest.raises(Conflict) as refused:
        call(*args, **fields)
    return refused.value.code


def test_every_policy_claim_and_contact_belongs_to_the_kept_record_from_then_on(kept: Customer, merged: Customer) -> None:
    own, theirs = PolicyFactory.create(customer=kept), [PolicyFactory.create(customer=merged) for _ in range(3)]
    claim = submitted_claim(theirs[0])
    record_contact(None, merged.pk, channel="call", direction="incoming", text="Moved house.")
    merge_customers(underwriter(), kept.pk, merged.pk)
    assert set(kept.policies.all()) == {own, *theirs}
    assert not merged.policies.exists()
    assert Claim.objects.get(policy__customer=kept) == claim
    assert kept.contacts.get().text == "Moved house."


def test_the_merged_record_stays_and_leads_to_the_kept_one_and_is_in_no_list(kept: Customer, merged: Customer) -> None:
    merge_customers(None, kept.pk, merged.pk)
    assert now(merged).surviving() == kept
    assert list(Customer.objects.current()) == [kept]
    assert lookup_by_ssn(None, "078-05-1120") == [kept]
    assert (now(merged).first_name, now(merged).address) == ("Harry", "9 Old Road")


def test_what_was_chosen_is_taken_over_and_nothing_else(kept: Customer, merged: Customer) -> None:
    merge_customers(None, kept.pk, merged.pk, take=["phone", "ssn", "last_name"])
    fresh = now(kept)
    assert (fresh.first_name, fresh.last_name, fresh.phone, fresh.address) == ("Harold", "Fink", "+1 916 555 0199", "1 New Street")
    assert (fresh.ssn, fresh.ssn_hash, fresh.email) == ("078051120", merged.ssn_hash, "harold@example.com")


def test_the_email_addresses_change_places_because_each_is_one_records(kept: Customer, merged: Customer) -> None:
    merge_customers(None, kept.pk, merged.pk, take=["email"])
    assert (now(kept).email, now(merged).email) == ("harry@example.com", "harold@example.com")
    unmerge_customers(None, merged.pk)
    assert (now(kept).email, now(merged).email) == ("harold@example.com", "harry@example.com")


def test_undone_exactly_what_was_handed_over_goes_back_and_what_came_since_stays(kept: Customer, merged: Customer) -> None:
    own, theirs, gone = (PolicyFactory.create(customer=owner) for owner in (kept, merged, merged))
    record_contact(None, merged.pk, channel="call", direction="incoming", text="Before.")
    before = [now(each) for each in (kept, merged)]
    merge_customers(None, kept.pk, merged.pk, take=["phone", "date_of_birth", "first_name"])
    since = PolicyFactory.create(customer=kept)
    record_contact(None, kept.pk, channel="call", direction="incoming", text="Since.")
    delete_policy(None, gone.pk, version=None)
    assert unmerge_customers(underwriter(), merged.pk) == merged
    assert set(kept.policies.all()) == {own, since}
    assert set(merged.policies.all()) == {theirs}
    assert [kept.contacts.get().text, merged.contacts.get().text] == ["Since.", "Before."]
    for record in before:
        fresh = now(record)
        assert [getattr(fresh, name) for name in ("first_name", "phone", "date_of_birth", "email", "identity_hash", "merged_into_id")] == [
            getattr(record, name) for name in ("first_name", "phone", "date_of_birth", "email", "identity_hash", "merged_into_id")
        ]


def test_what_was_edited_since_the_merge_is_not_undone(kept: Customer, merged: Customer) -> None:
    merge_customers(None, kept.pk, merged.pk, take=["phone", "last_name"])
    update_customer(None, kept.pk, version=None, changes={"phone": "+1 916 555 0111"})
    unmerge_customers(None, merged.pk)
    assert (now(kept).phone, now(kept).last_name) == ("+1 916 555 0111", "Finch")


def test_an_address_that_is_somebody_elses_by_now_refuses_to_undo_until_it_is_free(kept: Customer, merged: Customer) -> None:
    merge_customers(None, kept.pk, merged.pk, take=["email"])
    update_customer(None, kept.pk, version=None, changes={"email": "third@example.com"})
    other = create_customer(None, email="Harry@example.com", first_name="Other", last_name="Person")
    assert refusal(unmerge_customers, None, merged.pk) == "duplicate"
    assert now(merged).merged_into_id == kept.pk
    delete_customer(None, other.pk, version=None)
    unmerge_customers(None, merged.pk)
    assert (now(kept).email, now(merged).email) == ("third@example.com", "harry@example.com")


def test_a_chain_is_undone_from_its_end(kept: Customer, merged: Customer) -> None:
    policy, third = PolicyFactory.create(customer=merged), CustomerFactory.create()
    merge_customers(None, kept.pk, merged.pk)
    merge_customers(None, third.pk, kept.pk)
    assert (now(policy).customer, now(merged).surviving()) == (third, third)
    assert refusal(unmerge_customers, None, merged.pk) == "merged_on"
    unmerge_customers(None, kept.pk)
    assert now(policy).customer == kept
    unmerge_customers(None, merged.pk)
    assert now(policy).customer == merged


def test_two_merged_into_one_come_apart_in_any_order(kept: Customer, merged: Customer) -> None:
    third = CustomerFactory.create()
    policies = {each: PolicyFactory.create(customer=each) for each in (merged, third)}
    for each in policies:
        merge_customers(None, kept.pk, each.pk)
    for each in policies:
        unmerge_customers(None, each.pk)
    assert {each: now(policy).customer for each, policy in policies.items()} == {each: each for each in policies}


def test_a_record_is_merged_once_and_never_into_itself_or_round_in_a_ring(kept: Customer, merged: Customer) -> None:
    with pytest.raises(Invalid):
        merge_customers(None, kept.pk, kept.pk)
    merge_customers(None, kept.pk, merged.pk)
    assert refusal(merge_customers, None, kept.pk, merged.pk) == "merged"
    assert refusal(merge_customers, None, merged.pk, kept.pk) == "merged"
    assert refusal(merge_customers, None, CustomerFactory.create().pk, merged.pk) == "merged"
    assert CustomerMerge.objects.count() == 1


def test_undoing_what_is_not_merged_or_undone_already_is_refused(kept: Customer, merged: Customer) -> None:
    assert refusal(unmerge_customers, None, merged.pk) == "not_merged"
    merge_customers(None, kept.pk, merged.pk)
    unmerge_customers(None, merged.pk)
    assert refusal(unmerge_customers, None, merged.pk) == "not_merged"
    merge_customers(None, kept.pk, merged.pk)
    assert CustomerMerge.objects.filter(undone_at=None).count() == 1


def test_the_record_with_the_log_in_is_the_one_to_keep(kept: Customer, merged: Customer) -> None:
    holder, policy = policyholder(merged), PolicyFactory.create(customer=kept)
    assert refusal(merge_customers, None, kept.pk, merged.pk) == "has_log_in"
    merge_customers(None, merged.pk, kept.pk)
    assert list(Policy.objects.visible_to(holder)) == [policy]
    unmerge_customers(None, kept.pk)
    assert not Policy.objects.visible_to(holder).exists()
    policyholder(kept)
    assert refusal(merge_customers, None, merged.pk, kept.pk) == "has_log_in"


def test_who_may_merge(kept: Customer, merged: Customer) -> None:
    for stranger in (adjuster(), staff("Finance"), staff("Compliance"), policyholder()):
        with pytest.raises(NotAllowed):
            merge_customers(stranger, kept.pk, merged.pk)
        with pytest.raises(NotAllowed):
            unmerge_customers(stranger, merged.pk)
    for actor in (supervisor(), underwriter()):
        merge_customers(actor, kept.pk, merged.pk)
        unmerge_customers(actor, merged.pk)


def test_unknown_records_unknown_fields_and_stale_versions_change_nothing(kept: Customer, merged: Customer) -> None:
    with pytest.raises(NotFound):
        merge_customers(None, kept.pk, PolicyFactory.create().pk)
    with pytest.raises(Invalid):
        merge_customers(None, kept.pk, merged.pk, take=["version"])
    for kept_version, merged_version in ((7, None), (None, 7)):
        with pytest.raises(StaleVersion):
            merge_customers(None, kept.pk, merged.pk, kept_version=kept_version, merged_version=merged_version)
    assert not CustomerMerge.objects.exists()


def test_a_merged_record_takes_no_change_no_contact_and_no_deletion(kept: Customer, merged: Customer) -> None:
    merge_customers(None, kept.pk, merged.pk)
    assert refusal(update_customer, None, merged.pk, version=None, changes={"first_name": "X"}) == "merged"
    assert refusal(record_contact, None, merged.pk, channel="call", direction="incoming", text="Hello") == "merged"
    assert refusal(delete_customer, None, merged.pk, version=None) == "in_use"
    assert refusal(delete_customer, None, kept.pk, version=None) == "in_use"


def test_history_and_audit_name_who_merged_and_hold_no_personal_data(kept: Customer, merged: Customer) -> None:
    actor, policy = underwriter(), PolicyFactory.create(customer=merged)
    merge_customers(actor, kept.pk, merged.pk, take=["phone", "ssn", "address"], reason="Same person, said on the phone")
    merge = CustomerMerge.objects.get()
    assert (merge.actor, merge.kept, merge.merged, merge.reason) == (actor, kept, merged, "Same person, said on the phone")
    step = policy.transitions.get()
    assert (step.command, step.actor, step.reason) == ("hand_over", actor, "Two records of the customer were merged")
    entries = LogEntry.objects.filter(object_pk__in=[str(each.pk) for each in (kept, merged, policy)], actor=actor)
    assert {entry.object_pk for entry in entries} == {str(kept.pk), str(merged.pk), str(policy.pk)}
    everything = json.dumps(list(LogEntry.objects.values_list("changes", flat=True)))
    assert not [secret for secret in ("0199", "078051120", "Old Road", "New Street", "said on") if secret in everything]
    unmerge_customers(actor, merged.pk)
    assert policy.transitions.last().reason == "The merge of two customers was undone"  # type: ignore[union-attr]
    assert CustomerMerge.objects.get().undone_by == actor


def test_a_room_that_objects_stops_the_merge(kept: Customer, merged: Customer) -> None:
    policy = PolicyFactory.create(customer=merged)
    with objecting(CustomersMerging, "A legal hold lies on this customer."), pytest.raises(Conflict, match="legal hold"):
        merge_customers(None, kept.pk, merged.pk, take=["phone"])
    assert (now(policy).customer, now(kept).phone, now(merged).merged_into_id) == (merged, "", None)


def test_every_table_that_points_at_a_customer_is_handed_over_or_said_to_stay() -> None:
    """A new table with a customer in it: hand its rows over on CustomersMerging and take them back, or say here why they stay."""
    handed_over = {"policies.Policy.customer", "quotes.Quote.customer", "parties.Claimant.customer", "customers.ContactEntry.customer"}
    stay = {"customers.Customer.merged_into", "customers.CustomerMerge.kept", "customers.CustomerMerge.merged"}
    # A key stays with the record that was merged: what was written under it says so, wherever it is handed to. What is asked about
    # a person's data is looked up over all the person's records.
    stay |= {f"customers.{name}.customer" for name in ("DataKey", "LegalHold", "Erasure", "Reveal", "CustomerExport")}
    pointing = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model is Customer
    }
    assert pointing == handed_over | stay


def test_a_birth_date_that_was_taken_over_goes_back(kept: Customer, merged: Customer) -> None:
    update_customer(None, kept.pk, version=None, changes={"date_of_birth": None})
    merge_customers(None, kept.pk, merged.pk, take=["date_of_birth"])
    assert now(kept).date_of_birth == datetime.date(1961, 4, 9)
    unmerge_customers(None, merged.pk)
    assert now(kept).date_of_birth is None
