"""Who is insured by a claim, claims on it or is paid on it is offered no step that would be refused: the page says why instead."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from claims.admin.claim import ClaimAdmin
from claims.fraud.services import refer_claim
from claims.models import Claim
from claims.services import (
    ToldClaimant,
    add_claimant,
    close_claim,
    deny_claim,
    end_claimant,
    issue_payment,
    pay_claim,
    record_recovery,
)
from tests.claims.test_payments import approved_claim
from tests.factories import adjuster, staff, started_claim, submitted_claim, superuser
from tests.workbench.desk import claim_url, desk_of, send, source, words
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db
# What decides nothing and moves no money: to give the claim away, to have one's say like any policyholder, to add to the file.
FOR_ALL = {"release", "assign", "appeal", "letter", "note", "document"}


@pytest.fixture
def ada() -> User:
    return superuser(first_name="Ada", last_name="Quill", email="ada.quill@vanguard.example")


def waiting() -> Claim:
    claim = approved_claim(adjuster())
    pay_claim(staff("Finance"), claim.pk, amount=Decimal("50.00"), payee="A surveyor nobody knows")
    return claim


def paid() -> Claim:
    owner = adjuster()
    claim = approved_claim(owner)
    pay_claim(owner, claim.pk, amount=Decimal("100.00"))
    pay_claim(owner, claim.pk, amount=Decimal("50.00"))
    issue_payment(staff("Finance"), claim.payments.filter(status="approved").earliest("created_at").pk)
    record_recovery(staff("Finance"), claim.pk, amount=Decimal("10.00"), source="salvage")
    return claim


def referred() -> Claim:
    claim = started_claim(adjuster())
    refer_claim(claim.assignee, claim.pk, reason="Odd")
    return claim


def denied() -> Claim:
    claim = started_claim(adjuster())
    return deny_claim(claim.assignee, claim.pk, reason="Rust")


STATES: dict[str, Callable[[], Claim]] = {
    "pending": submitted_claim,
    "started": lambda: started_claim(adjuster()),
    "a payment that waits": waiting,
    "paid": paid,
    "referred": referred,
    "denied": denied,
    "closed": denied,
}


def why_not(person: User, claim: Claim) -> dict[str, str]:
    """By command that the page shows: why this person cannot do it."""
    fresh = Claim.objects.get(pk=claim.pk)
    shown = [each for each in ClaimAdmin.commands if each.offered(person, fresh)]
    return {each.name: each.why_not(person, fresh) for each in shown if each.name not in FOR_ALL}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("ended", [False, True], ids=["claims", "claimed once"])
def test_a_claimant_is_offered_no_step_of_the_claim(ada: User, state: str, ended: bool) -> None:
    claim = STATES[state]()
    named = add_claimant(None, claim.pk, ToldClaimant("other", name="Ada Quill"))
    if ended:
        end_claimant(None, claim.pk, named.pk, reason="Paid by her insurer")
    if state == "closed":
        close_claim(None, claim.pk)
    found = why_not(ada, claim)
    assert found
    assert {name: why for name, why in found.items() if not why.startswith("You are a claimant of this claim, so another person")} == {}


@pytest.mark.parametrize("state", STATES)
def test_nor_is_the_insured(ada: User, state: str) -> None:
    claim = STATES[state]()
    claim.policy.customer.user = ada
    claim.policy.customer.save(update_fields=["user"])
    if state == "closed":
        close_claim(None, claim.pk)
    found = why_not(ada, claim)
    assert found
    assert {name: why for name, why in found.items() if not why.startswith("You are the insured of this claim, so another person")} == {}


def test_the_page_shows_pay_with_the_reason_and_no_form_and_what_is_sent_all_the_same_is_refused(ada: User) -> None:
    claim = approved_claim(adjuster())
    add_claimant(None, claim.pk, ToldClaimant("other", name="Ada Quill"))
    desk, why = desk_of(ada), "You are a claimant of this claim, so another person handles it."
    page = desk.get(claim_url(claim))
    assert why in words(page)
    assert 'data-command="pay" aria-disabled="true"' in source(page)
    assert claim_url(claim, "pay") not in source(page)
    assert why in words(desk.get(claim_url(claim, "pay")))
    begun = started_claim(adjuster())
    assert claim_url(begun, "edit") in source(desk.get(claim_url(begun)))
    add_claimant(None, begun.pk, ToldClaimant("other", name="Ada Quill"))
    assert claim_url(begun, "edit") not in source(desk.get(claim_url(begun)))
    refused = send(desk, claim_url(claim, "pay"), amount="10.00", payee="Ida Poole", cost_type="expense")
    assert "is a claimant of this claim" in words(refused)
    assert not claim.payments.exists()


def test_a_payee_is_offered_no_step_of_the_own_payment(ada: User) -> None:
    claim = approved_claim(adjuster())
    pay_claim(claim.assignee, claim.pk, amount=Decimal("10.00"), payee="Ada Quill", cost_type="expense")
    found = why_not(ada, claim)
    assert found["stop"] == "You are the payee, so another person handles this payment."
    pay_claim(claim.assignee, claim.pk, amount=Decimal("10.00"))
    assert why_not(ada, claim)["stop"] == "", "of two payments there is one that they may stop"
