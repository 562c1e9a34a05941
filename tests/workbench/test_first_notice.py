from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from claims.models import Claim
from claims.services import approve_claim, deny_claim
from policies.models import Policy
from tests.factories import CustomerFactory, PolicyFactory, started_claim, submitted_claim
from tests.workbench.desk import claim_url, hidden, local, open_form, send, source, words
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db
ADD = "/admin/claims/claim/add/"


@pytest.fixture
def policy() -> Policy:
    return PolicyFactory.create(policy_number="POL-2026-000123", customer=CustomerFactory.create(first_name="Rosa", last_name="Delgado"))


def notice(policy: Policy) -> dict[str, Any]:
    return {
        "policy": policy.policy_number,
        "claim_type": "Water damage",
        "claim_amount": "5,250.00",
        "incident_date": local(timezone.now() - timedelta(days=3)),
        "description": "Burst pipe.\r\nTwo rooms.",
    }


def file(client: Client, given: Policy, **changes: Any) -> Any:
    return client.post(ADD, notice(given) | changes, follow=True)


def test_a_first_notice_becomes_a_pending_claim(at_maya: Client, policy: Policy) -> None:
    answer = file(at_maya, policy)
    claim = Claim.objects.get()
    assert f"{claim.claim_number} is filed. Acknowledge it by" in words(answer)
    assert (claim.status, claim.claim_type, claim.claim_amount) == ("pending", "water_damage", Decimal("5250.00"))
    assert claim.description == "Burst pipe.\nTwo rooms."
    assert claim.transitions.get().actor is not None


def test_the_form_knows_the_policy_when_it_is_opened_from_its_page(at_maya: Client, policy: Policy) -> None:
    page = source(at_maya.get(f"/admin/policies/policy/{policy.pk}/change/"))
    assert f"{ADD}?policy=POL-2026-000123" in page
    assert 'value="POL-2026-000123"' in source(at_maya.get(f"{ADD}?policy=POL-2026-000123"))


