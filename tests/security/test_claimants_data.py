"""What is kept on who claims and is no customer: under a key of its own, seen in plain for a reason, and gone when its time is over."""

import datetime
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.utils import timezone
from pytest_django import Settings

from claims.models import Claim
from claims.parties.models import Claimant, ClaimantKey, ClaimantLook
from claims.parties.privacy import erase_due_claimants
from claims.services import ToldClaimant, add_claimant, close_claim, deny_claim, end_claimant, reveal_claimant, start_claim
from customers.models import Customer, Reveal
from customers.services import (
    break_glass,
    erase_again,
    export_customer,
    merge_customers,
    request_erasure,
    reveal,
    set_hold,
    standing_of,
    unmerge_customers,
)
from tests.authenticators import Enrolled
from tests.factories import CustomerFactory, PolicyFactory, adjuster, staff, submitted_claim, supervisor
from tests.security.test_erasure import ended_long_ago, tables_that_hold
from vanguard.encryption.owned import KeyIsGone, keyring
from vanguard.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpRequired

pytestmark = pytest.mark.django_db
NORA = ToldClaimant(
    "bodily_injury", name="Nora Canaryvale", email="nora@canaryvale.example", phone="(907) 555-0161", address="77 Canary Row"
)
WORDS = ("Canaryvale", "canaryvale", "555-0161", "Canary Row")


@pytest.fixture(autouse=True)
def _stores(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "documents")
    settings.ERASURE_LEDGER = tmp_path / "erasures.jsonl"


def closed_long_ago(customer: Customer) -> Claim:
    """On a policy that ended long ago; with a claimant who ended, and one who did not."""
    policy = ended_long_ago(customer)
    loss = policy.start_date + datetime.timedelta(days=30)
    claim = submitted_claim(policy, incident_date=loss, reported_date=loss)
    add_claimant(None, claim.pk, NORA)
    second = add_claimant(None, claim.pk, ToldClaimant("other", name="Ben Canaryvale"))
    end_claimant(None, claim.pk, second.pk, reason="Ben Canaryvale was not there")
    start_claim(None, claim.pk)
    close_claim(None, deny_claim(None, claim.pk, reason="Rust").pk)
    Claim.objects.filter(pk=claim.pk).update(closed_at=policy.end_date, processed_date=policy.end_date)
    return Claim.objects.get(pk=claim.pk)


def erase(customer: Customer) -> Any:
    return request_erasure(staff("Compliance"), customer.pk, reason="By letter", confirm_email=customer.email)


def test_no_table_holds_in_plain_who_claims() -> None:
    add_claimant(adjuster(), submitted_claim().pk, NORA)
    assert tables_that_hold(*WORDS, "9075550161") == set()


# -- Erasure and retention
def test_the_erasure_of_the_insured_takes_who_claimed_on_their_claims_along() -> None:
    customer = CustomerFactory.create()
    claim = closed_long_ago(customer)
    assert erase(customer).done_at is not None
    assert tables_that_hold(*WORDS) == set()
    rows = list(claim.claimants.all())
    assert [(row.name, row.shown_name, row.redacted_at is None) for row in rows] == [(None, "Erased", False)] * 2
    assert {(row.name_hash, row.email_hash, row.phone_hash) for row in rows} == {("", "", "")}
    assert not ClaimantKey.objects.exists()


def test_what_a_restore_brings_back_is_erased_again() -> None:
    customer = CustomerFactory.create()
    claim = closed_long_ago(customer)
    secret = ClaimantKey.objects.get(claimant=claim.claimants.all()[0]).secret
    erase(customer)
    ClaimantKey.objects.create(claimant=claim.claimants.all()[0], secret=secret)
    assert erase_again([customer.pk]) == 0
    Customer.objects.filter(pk=customer.pk).update(erased_at=None)
    assert erase_again([customer.pk]) == 1
    assert not ClaimantKey.objects.exists()


def test_an_old_copy_of_the_row_cannot_be_read_without_the_key() -> None:
    claimant = add_claimant(None, submitted_claim().pk, NORA)
    copy = Claimant.objects.get(pk=claimant.pk)
    ClaimantKey.objects.filter(pk=claimant.pk).delete()
    keyring.remembered.clear()
    with pytest.raises(KeyIsGone):
        _ = copy.name


def test_years_after_the_claim_was_closed_who_claimed_is_forgotten_without_being_asked() -> None:
    customer = CustomerFactory.create()
    old = closed_long_ago(customer)
    recent = submitted_claim()
    add_claimant(None, recent.pk, NORA)
    hold = set_hold(staff("Compliance"), customer.pk, reason="A lawsuit")
    assert erase_due_claimants() == 0
    hold.__class__.objects.update(lifted_at=timezone.now())
    call_command("apply_retention")
    assert not old.claimants.named().exists()
    assert set(old.claimants.values_list("ended_because", flat=True)) == {"", "Erased with the personal data."}
    assert recent.claimants.named().exists()
    assert erase_due_claimants() == 0


