"""A claim's money at the desk: the same rules through the pages, and what they show."""

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from claims.models import Claim
from claims.services import approve_claim, clear_payment, close_claim, pay_claim, reopen_claim, set_reserve
from policies.products.models import ProductVersion
from policies.reading import coverages_of
from tests.api.calling import Caller
from tests.factories import PolicyFactory, staff, started_claim
from tests.workbench.desk import claim_url, desk_of, hidden, open_form, send, source, words
from vanguard.accounts.models import User


@pytest.fixture
def at_tom(db: None) -> Client:
    """Finance's browser."""
    return desk_of(staff("Finance", first_name="Tom", last_name="Lindqvist"))


def claim_of(owner: User, loss: str = "8000.00") -> Claim:
    return started_claim(owner, PolicyFactory.create(coverage_amount=Decimal("100000.00")), claim_amount=Decimal(loss))


def figures(client: Client, claim: Claim) -> str:
    """The line that adds up."""
    return words(client.get(claim_url(claim))).partition("Reserves and payments ")[2].partition(" Ledger, newest")[0]


def test_finance_asks_before_anybody_but_the_insured_is_paid(maya: User, at_maya: Client, at_tom: Client) -> None:
    claim = claim_of(maya)
    approve_claim(maya, claim.pk)
    page = source(send(at_tom, claim_url(claim, "pay"), amount="7,000", cost_type="indemnity", payee="A Friend"))
    assert "waits for a second person. The payee is not the insured" in page
    assert claim.payments.get().status == "requested"


def test_more_than_is_approved_is_refused_at_its_field(maya: User, at_tom: Client) -> None:
    claim = claim_of(maya)
    approve_claim(maya, claim.pk)
    answer = send(at_tom, claim_url(claim, "pay"), amount="7,000.01", cost_type="indemnity", payee="Harold Finch")
    assert "Amount is 0.01 above what is approved and left (7,000.00)." in words(answer)
    assert not claim.payments.exists()


def test_a_second_click_on_pay_pays_once(maya: User, at_tom: Client) -> None:
    claim = claim_of(maya)
    approve_claim(maya, claim.pk)
    url = claim_url(claim, "pay")
    form = {"amount": "100", "cost_type": "indemnity", "payee": "Harold Finch", "version": str(Claim.objects.get(pk=claim.pk).version)}
    for _ in range(2):
        at_tom.post(url, form, follow=True)
    assert claim.payments.count() == 1


def test_money_that_comes_back_is_booked_and_taken_back_at_the_desk(maya: User, at_tom: Client) -> None:
    claim = claim_of(maya)
    approve_claim(maya, claim.pk)
    pay_claim(None, claim.pk)
    send(at_tom, claim_url(claim, "recover"), amount="500", source="salvage", reason="The wreck was sold")
    assert "recoveries 500.00 = incurred $6,500.00" in figures(at_tom, claim)
    entry = claim.entries.get(kind="recovery")
    send(at_tom, claim_url(claim, "reverse-recovery"), entry=str(entry.pk), reason="The check bounced")
    assert "recoveries 0.00 = incurred $7,000.00" in figures(at_tom, claim)


@pytest.mark.parametrize(("command", "state"), [("stop", "Stopped"), ("void", "Voided")])
def test_an_issued_payment_is_taken_back_at_the_desk(maya: User, at_tom: Client, command: str, state: str) -> None:
    claim = claim_of(maya)
    set_reserve(maya, claim.pk, amount=Decimal("7000.00"), reason="x")
    approve_claim(maya, claim.pk)
    pay_claim(None, claim.pk)
    page = send(at_tom, claim_url(claim, command), payment=str(claim.payments.get().pk), reason="Wrong address")
    assert state in words(page)
    assert figures(at_tom, claim) == "Paid 0.00 + outstanding 7,000.00 − recoveries 0.00 = incurred $7,000.00"


def test_the_kept_proof_has_a_page_that_is_done_again_and_says_so(maya: User, at_maya: Client) -> None:
    claim = claim_of(maya)
    assert at_maya.get(claim_url(claim, "proof")).status_code == 404
    approve_claim(maya, claim.pk)
    page = words(at_maya.get(claim_url(claim, "proof")))
    assert "Recomputed: agrees" in page
    assert f"{claim.policy.policy_number}, version 1" in page


