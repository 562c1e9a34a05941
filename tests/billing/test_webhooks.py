"""What a payment provider tells us: only from them, only now, and once."""

import datetime
import hashlib
import hmac
import json
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django import Settings

from policies.billing.models import BillingAccount, LedgerEntry, Payment, ProviderEvent
from policies.billing.providers import LocalProvider
from policies.billing.services import allocate_event, receive_payment
from tests.api.calling import Answer, Caller
from tests.billing.books import assert_books_agree, booked, fresh
from tests.factories import adjuster, staff
from vanguard.errors import Conflict, NotAllowed, NotFound

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def account() -> BillingAccount:
    return booked("100.00")


def event(account: BillingAccount | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "id": "evt_1",
        "type": "payment.received",
        "createdAt": timezone.now().isoformat(),
        "reference": "pi_1",
        "amount": "40.00",
        "policyNumber": account.policy.policy_number if account else "",
    } | fields


def deliver(content: Any, *, header: str | None = None, provider: str = "local") -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    signature = LocalProvider(settings.PAYMENT_WEBHOOK_SECRET).sign(body, timezone.now()) if header is None else header
    return Caller().send_bytes("POST", f"/billing/webhooks/{provider}", body, Payment_Signature=signature)


def test_a_signed_delivery_is_booked_without_a_log_in(account: BillingAccount) -> None:
    answer = deliver(event(account))
    assert (answer.status, answer.data) == (200, {"eventId": "evt_1", "outcome": "booked"})
    payment = Payment.objects.get()
    assert (payment.amount, payment.reference, payment.method) == (Decimal("40.00"), "pi_1", "card")
    assert payment.entry.actor is None
    assert fresh(account).balance == Decimal("60.00")


def test_a_delivery_can_name_the_invoice_alone(account: BillingAccount) -> None:
    deliver(event(invoiceNumber=account.invoices.get().invoice_number))
    assert fresh(account).balance == Decimal("60.00")


def test_delivered_twice_it_is_booked_once_and_answered_alike(account: BillingAccount) -> None:
    body = json.dumps(event(account)).encode()
    first, second = deliver(body), deliver(body)
    assert (first.status, first.data) == (second.status, second.data)
    assert Payment.objects.count() == 1


def test_the_same_payment_under_two_events_is_booked_once(account: BillingAccount) -> None:
    deliver(event(account))
    assert deliver(event(account, id="evt_2")).data["outcome"] == "booked"
    assert Payment.objects.count() == 1
    assert ProviderEvent.objects.filter(payment=Payment.objects.get()).count() == 2


def test_an_event_that_says_something_else_the_second_time_is_refused(account: BillingAccount) -> None:
    deliver(event(account))
    answer = deliver(event(account, amount="4000.00"))
    assert (answer.status, answer.errors) == (409, {"id": "event_reused"})
    assert Payment.objects.count() == 1


def test_a_forged_an_old_and_an_unsigned_delivery_change_nothing(account: BillingAccount) -> None:
    body = json.dumps(event(account)).encode()
    now = timezone.now()
    good = LocalProvider(settings.PAYMENT_WEBHOOK_SECRET).sign(body, now)
    later = str(int(now.timestamp()) + 1)
    forged = [
        ("", "bad_signature"),
        ("nonsense", "bad_signature"),
        (good.upper(), "bad_signature"),
        (good[:-1], "bad_signature"),
        (good.replace("v1=", "v0="), "bad_signature"),
        (f"t={later}" + good[good.index(",") :], "bad_signature"),
        (LocalProvider("another secret").sign(body, now), "bad_signature"),
        (LocalProvider(settings.PAYMENT_WEBHOOK_SECRET).sign(body + b" ", now), "bad_signature"),
        (LocalProvider(settings.PAYMENT_WEBHOOK_SECRET).sign(body, now - datetime.timedelta(minutes=6)), "too_old"),
        (LocalProvider(settings.PAYMENT_WEBHOOK_SECRET).sign(body, now + datetime.timedelta(minutes=6)), "too_old"),
    ]
    for header, code in forged:
        answer = deliver(body, header=header)
        assert (answer.status, answer.errors) == (403, {"Payment-Signature": code}), header
    assert not ProviderEvent.objects.exists()
    assert LedgerEntry.objects.count() == 1


def test_the_signature_is_what_openssl_makes_of_time_dot_body() -> None:
    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    wanted = hmac.new(b"secret", b'1767225600.{"id": "x"}', hashlib.sha256).hexdigest()
    assert LocalProvider("secret").sign(b'{"id": "x"}', moment) == f"t=1767225600,v1={wanted}"


