"""Who is paid on a claim, or was to be, decides nothing on it: at the desk, through the API, and by the services."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from claims.models import AuthorityLimit, Claim, ClaimPayment
from claims.services import (
    approve_claim,
    approve_payment,
    clear_payment,
    close_claim,
    deny_claim,
    issue_payment,
    pay_claim,
    reopen_claim,
    stop_payment,
    withdraw_approval,
)
from tests.api.calling import Caller
from tests.claims.test_payments import approved_claim, newest
from tests.factories import adjuster, staff, supervisor
from tests.workbench.desk import claim_url, confirm, desk_of, send, words
from vanguard.accounts.models import User
from vanguard.errors import Conflict

pytestmark = pytest.mark.django_db
WHY = "You are a payee of this claim, so another person decides it."


@pytest.fixture
def ada() -> User:
    return supervisor(first_name="Ada", last_name="Quill", email="ada.quill@vanguard.example")


def paid_to(payee: str, *, cost_type: str = "indemnity") -> Claim:
    """100.00 of an approved claim have gone to this payee, and have cleared."""
    owner = adjuster()
    claim = approved_claim(owner)
    payment = asked(owner, claim, payee, cost_type)
    if payment.status == "requested":
        approve_payment(supervisor(), payment.pk)
    issue_payment(staff("Finance"), payment.pk)
    clear_payment(staff("Finance"), payment.pk)
    return Claim.objects.get(pk=claim.pk)


def asked(owner: User | None, claim: Claim, payee: str, cost_type: str = "indemnity") -> ClaimPayment:
    pay_claim(owner, claim.pk, amount=Decimal("100.00"), payee=payee, cost_type=cost_type)
    return claim.payments.order_by("-created_at", "-id")[0]


def reopened(claim: Claim) -> Claim:
    return reopen_claim(supervisor(), claim.pk, reason="A second estimate")


def refused(step: Callable[[], object]) -> None:
    with pytest.raises(Conflict) as found:
        step()
    assert found.value.code == "party"


@pytest.mark.parametrize("payee", ["Ada Quill", "quill, ada", "ADA  QUILL", "Ada.Quill@vanguard.example"])
def test_a_payee_neither_closes_reopens_approves_nor_denies(ada: User, payee: str) -> None:
    claim = paid_to(payee)
    refused(lambda: close_claim(ada, claim.pk))
    refused(lambda: reopen_claim(ada, claim.pk, reason="More"))
    reopened(claim)
    refused(lambda: approve_claim(ada, claim.pk))
    refused(lambda: deny_claim(ada, claim.pk, reason="Rust"))
    assert Claim.objects.get(pk=claim.pk).status == "processing"
    assert approve_claim(supervisor(), claim.pk).status == "approved"


def test_a_payee_of_costs_decides_nothing_either(ada: User) -> None:
    claim = reopened(paid_to("Ada Quill", cost_type="expense"))
    refused(lambda: approve_claim(ada, claim.pk))


def test_who_was_to_be_paid_decides_nothing_though_the_payment_was_stopped(ada: User) -> None:
    claim = approved_claim(adjuster())
    stop_payment(None, asked(None, claim, "Ada Quill").pk, reason="Not yet")
    refused(lambda: close_claim(ada, claim.pk))


def test_another_name_stands_in_nobodys_way(ada: User) -> None:
    claim = paid_to("Adam Quill")
    assert not close_claim(ada, claim.pk).is_open


def test_a_payee_approves_no_other_payment_of_the_claim_and_none_of_the_own_asking_alone(ada: User) -> None:
    claim = paid_to("Ada Quill")
    own = asked(ada, claim, "Bo Quill")
    assert (own.status, own.waits_for) == ("requested", "Who asks for it is a payee of this claim.")
    refused(lambda: approve_payment(ada, own.pk))
    assert approve_payment(supervisor(), own.pk).pk == claim.pk


@pytest.mark.parametrize("cost_type", ["indemnity", "expense"])
def test_what_a_payee_approved_before_carries_no_payment_of_finance(ada: User, cost_type: str) -> None:
    """Ada was nobody's payee when the claim was approved; she is when Finance pays the insured, so she is no second person any more."""
    owner, finance = adjuster(), staff("Finance")
    claim = approved_claim(owner, approver=ada)
    asked(owner, claim, "Quill, Ada", cost_type)
    paid = pay_claim(finance, claim.pk, amount=Decimal("1000.00"))
    waits = newest(claim)
    assert (waits.status, waits.approved_by, waits.seal) == ("requested", None, "")
    assert (waits.waits_for, paid.paid_amount) == ("Who approved the claim is a payee of it.", Decimal(0))
    refused(lambda: approve_payment(ada, waits.pk))
    approve_payment(supervisor(), waits.pk)
    assert issue_payment(finance, waits.pk).paid_amount == Decimal("1000.00")