def test_the_button_says_what_the_role_does_an_adjuster_requests_and_finance_pays(maya: User, at_maya: Client, at_tom: Client) -> None:
    claim = claim_of(maya)
    approve_claim(maya, claim.pk, amount=Decimal("7000.00"))
    assert "Request payment of $7,000.00…" in words(at_maya.get(claim_url(claim)))
    assert "Pay $7,000.00…" in words(at_tom.get(claim_url(claim)))


def test_a_step_that_is_not_open_now_says_so_when_its_address_is_typed(maya: User, at_daniel: Client) -> None:
    claim = claim_of(maya)
    page = words(at_daniel.get(claim_url(claim, "reopen")))
    assert f"This cannot be done to {claim} as it is now." in page
    assert "Back to the claim" in page


def test_two_who_set_a_reserve_at_once_do_not_overwrite_each_other_without_a_word(maya: User, at_maya: Client, at_daniel: Client) -> None:
    claim = claim_of(maya)
    mine, theirs = (open_form(client, claim_url(claim, "reserve")) for client in (at_maya, at_daniel))
    at_maya.post(claim_url(claim, "reserve"), mine | {"amount": "6,000.00", "cost_type": "indemnity", "reason": "The estimate came"})
    late = theirs | {"amount": "3,000.00", "cost_type": "indemnity", "reason": "Less than I thought"}
    answer = at_daniel.post(claim_url(claim, "reserve"), late, follow=True)
    assert answer.status_code == 412
    assert "Maya Okafor" in words(answer)
    assert claim.entries.all().balance().outstanding == Decimal("6000.00")


def test_a_reserve_beyond_the_own_authority_is_said_so_and_set_when_it_is_meant(maya: User, at_maya: Client) -> None:
    claim = claim_of(maya)
    url = claim_url(claim, "reserve")
    asked = {"amount": "250,000.00", "cost_type": "indemnity", "reason": "The roof is gone"}
    shown = send(at_maya, url, **asked)
    assert "$250,000.00 is beyond your authority of $25,000.00 on this claim." in words(shown)
    assert "Set aside $250,000.00 all the same" in words(shown)
    assert claim.entries.all().balance().outstanding == Decimal("0.00")
    carried = hidden(source(shown), "command-form")
    other = at_maya.post(url, carried | asked | {"amount": "260,000.00"}, follow=True)
    assert "$260,000.00 is beyond your authority" in words(other), "what was seen was another amount"
    at_maya.post(url, carried | asked, follow=True)
    assert claim.entries.all().balance().outstanding == Decimal("250000.00")


def test_a_reserve_within_the_own_authority_and_one_of_expenses_go_by_their_own_limits(maya: User, at_maya: Client) -> None:
    claim = claim_of(maya)
    send(at_maya, claim_url(claim, "reserve"), amount="25,000.00", cost_type="indemnity", reason="The estimate came")
    assert claim.entries.all().balance().outstanding == Decimal("25000.00")
    shown = send(at_maya, claim_url(claim, "reserve"), amount="2,500.01", cost_type="expense", reason="A surveyor")
    assert "beyond your authority of $2,500.00" in words(shown)


def test_what_was_paid_before_counts_against_the_authority(maya: User, at_maya: Client) -> None:
    claim = claim_of(maya)
    approve_claim(maya, claim.pk)
    pay_claim(None, claim.pk)
    shown = send(at_maya, claim_url(claim, "reserve"), amount="20,000.00", cost_type="indemnity", reason="A second estimate")
    assert "$20,000.00, with $7,000.00 paid before, is beyond your authority of $25,000.00 on this claim." in words(shown)


def test_a_program_sets_any_reserve_as_before(maya: User) -> None:
    claim = claim_of(maya)
    answer = Caller(maya).post(f"/claims/{claim.pk}/reserve", {"amount": 250_000, "reason": "The roof is gone"})
    assert answer.status == 200, answer
    assert claim.entries.all().balance().outstanding == Decimal("250000.00")