def test_a_provider_that_is_not_configured_is_not_there(account: BillingAccount, settings: Settings) -> None:
    assert deliver(event(account), provider="stripe").status == 404
    settings.PAYMENT_PROVIDER = "none"
    assert deliver(event(account)).status == 404
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize(
    ("content", "status", "errors"),
    [
        (b"{", 400, {"": "malformed"}),
        (b"x" * 65_537, 413, {"": "too_large"}),
        (b"[]", 422, {"body": "wrong_type"}),
        ({"amount": "-1.00"}, 422, {"amount": "negative"}),
        ({"amount": "0.00"}, 422, {"amount": "required"}),
        ({"amount": "1.001"}, 422, {"amount": "too_many_decimals"}),
        ({"amount": None}, 422, {"amount": "required"}),
        ({"id": ""}, 422, {"id": "blank"}),
        ({"reference": "x" * 101}, 422, {"reference": "too_long"}),
        ({"createdAt": "soon"}, 422, {"createdAt": "malformed_time"}),
        ({"method": "barter"}, 422, {"method": "not_a_choice"}),
    ],
)
def test_what_is_signed_and_wrong_names_its_field(account: BillingAccount, content: Any, status: int, errors: dict[str, str]) -> None:
    answer = deliver(event(account, **content) if isinstance(content, dict) else content)
    assert (answer.status, answer.errors) == (status, errors)
    assert not ProviderEvent.objects.exists()


def test_a_payment_that_failed_later_is_reversed_once(account: BillingAccount) -> None:
    deliver(event(account))
    failed = event(id="evt_9", type="payment.failed", amount=None)
    assert deliver(failed).data["outcome"] == "booked"
    assert deliver(event(id="evt_10", type="payment.failed", amount=None)).data["outcome"] == "ignored"
    assert Payment.objects.get().reversed_at is not None
    assert fresh(account).balance == Decimal("100.00")
    assert_books_agree(account)


def test_what_we_do_not_know_is_stored_and_of_no_concern() -> None:
    assert deliver(event(type="customer.created", amount=None)).data["outcome"] == "ignored"
    assert deliver(event(id="evt_2", type="payment.failed", amount=None)).data["outcome"] == "ignored"


def test_money_for_no_account_of_ours_waits_for_a_person_who_allocates_it_once(account: BillingAccount) -> None:
    other = booked()
    nowhere: list[dict[str, Any]] = [
        {"policyNumber": "POL-NOWHERE"},
        {"invoiceNumber": "INV-NOWHERE"},
        {"policyNumber": account.policy.policy_number, "invoiceNumber": other.invoices.get().invoice_number},
    ]
    for count, wrong in enumerate(nowhere):
        answer = deliver(event(**({"id": f"evt_{count}", "reference": f"pi_{count}"} | wrong)))
        assert (answer.status, answer.data["outcome"]) == (200, "unallocated"), wrong
    assert not Payment.objects.exists()
    waiting = ProviderEvent.objects.get(event_id="evt_0")
    number = account.policy.policy_number
    with pytest.raises(NotAllowed):
        allocate_event(adjuster(), waiting.pk, policy_number=number)
    with pytest.raises(NotFound):
        allocate_event(None, waiting.pk, policy_number="POL-NOWHERE")
    finance = staff("Finance")
    allocate_event(finance, waiting.pk, policy_number=number)
    assert fresh(account).balance == Decimal("60.00")
    with pytest.raises(Conflict):
        allocate_event(finance, waiting.pk, policy_number=number)


def test_a_payment_that_failed_and_went_through_when_it_was_tried_again_is_booked_again(account: BillingAccount) -> None:
    moment = timezone.now()

    def later(seconds: int) -> str:
        return (moment + datetime.timedelta(seconds=seconds)).isoformat()

    deliver(event(account, createdAt=later(-30)))
    deliver(event(id="evt_2", type="payment.failed", amount=None, createdAt=later(-20)))
    assert deliver(event(account, id="evt_3", createdAt=later(-10))).data["outcome"] == "booked"
    assert deliver(event(account, id="evt_4", createdAt=later(-9))).data["outcome"] == "booked"
    assert fresh(account).balance == Decimal("60.00")
    assert Payment.objects.filter(reversed_at=None).count() == 1
    deliver(event(id="evt_5", type="payment.failed", amount=None, createdAt=later(-5)))
    assert fresh(account).balance == Decimal("100.00")
    assert_books_agree(account)


def test_money_that_waited_for_a_person_and_failed_meanwhile_is_given_to_nobody(account: BillingAccount) -> None:
    deliver(event(policyNumber="POL-NOWHERE"))
    deliver(event(id="evt_2", type="payment.failed", amount=None))
    waiting = ProviderEvent.objects.get(event_id="evt_1")
    assert (waiting.outcome, waiting.why) == ("ignored", "It failed: local evt_2.")
    with pytest.raises(Conflict):
        allocate_event(staff("Finance"), waiting.pk, policy_number=account.policy.policy_number)
    assert not Payment.objects.exists()


def test_a_provider_may_repeat_a_reference_that_somebody_typed_at_the_desk(account: BillingAccount) -> None:
    receive_payment(staff("Finance"), account.policy_id, amount=Decimal("5.00"), method="card", reference="pi_1")
    assert deliver(event(account)).data["outcome"] == "booked"
    assert Payment.objects.filter(reference="pi_1").count() == 2