@pytest.mark.parametrize(
    ("term", "found"), [("0123", True), ("POL-2026-0001", True), ("delgado", True), ("Rosa", True), ("nobody", False), ("x", False)]
)
def test_policies_are_offered_by_number_or_name(at_maya: Client, policy: Policy, term: str, found: bool) -> None:
    offers = at_maya.get("/admin/claims/claim/policies/", {"q": term}).json()["offers"]
    assert [offer["value"] for offer in offers] == (["POL-2026-000123"] if found else [])
    assert all("Rosa Delgado, homeowners" in offer["label"] for offer in offers)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"policy": "POL-NONE"}, "There is no policy POL-NONE."),
        ({"policy": ""}, "Policy is missing."),
        ({"claim_type": ""}, "Type of loss is missing."),
        ({"claim_amount": "-5"}, "Enter 0.00 or more."),
        ({"claim_amount": "10.001"}, "Enter at most two decimals."),
        ({"incident_date": ""}, "Loss is missing."),
        ({"incident_date": "31 February"}, "Enter a day and an hour."),
        ({"incident_date": "2019-01-01T10:00"}, "was not in force at the loss"),
        ({"incident_date": "2199-01-01T10:00"}, "Incident date is not in the future."),
        ({"incident_date": "9999-12-31T23:59"}, "Enter a year from 1900 to 2200."),
        ({"incident_date": "0001-01-01T00:00"}, "Enter a"),
        ({"reported_date": "9999-12-31T23:59"}, "Enter a year from 1900 to 2200."),
        ({"description": "bell \x07"}, "Remove the characters that cannot be printed."),
        ({"claim_type": "x" * 51}, "at most 50 characters"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_filed(
    at_maya: Client, policy: Policy, changes: dict[str, str], says: str
) -> None:
    answer = file(at_maya, policy, **changes)
    assert answer.status_code in (409, 422)
    assert says in words(answer)
    assert "Nothing was saved." in words(answer)
    assert Claim.objects.count() == 0


def test_what_was_typed_stays_when_something_is_wrong(at_maya: Client, policy: Policy) -> None:
    page = source(file(at_maya, policy, claim_amount=""))
    assert "Burst pipe." in page
    assert 'value="POL-2026-000123"' in page


def test_the_same_loss_is_held_and_shown_side_by_side_until_a_person_says_which_it_is(at_maya: Client, policy: Policy) -> None:
    file(at_maya, policy)
    first = Claim.objects.get()
    held = file(at_maya, policy, claim_amount="99.00")
    assert held.status_code == 409
    assert "This loss seems to be filed already." in words(held)
    assert "It is that one: open it" in words(held)
    assert "It is another loss: file it" in words(held)
    assert claim_url(first) in source(held)
    assert "5,250.00" in words(held)
    assert Claim.objects.count() == 1
    without = file(at_maya, policy, not_duplicate_of=str(first.pk))
    assert "Say why it is another loss." in words(without)
    assert "It is that one: open it" in words(without)
    file(at_maya, policy, not_duplicate_of=str(first.pk), not_duplicate_reason="The neighbour's pipe")
    second = Claim.objects.exclude(pk=first.pk).get()
    assert second.earlier_links.get().reason == "The neighbour's pipe"
    for claim, other in ((first, second), (second, first)):
        page = words(at_maya.get(claim_url(claim)))
        assert f"{other.claim_number} Looks alike, is another loss: The neighbour" in page


def test_what_is_sent_as_compared_counts_only_for_claims_that_were(at_maya: Client, policy: Policy) -> None:
    file(at_maya, policy)
    other = submitted_claim()
    for made_up in (str(other.pk), "all", "' OR 1=1"):
        assert file(at_maya, policy, not_duplicate_of=made_up, not_duplicate_reason="x").status_code == 409
    assert Claim.objects.filter(policy=policy).count() == 1


def edited(claim: Claim, **changes: Any) -> dict[str, Any]:
    given = {
        "claim_type": claim.claim_type,
        "claim_amount": f"{claim.claim_amount:,.2f}",
        "incident_date": local(claim.incident_date),
        "description": claim.description,
    }
    return given | changes


def test_facts_are_corrected_and_the_correction_is_in_the_history(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    answer = send(at_maya, claim_url(claim, "edit"), "edit-form", **edited(claim, claim_amount="6,000.00"))
    assert "Saved." in words(answer)
    assert "Maya Okafor corrected the facts (before: $5,000.00 claimed) Changed claim amount" in words(answer)
    assert Claim.objects.get(pk=claim.pk).claim_amount == Decimal("6000.00")


def test_saving_without_a_change_saves_nothing(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    answer = send(at_maya, claim_url(claim, "edit"), "edit-form", **edited(claim))
    assert "Nothing was changed, so nothing was saved." in words(answer)
    assert Claim.objects.get(pk=claim.pk).version == claim.version
    assert Claim.objects.get(pk=claim.pk).incident_date == claim.incident_date


def test_an_edit_voids_an_approval_that_waits(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya, PolicyFactory.create(coverage_amount=Decimal("90000.00")), claim_amount=Decimal("60000.00"))
    approve_claim(maya, claim.pk)
    send(at_maya, claim_url(claim, "edit"), "edit-form", **edited(claim, description="Only one room."))
    assert Claim.objects.get(pk=claim.pk).proposed_amount is None
    assert "the proposed approval is void" in words(at_maya.get(claim_url(claim)))


def test_a_decided_claim_has_no_edit(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    deny_claim(maya, claim.pk, reason="No cover.")
    assert "/edit/" not in source(at_maya.get(claim_url(claim))).partition("<main")[2]
    answer = send(at_maya, claim_url(claim, "edit"), "edit-form", **edited(claim, claim_amount="1.00"))
    assert answer.status_code == 409
    assert "The claim is decided" in words(answer)


def test_two_edits_that_meet_are_shown_field_by_field_and_one_chooses(at_maya: Client, at_daniel: Client, maya: User) -> None:
    claim = started_claim(maya, description="As reported.")
    mine = open_form(at_maya, claim_url(claim, "edit"), "edit-form") | edited(claim, description="What I wrote.")
    send(at_daniel, claim_url(claim, "edit"), "edit-form", **edited(claim, claim_amount="7,000.00"))
    clash = at_maya.post(claim_url(claim, "edit"), mine)
    text, page = words(clash), source(clash)
    assert clash.status_code == 412
    assert "by Daniel Reyes" in text
    assert "Claimed 5,000.00 5,000.00 7,000.00 5,000.00 Theirs Mine" in text
    assert "What happened As reported. As reported. As reported. What I wrote. Theirs Mine" in text
    assert 'name="keep_claim_amount" value="theirs" form="edit-form" checked' in page
    assert 'name="keep_description" value="mine" form="edit-form" checked' in page
    again = mine | _renewed(page) | {"keep_claim_amount": "theirs", "keep_description": "mine"}
    at_maya.post(claim_url(claim, "edit"), again)
    fresh = Claim.objects.get(pk=claim.pk)
    assert (fresh.claim_amount, fresh.description) == (Decimal("7000.00"), "What I wrote.")


def test_in_a_clash_the_own_value_can_win_too(at_maya: Client, at_daniel: Client, maya: User) -> None:
    claim = started_claim(maya)
    mine = open_form(at_maya, claim_url(claim, "edit"), "edit-form") | edited(claim, claim_amount="5,500.00")
    send(at_daniel, claim_url(claim, "edit"), "edit-form", **edited(claim, claim_amount="7,000.00"))
    clash = at_maya.post(claim_url(claim, "edit"), mine)
    at_maya.post(claim_url(claim, "edit"), mine | _renewed(source(clash)) | {"keep_claim_amount": "mine"})
    assert Claim.objects.get(pk=claim.pk).claim_amount == Decimal("5500.00")


def test_what_a_page_claims_to_have_seen_is_signed(at_maya: Client, maya: User) -> None:
    claim, other = started_claim(maya), submitted_claim()
    foreign = open_form(at_maya, claim_url(other, "edit"), "edit-form")["seen"]
    sent = edited(claim, claim_amount="1.00") | {"version": "1"}
    for seen in ("", "forged", foreign):
        assert at_maya.post(claim_url(claim, "edit"), sent | {"seen": seen}).status_code == 412


def test_an_edit_without_a_version_is_refused(at_maya: Client, maya: User) -> None:
    claim = started_claim(maya)
    assert at_maya.post(claim_url(claim, "edit"), edited(claim, claim_amount="1.00")).status_code == 412
    assert Claim.objects.get(pk=claim.pk).claim_amount == claim.claim_amount


def _renewed(page: str) -> dict[str, str]:

    return hidden(page, "edit-form")