def test_a_reserve_and_a_recovery_go_to_the_coverage_that_is_chosen_and_the_ledger_keeps_them_apart(
    maya: User, at_maya: Client, at_tom: Client
) -> None:
    version = ProductVersion.objects.valid_at(timezone.now()).get(product__policy_type="homeowners")
    policy = PolicyFactory.create(policy_type="homeowners", product_version=version, coverage_amount=Decimal("100000.00"))
    claim = started_claim(maya, policy, claim_amount=Decimal("8000.00"))
    answering, other = list(coverages_of(claim.policy).items())[:2]
    form = source(at_maya.get(claim_url(claim, "reserve")))
    assert f'value="{answering[0]}" selected' in form
    send(at_maya, claim_url(claim, "reserve"), amount="6,000", cost_type="indemnity", coverage=answering[0], reason="The estimate")
    send(at_maya, claim_url(claim, "reserve"), amount="1,500", cost_type="indemnity", coverage=other[0], reason="What was in it")
    assert {code: line.outstanding for (code, _), line in claim.entries.all().lines().items()} == {
        answering[0]: Decimal("6000.00"),
        other[0]: Decimal("1500.00"),
    }
    said = words(at_maya.get(claim_url(claim, "reserve")))
    assert f"6,000.00 for indemnity under {answering[1]}" in said
    assert f"1,500.00 for indemnity under {other[1]}" in said
    ledger = words(at_maya.get(claim_url(claim))).partition("Ledger, newest first")[2]
    assert f"Indemnity {other[1]} 1,500.00 1,500.00" in ledger
    assert f"Indemnity {answering[1]} 6,000.00 6,000.00" in ledger

    approve_claim(maya, claim.pk)
    pay_claim(None, claim.pk)
    send(
        at_tom, claim_url(claim, "recover"), amount="300", source="subrogation", cost_type="expense", coverage=other[0], reason="From them"
    )
    assert claim.entries.all().lines()[other[0], "expense"].recovered == Decimal("300.00")


def test_who_has_a_policy_with_one_coverage_is_not_asked_for_it(maya: User, at_maya: Client) -> None:
    claim = started_claim(maya, PolicyFactory.create(policy_type="no such product"), claim_amount=Decimal("8000.00"))
    assert coverages_of(claim.policy) == {}
    assert 'name="coverage"' not in source(at_maya.get(claim_url(claim, "reserve")))
    send(at_maya, claim_url(claim, "reserve"), amount="6,000", cost_type="indemnity", reason="The estimate")
    assert claim.entries.all().balance().outstanding == Decimal("6000.00")


def test_each_payment_leads_to_the_proof_that_it_rests_on_though_a_later_one_was_made(maya: User, at_maya: Client, daniel: User) -> None:
    claim = claim_of(maya)
    approve_claim(maya, claim.pk, amount=Decimal("2500.00"))
    pay_claim(None, claim.pk)
    clear_payment(None, claim.payments.get().pk)
    close_claim(maya, claim.pk)
    reopen_claim(daniel, claim.pk, reason="More damage came to light")
    approve_claim(maya, claim.pk, amount=Decimal("4000.00"))
    pay_claim(None, claim.pk, amount=Decimal("1500.00"))
    page = source(at_maya.get(claim_url(claim)))
    later, earlier = re.findall(rf'href="({claim_url(claim, "proof")}[0-9a-f-]+/)"', page)
    assert "$2,500.00" in words(at_maya.get(earlier))
    assert "An earlier proof: the newest one" in words(at_maya.get(earlier))
    assert "$4,000.00" in words(at_maya.get(later))
    assert "An earlier proof" not in words(at_maya.get(later))
    # That of another claim is none of this one.
    assert at_maya.get(earlier.replace(str(claim.pk), str(claim_of(maya).pk))).status_code == 404


def test_what_is_only_asked_for_is_not_called_approved(maya: User, at_maya: Client, daniel: User) -> None:
    claim = started_claim(maya, PolicyFactory.create(coverage_amount=Decimal("100000.00")), claim_amount=Decimal("60000.00"))
    approve_claim(maya, claim.pk)
    claim.refresh_from_db()
    assert claim.proposed_amount is not None
    assert "As asked for, recomputed" in words(at_maya.get(claim_url(claim)))
    page = words(at_maya.get(claim_url(claim, "proof")))
    assert "was asked for: a second person decides" in page
    assert "Approved" not in page.partition("Amount")[0]
    approve_claim(daniel, claim.pk)
    assert "As approved, recomputed" in words(at_maya.get(claim_url(claim)))
    assert "was approved" in words(at_maya.get(claim_url(claim, "proof")))
