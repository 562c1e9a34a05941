"""The payee's account through the API and at the desk: taken, shown masked, and refused at its field."""

from typing import Any

import pytest

from tests.api.calling import Caller
from tests.claims.test_payees_accounts import ACCOUNT, EYES, NUMBER, ROUTING
from tests.claims.test_payments import approved_claim
from tests.factories import adjuster, policyholder, staff
from tests.workbench.desk import claim_url, desk_of, send, words

pytestmark = pytest.mark.django_db
SENT = {"routingNumber": ROUTING, "accountNumber": NUMBER}


def test_the_api_takes_the_numbers_and_shows_the_last_four_digits() -> None:
    owner = adjuster()
    claim = approved_claim(owner)
    answer = Caller(owner).post(f"/claims/{claim.pk}/pay", SENT)
    shown = Caller(staff("Finance")).get(f"/claims/{claim.pk}/money")
    assert [each["maskedAccount"] for each in shown.data["payments"]] == ["•••• 4567"]
    assert NUMBER not in answer.text + shown.text
    assert Caller(policyholder(claim.policy.customer)).get(f"/claims/{claim.pk}/money").status == 403


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        (SENT | {"routingNumber": "121000247"}, {"routingNumber": "invalid"}),
        (SENT | {"accountNumber": "12"}, {"accountNumber": "invalid"}),
        ({"routingNumber": ROUTING}, {"accountNumber": "required"}),
        ({"accountNumber": NUMBER}, {"routingNumber": "required"}),
        ({"routingNumber": "1", "accountNumber": "x"}, {"routingNumber": "invalid", "accountNumber": "invalid"}),
        (SENT | {"accountNumber": 44171234567}, {"accountNumber": "wrong_type"}),
    ],
)
def test_the_api_names_the_field_that_is_wrong(sent: dict[str, Any], errors: dict[str, str]) -> None:
    owner = adjuster()
    claim = approved_claim(owner)
    answer = Caller(owner).post(f"/claims/{claim.pk}/pay", sent)
    assert answer.status == 422
    assert answer.errors == errors
    assert not claim.payments.exists()


def test_the_desk_asks_for_it_shows_it_masked_and_says_what_is_wrong_at_its_field() -> None:
    owner, finance = adjuster(), staff("Finance")
    claim = approved_claim(owner)
    form = {"amount": "4,000.00", "cost_type": "indemnity", "payee": claim.policy.customer.full_name}
    wrong = words(send(desk_of(finance), claim_url(claim, "pay"), **form, routing_number="121000247", account_number=NUMBER))
    assert "routing number has nine digits" in wrong
    assert not claim.payments.exists()
    page = words(send(desk_of(finance), claim_url(claim, "pay"), **form, **ACCOUNT))
    assert f"waits for a second person. {EYES}" in page
    assert "•••• 4567" in page
    assert NUMBER not in page
    asked = words(desk_of(owner).get(claim_url(claim, "approve-payment")))
    assert f"$4,000.00 to {claim.policy.customer.full_name}, •••• 4567" in asked
    assert "amount, payee, account and coverage" in asked