def test_a_hold_that_was_set_on_a_record_merged_since_keeps_them_too() -> None:
    kept, merged = CustomerFactory.create(), CustomerFactory.create()
    old = closed_long_ago(merged)
    set_hold(staff("Compliance"), merged.pk, reason="A lawsuit")
    merge_customers(None, kept.pk, merged.pk)
    assert erase_due_claimants() == 0
    assert old.claimants.named().exists()


def test_a_customer_who_claims_on_anothers_claim_is_erased_once_that_is_over() -> None:
    customer = CustomerFactory.create(first_name="Ida")
    claim = submitted_claim()
    claimant = add_claimant(None, claim.pk, ToldClaimant("other", customer_id=customer.pk))
    assert f"claim {claim.claim_number}, on which the customer claims, is open" in standing_of(customer).waits_for
    assert erase(customer).done_at is None
    end_claimant(None, claim.pk, claimant.pk, reason="Ida drove herself")
    assert standing_of(customer).due_at is not None
    Claimant.objects.filter(pk=claimant.pk).update()
    other = CustomerFactory.create()
    old = closed_long_ago(CustomerFactory.create())
    Claimant(claim=old, customer=other, claims_for="other", ended_at=timezone.now(), ended_because="Other was wrong").save(
        force_insert=True
    )
    assert erase(other).done_at is not None
    assert old.claimants.get(customer=other).ended_because == "Erased with the personal data."
    assert old.claimants.named().exists(), "who else claims there is not this customer's to take along"


# -- Merge, export
def test_a_merge_hands_the_claims_made_over_and_undoing_it_gives_them_back() -> None:
    kept, merged = CustomerFactory.create(), CustomerFactory.create()
    one, both = submitted_claim(), submitted_claim()
    moved = add_claimant(None, one.pk, ToldClaimant("other", customer_id=merged.pk))
    add_claimant(None, both.pk, ToldClaimant("other", customer_id=merged.pk))
    add_claimant(None, both.pk, ToldClaimant("other", customer_id=kept.pk))
    merge_customers(None, kept.pk, merged.pk)
    assert set(kept.claims_made.values_list("claim", flat=True)) == {one.pk, both.pk}
    assert [each.claim_id for each in merged.claims_made.all()] == [both.pk], "one person claims once; the record leads to the other"
    assert LogEntry.objects.filter(object_pk=str(moved.pk), action=LogEntry.Action.UPDATE).exists()
    unmerge_customers(None, merged.pk)
    assert set(merged.claims_made.values_list("claim", flat=True)) == {one.pk, both.pk}


def test_an_export_tells_the_customer_where_they_claim_and_nobody_who_else_does() -> None:
    customer = CustomerFactory.create()
    claim = submitted_claim()
    add_claimant(None, claim.pk, ToldClaimant("property_damage", customer_id=customer.pk))
    add_claimant(None, claim.pk, NORA)
    own = submitted_claim(PolicyFactory.create(customer=customer))
    add_claimant(None, own.pk, NORA)
    content = export_customer(staff("Compliance"), customer.pk, form="json", reason="By letter")[1]
    held = json.loads(content)
    [made] = held["claimsMade"]
    assert (made["claim"], made["for"], made["until"]) == (claim.claim_number, "Property damage", None)
    assert not [word for word in WORDS if word.encode() in content]


# -- Looking
def test_each_look_takes_a_reason_and_is_a_row_an_audit_entry_and_an_event(caplog: pytest.LogCaptureFixture) -> None:
    claim, actor = submitted_claim(), supervisor()
    claimant = add_claimant(None, claim.pk, NORA)
    with caplog.at_level(logging.INFO, "insurance.events"):
        shown = reveal_claimant(actor, claim.pk, claimant.pk, reason="To call her")
    assert shown == {"name": NORA.name, "email": NORA.email, "phone": NORA.phone, "address": NORA.address}
    look = ClaimantLook.objects.get()
    assert (look.actor, look.reason, look.beyond_quota) == (actor, "To call her", False)
    assert LogEntry.objects.filter(object_pk=str(claimant.pk), action=LogEntry.Action.ACCESS, actor=actor).count() == 1
    assert "personal_data_revealed" in [getattr(each, "event_type", "") for each in caplog.records]
    assert "Canary" not in caplog.text
    for step in (ClaimantLook.objects.all().delete, lambda: ClaimantLook.objects.update(beyond_quota=True)):
        with pytest.raises(DatabaseError), transaction.atomic():
            step()