def test_finance_who_is_a_payee_sends_out_nothing_on_the_own_asking() -> None:
    owner, payee = adjuster(), staff("Finance", first_name="Bo", last_name="Quill")
    claim = approved_claim(owner)
    asked(owner, claim, "Bo Quill", "expense")
    paid = pay_claim(payee, claim.pk)
    assert (newest(claim).status, newest(claim).waits_for) == ("requested", "Who asks for it is a payee of this claim.")
    assert (paid.stage, paid.paid_amount) == ("payment_pending", Decimal(0))


def proposed_to(boss: User) -> Claim:
    """A claim on which `boss` is a payee, and with an approval that waits for a second person."""
    claim = reopened(paid_to(boss.get_full_name()))
    owner = claim.assignee
    assert owner is not None
    AuthorityLimit.objects.filter(cost_type="indemnity", role__in=owner.groups.all()).update(amount=Decimal("200.00"))
    return approve_claim(owner, claim.pk, amount=Decimal("2000.00"))


def test_a_payee_sends_no_request_to_approve_back(ada: User) -> None:
    claim = proposed_to(ada)
    assert claim.stage == "awaiting_approval"
    refused(lambda: withdraw_approval(ada, claim.pk, reason="Read wrongly"))
    desk = desk_of(ada)
    assert "another person decides" in words(send(desk, claim_url(claim, "withdraw"), reason="Read wrongly"))
    answer = Caller(ada).post(f"/claims/{claim.pk}/withdraw", {"reason": "Read wrongly"})
    assert (answer.status, list(answer.errors.values())) == (409, ["party"])
    assert Claim.objects.get(pk=claim.pk).stage == "awaiting_approval"
    assert withdraw_approval(supervisor(), claim.pk, reason="Read wrongly").stage != "awaiting_approval"


@pytest.mark.parametrize(
    ("command", "body", "is_open_again"),
    [("close", {}, False), ("reopen", {"reason": "More"}, False), ("approve", {}, True), ("deny", {"reason": "Rust"}, True)],
)
def test_the_api_refuses_each_decision_of_a_payee(ada: User, command: str, body: dict[str, str], is_open_again: bool) -> None:
    claim = paid_to("Ada Quill")
    before = reopened(claim) if is_open_again else claim
    answer = Caller(ada).post(f"/claims/{claim.pk}/{command}", body)
    assert (answer.status, list(answer.errors.values())) == (409, ["party"])
    assert Claim.objects.get(pk=claim.pk).version == before.version


def test_the_buttons_are_off_and_say_why_and_what_is_sent_all_the_same_does_nothing(ada: User) -> None:
    claim = paid_to("Ada Quill")
    desk = desk_of(ada)
    assert WHY in words(desk.get(claim_url(claim)))
    for command in ("close", "reopen"):
        assert "another person decides" in words(send(desk, claim_url(claim, command), reason="More"))
    reopened(claim)
    assert WHY in words(desk.get(claim_url(claim)))
    assert "another person decides" in words(send(desk, claim_url(claim, "approve"), amount="1,000"))
    # The letter is shown first, and refused when it is sent.
    assert "another person decides" in words(confirm(desk, claim_url(claim, "deny"), reason="Rust", reason_code="other"))
    assert Claim.objects.get(pk=claim.pk).status == "processing"
    assert WHY not in words(desk_of(supervisor()).get(claim_url(claim)))
