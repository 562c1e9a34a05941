"""Claimants on the claim page: the panel with masks, and the dialogs that name, end and show."""

from datetime import timedelta

import pytest
from django.utils import timezone

from claims.parties.models import ClaimantLook
from claims.services import ToldClaimant, add_claimant, end_claimant
from tests.factories import CustomerFactory, adjuster, staff, started_claim, supervisor
from tests.oversight.planting import plant
from tests.workbench.desk import claim_url, desk_of, send, source, words

pytestmark = pytest.mark.django_db
NORA = ToldClaimant("bodily_injury", name="Nora Vale", email="nora@vale.example", phone="(916) 555-0177", address="4 Elm Row")


def test_the_panel_says_who_claims_what_for_and_masks_the_rest() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    page = words(desk_of(owner).get(claim_url(claim)))
    assert f"Nobody but {claim.policy.customer.full_name}, as far as is known." in page
    add_claimant(owner, claim.pk, NORA)
    customer = CustomerFactory.create(first_name="Ida", last_name="Poole")
    add_claimant(owner, claim.pk, ToldClaimant("property_damage", customer_id=customer.pk))
    answer = desk_of(owner).get(claim_url(claim))
    page = words(answer)
    assert "Nora Vale Person, no customer. Phone •••• 0177 . E-mail n••••@vale.example . Address •••• Bodily injury since" in page
    assert "Ida Poole Customer" in page
    assert "named a claimant" in page
    assert f"/admin/customers/customer/{customer.pk}/change/" in source(answer)
    for secret in ("555-0177", "nora@", "Elm Row"):
        assert secret not in source(answer)


def test_the_page_of_an_earlier_day_names_who_was_known_then_and_offers_nothing() -> None:
    owner, today = adjuster(), timezone.now().date()
    claim = started_claim(owner)
    named = add_claimant(owner, claim.pk, NORA)
    plant("claims_claimtransition", f"at = '{today - timedelta(days=6)} 12:00:00'", claim_id=str(claim.pk))
    plant("parties_claimant", f"added_at = '{today - timedelta(days=4)} 12:00:00'", id=str(named.pk))
    end_claimant(owner, claim.pk, named.pk, reason="Her own insurer paid")
    desk = desk_of(owner)
    before, then, now = (desk.get(f"{claim_url(claim)}?known={today - timedelta(days=days)}") for days in (5, 3, 0))
    assert "Nora Vale" not in words(before)
    assert "Bodily injury since" in words(then)
    assert "Her own insurer paid" not in words(then)
    assert "Her own insurer paid Bodily injury until" in words(now)
    assert "add-claimant" not in source(then)


def test_who_reads_only_sees_the_panel_without_its_buttons() -> None:
    claim = started_claim(adjuster())
    add_claimant(None, claim.pk, NORA)
    page = source(desk_of(staff("Finance")).get(claim_url(claim)))
    assert "Nora Vale" in page
    assert "add-claimant" not in page
    assert "end-claimant" not in page


def test_a_claimant_is_named_and_ended_in_dialogs() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    desk = desk_of(owner)
    told = {"claims_for": "other", "kind": "organisation", "name": "Vale Roofing", "email": "office@vale.example"}
    answer = send(desk, claim_url(claim, "add-claimant"), **told)
    assert "The claimant is named." in words(answer)
    assert (claim.claimants.get().kind, claim.claimants.get().added_by) == ("organisation", owner)
    again = send(desk, claim_url(claim, "add-claimant"), **told)
    assert "They are a claimant of this claim already." in words(again)
    key = str(claim.claimants.get().pk)
    answer = send(desk, claim_url(claim, "end-claimant"), claimant=key, reason="Paid by their own insurer")
    assert "The claimant has ended." in words(answer)
    assert "Paid by their own insurer" in words(answer)


def test_a_customer_is_named_by_the_address_on_the_record() -> None:
    owner, customer = adjuster(), CustomerFactory.create(first_name="Ida", last_name="Poole", email="ida@example.com")
    claim = started_claim(owner)
    desk = desk_of(owner)
    answer = send(desk, claim_url(claim, "add-claimant"), claims_for="other", customer="nobody@example.com")
    assert "There is no customer with the address nobody@example.com." in words(answer)
    send(desk, claim_url(claim, "add-claimant"), claims_for="other", customer="IDA@example.com")
    assert claim.claimants.get().customer == customer


def test_what_is_masked_is_shown_for_a_reason_to_who_may() -> None:
    actor = supervisor()
    claim = started_claim(adjuster())
    claimant = add_claimant(None, claim.pk, NORA)
    desk = desk_of(actor)
    shown = send(desk, claim_url(claim, "reveal-claimant"), claimant=str(claimant.pk), reason="To call her")
    page = words(shown)
    assert "(916) 555-0177" in page
    assert "4 Elm Row" in page
    assert ClaimantLook.objects.get().actor == actor
    assert "555-0177" not in source(desk.get(claim_url(claim)))
    assert "reveal-claimant" not in source(desk_of(adjuster()).get(claim_url(claim)))