def test_looks_at_customers_and_at_claimants_fill_one_quota(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.REVEALS_A_DAY = 1
    claim, actor = submitted_claim(), supervisor()
    claimant = add_claimant(None, claim.pk, NORA)
    reveal(actor, claim.policy.customer_id, fields=["phone"], reason="She called")
    with caplog.at_level(logging.INFO, "insurance.events"):
        reveal_claimant(actor, claim.pk, claimant.pk, reason="To call her")
    assert ClaimantLook.objects.get().beyond_quota
    reveal(actor, claim.policy.customer_id, fields=["phone"], reason="She called again")
    assert list(Reveal.objects.order_by("at").values_list("beyond_quota", flat=True)) == [False, True]
    assert "reveal_quota_exceeded" in [getattr(each, "event_type", "") for each in caplog.records]


def test_who_may_not_look_sees_nothing_and_nothing_is_kept() -> None:
    claim, customer = submitted_claim(), CustomerFactory.create()
    claimant = add_claimant(None, claim.pk, NORA)
    ida = add_claimant(None, claim.pk, ToldClaimant("other", customer_id=customer.pk))
    with pytest.raises(NotAllowed):
        reveal_claimant(adjuster(), claim.pk, claimant.pk, reason="Curious")
    with pytest.raises(Invalid):
        reveal_claimant(supervisor(), claim.pk, claimant.pk, reason=" ")
    with pytest.raises(NotFound):
        reveal_claimant(supervisor(), submitted_claim().pk, claimant.pk, reason="Another claim's")
    with pytest.raises(NotFound):
        reveal_claimant(supervisor(), claim.pk, ida.pk, reason="A customer is looked at on the customer's record")
    assert not ClaimantLook.objects.exists()


def test_who_has_a_part_in_the_claim_does_not_look_up_the_other_side() -> None:
    claim = submitted_claim()
    nora = add_claimant(None, claim.pk, NORA)
    ada, insured = supervisor(first_name="Ada", last_name="Quill"), supervisor(email=claim.policy.customer.email)
    add_claimant(None, claim.pk, ToldClaimant("other", name="Ada Quill"))
    for person in (ada, insured):
        with pytest.raises(Conflict, match="another person handles it"):
            reveal_claimant(person, claim.pk, nora.pk, reason="To call her")
    assert not ClaimantLook.objects.exists()


def test_the_event_of_a_look_says_whether_the_glass_was_broken_for_it(caplog: pytest.LogCaptureFixture) -> None:
    claim, actor = submitted_claim(), adjuster()
    nora, _ = add_claimant(None, claim.pk, NORA), staff("Compliance")
    break_glass(actor, reason="The house burns")
    with caplog.at_level(logging.INFO, "insurance.events"):
        reveal_claimant(actor, claim.pk, nora.pk, reason="To call her")
        reveal_claimant(supervisor(), claim.pk, nora.pk, reason="To call her")
    looks: list[Any] = [each for each in caplog.records if getattr(each, "event_type", "") == "personal_data_revealed"]
    assert [each.details["break_glass"] for each in looks] == [True, False]


def test_who_has_a_second_factor_gives_a_fresh_code_first() -> None:
    actor = supervisor()
    Enrolled(actor)
    claimant = add_claimant(None, submitted_claim().pk, NORA)
    with pytest.raises(StepUpRequired):
        reveal_claimant(actor, claimant.claim_id, claimant.pk, reason="To call her")


def test_what_was_erased_is_not_shown() -> None:
    claim = closed_long_ago(CustomerFactory.create())
    erase_due_claimants()
    with pytest.raises(Conflict, match="erased"):
        reveal_claimant(supervisor(), claim.pk, claim.claimants.all()[0].pk, reason="Too late")


# -- Keys that change
def test_a_rotation_brings_the_keys_and_the_digests_under_the_new_one(settings: Settings) -> None:
    claim = submitted_claim()
    claimant = add_claimant(None, claim.pk, NORA)
    settings.ENCRYPTION_KEY_FALLBACKS = [settings.ENCRYPTION_KEY]
    settings.ENCRYPTION_KEY = "another key, of at least as many letters as are asked for"
    call_command("rotate_keys")
    settings.ENCRYPTION_KEY_FALLBACKS = []
    keyring.remembered.clear()
    fresh = Claimant.objects.get(pk=claimant.pk)
    assert (fresh.name, fresh.name_hash == claimant.name_hash) == (NORA.name, False)
    with pytest.raises(Conflict, match="already"):
        add_claimant(None, claim.pk, NORA)
