"""Money in, back and bounced: through the service, with every refusal."""

import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from policies.billing.models import BillingAccount, LedgerEntry, Payment
from policies.billing.services import charge_fee, receive_payment, refund_payment, reverse_entry, reverse_payment, write_off
from tests.billing.books import assert_books_agree, booked, fresh, instalments, tell
from tests.factories import PolicyFactory, adjuster, policyholder, staff
from vanguard.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, StaleVersion
from vanguard.money import ZERO

pytestmark = pytest.mark.django_db


def pay(account: BillingAccount, amount: str, **fields: Any) -> Payment:
    return receive_payment(None, account.policy_id, amount=Decimal(amount), **({"method": "card"} | fields))


def test_a_payment_pays_the_oldest_due_first_and_beyond_all_it_is_credit() -> None:
    account = booked("1200.00", "quarterly")
    pay(account, "450.00")
    assert instalments(account) == ["0.00/300.00", "150.00/300.00", "300.00/300.00", "300.00/300.00"]
    assert fresh(account).next_due_at == list(account.invoices.filter(amount__gt=0))[1].due_at
    pay(account, "800.00")
    assert (fresh(account).credit, fresh(account).balance, fresh(account).next_due_at) == (Decimal("50.00"), Decimal("-50.00"), None)
    assert_books_agree(account)


def test_a_payment_names_an_invoice_and_pays_the_oldest_due_all_the_same() -> None:
    account = booked("1200.00", "quarterly")
    last = account.invoices.last()
    assert last is not None
    pay(account, "300.00", invoice_id=last.pk)
    assert instalments(account)[0] == "0.00/300.00"


def test_a_payment_for_anothers_invoice_is_refused() -> None:
    mine, other = booked(), booked()
    foreign = other.invoices.get()
    with pytest.raises(Conflict) as refused:
        pay(mine, "10.00", invoice_id=foreign.pk)
    assert (refused.value.code, refused.value.errors[0].field) == ("other_account", "invoice_id")
    with pytest.raises(NotFound):
        pay(mine, "10.00", invoice_id=uuid4())
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": "-1.00"}, "amount"),
        ({"amount": "0.00"}, "amount"),
        ({"amount": "1.001"}, "amount"),
        ({"amount": "10000000000.00"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"method": "barter"}, "method"),
        ({"reference": "x" * 101}, "reference"),
        ({"reference": "nul\0"}, "reference"),
        ({"received_at": timezone.now() + datetime.timedelta(days=1)}, "received_at"),
    ],
)
def test_a_payment_that_is_wrong_in_itself_names_the_field(fields: dict[str, Any], field: str) -> None:
    account = booked()
    with pytest.raises(Invalid) as refused:
        pay(account, **({"amount": "10.00"} | fields))
    assert field in [error.field for error in refused.value.errors]
    assert not Payment.objects.exists()


def test_paid_twice_with_one_key_is_paid_once_and_the_first_comes_back() -> None:
    account, other = booked(), booked()
    first = pay(account, "10.00", key="local/77")
    assert pay(account, "10.00", key="local/77").pk == first.pk
    for wrong, amount in ((account, "11.00"), (other, "10.00")):
        with pytest.raises(Conflict) as refused:
            pay(wrong, amount, key="local/77")
        assert refused.value.code == "key_reused"
    assert fresh(account).balance == Decimal("990.00")


def test_a_policy_without_an_account_takes_no_payment() -> None:
    with pytest.raises(NotFound):
        receive_payment(None, PolicyFactory.create().pk, amount=Decimal("1.00"), method="card")


def test_a_refund_gives_back_what_is_credit_and_never_more_than_was_paid() -> None:
    account = booked("100.00")
    first, second = pay(account, "100.00"), pay(account, "30.00")
    for payment, amount, code in ((second, "30.01", "more_than_paid"), (first, "30.01", "more_than_credit")):
        with pytest.raises(Conflict) as refused:
            refund_payment(None, payment.pk, amount=Decimal(amount), reason="Overpaid")
        assert (refused.value.code, refused.value.errors[0].field) == (code, "amount")
    refund_payment(None, second.pk, amount=Decimal("10.00"), reason="Overpaid")
    refunded = refund_payment(None, second.pk, amount=Decimal("20.00"), reason="Overpaid")
    assert refunded.refunded_amount == Decimal("30.00")
    assert (fresh(account).credit, fresh(account).balance) == (ZERO, ZERO)
    with pytest.raises(Conflict):
        refund_payment(None, second.pk, amount=Decimal("0.01"), reason="Overpaid")
    assert_books_agree(account)


@pytest.mark.parametrize(
    ("amount", "reason", "field"), [("-1.00", "x", "amount"), ("0.00", "x", "amount"), ("0.001", "x", "amount"), ("1.00", " ", "reason")]
)
def test_a_refund_that_is_wrong_in_itself_names_the_field(amount: str, reason: str, field: str) -> None:
    payment = pay(booked("10.00"), "50.00")
    with pytest.raises(Invalid) as refused:
        refund_payment(None, payment.pk, amount=Decimal(amount), reason=reason)
    assert [error.field for error in refused.value.errors] == [field]


def test_what_was_written_off_is_never_paid_out() -> None:
    account = booked("1000.00")
    payment = pay(account, "300.00")
    write_off(None, account.policy_id, amount=Decimal("700.00"), reason="Moved away")
    tell(account.policy, "-600.00", kind="cancellation")
    assert fresh(account).credit == Decimal("600.00")
    with pytest.raises(Conflict) as refused:
        refund_payment(None, payment.pk, amount=Decimal("0.01"), reason="Cancelled")
    assert refused.value.code == "more_than_credit"


def test_a_bounced_payment_makes_due_again_what_it_had_paid_once_only() -> None:
    account = booked("1200.00", "quarterly")
    payment = pay(account, "450.00")
    reverse_payment(None, payment.pk, reason="Insufficient funds")
    assert instalments(account) == ["300.00/300.00"] * 4
    assert fresh(account).next_due_at == account.invoices.filter(amount__gt=0)[0].due_at
    with pytest.raises(Conflict) as refused:
        reverse_payment(None, payment.pk, reason="Again")
    assert refused.value.code == "reversed"
    with pytest.raises(Conflict):
        refund_payment(None, payment.pk, amount=Decimal("1.00"), reason="x")
    assert_books_agree(account)


def test_a_payment_that_bounces_after_its_refund_is_owed_and_invoiced_at_once() -> None:
    account = booked("100.00")
    payment = pay(account, "150.00")
    refund_payment(None, payment.pk, amount=Decimal("50.00"), reason="Overpaid")
    reverse_payment(None, payment.pk, reason="Card dispute")
    assert instalments(account) == ["50.00/50.00", "100.00/100.00"]  # the refund is due now, the premium in ten days
    assert fresh(account).balance == Decimal("150.00")
    assert_books_agree(account)


def test_a_fee_is_due_at_once_and_its_reversal_takes_it_off_its_own_invoice() -> None:
    account = booked("100.00")
    charge_fee(None, account.policy_id, amount=Decimal("25.00"), reason="Returned check")
    assert instalments(account) == ["25.00/25.00", "100.00/100.00"]
    fee = account.entries.get(kind="fee")
    reverse_entry(None, fee.pk, reason="Waived")
    assert instalments(account) == ["100.00/100.00"]
    with pytest.raises(Conflict) as refused:
        reverse_entry(None, fee.pk, reason="Waived")
    assert (refused.value.code, refused.value.errors[0].field) == ("reversed", "entry")
    assert_books_agree(account)


def test_a_charge_of_its_own_never_takes_the_money_that_paid_another_invoice() -> None:
    account = booked("1200.00", "quarterly", start_date=timezone.now() - datetime.timedelta(days=350))
    pay(account, "450.00")
    charge_fee(None, account.policy_id, amount=Decimal("25.00"), reason="Returned check")
    tell(account.policy, "40.00")
    assert instalments(account) == ["0.00/300.00", "150.00/300.00", "300.00/300.00", "300.00/300.00", "25.00/25.00", "40.00/40.00"]
    assert_books_agree(account)


def test_a_fee_is_paid_by_the_credit_as_far_as_it_goes() -> None:
    account = booked("100.00")
    pay(account, "110.00")
    charge_fee(None, account.policy_id, amount=Decimal("25.00"), reason="Copy of the policy")
    assert instalments(account) == ["0.00/15.00", "15.00/100.00"]
    assert fresh(account).balance == Decimal("15.00")
    assert_books_agree(account)


def test_a_refund_that_came_back_is_credit_again_and_a_write_off_taken_back_is_owed_again() -> None:
    account = booked("100.00")
    payment = pay(account, "130.00")
    refund_payment(None, payment.pk, amount=Decimal("30.00"), reason="Overpaid")
    reverse_entry(None, account.entries.get(kind="refund").pk, reason="Letter came back")
    assert fresh(account).credit == Decimal("30.00")
    assert Payment.objects.get().refunded_amount == 0
    tell(account.policy, "70.00")
    write_off(None, account.policy_id, amount=Decimal("40.00"), reason="Small")
    reverse_entry(None, account.entries.get(kind="write_off").pk, reason="He paid after all")
    assert fresh(account).balance == Decimal("40.00")
    assert_books_agree(account)


def test_a_payment_is_reversed_by_its_entry_and_a_premium_only_by_the_cover() -> None:
    account = booked("100.00")
    pay(account, "100.00")
    reverse_entry(None, account.entries.get(kind="payment").pk, reason="Bounced")
    assert Payment.objects.get().reversed_at is not None
    for kind in ("premium_charge", "reversal"):
        with pytest.raises(Conflict) as refused:
            reverse_entry(None, account.entries.get(kind=kind).pk, reason="x")
        assert refused.value.code == "not_reversible"


@pytest.mark.parametrize(
    ("amount", "reason", "field"),
    [("100.01", "x", "amount"), ("-1.00", "x", "amount"), ("0.00", "x", "amount"), ("0.005", "x", "amount"), ("1.00", "", "reason")],
)
def test_a_write_off_is_of_what_is_open_and_says_why(amount: str, reason: str, field: str) -> None:
    account = booked("100.00")
    with pytest.raises(DomainError) as refused:
        write_off(None, account.policy_id, amount=Decimal(amount), reason=reason)
    assert field in [error.field for error in refused.value.errors]
    assert fresh(account).balance == Decimal("100.00")


def test_only_finance_moves_money_and_on_the_account_as_it_read_it() -> None:
    account, finance = booked("100.00"), staff("Finance")
    payment, fee = pay(account, "150.00"), LedgerEntry.objects.first()
    assert fee is not None
    pk: UUID = account.policy_id
    one = Decimal("1.00")
    for actor in (adjuster(), staff("Underwriter"), staff("Compliance"), policyholder(account.policy.customer)):
        for attempt in (
            lambda who: receive_payment(who, pk, amount=one, method="card"),
            lambda who: refund_payment(who, payment.pk, amount=one, reason="x"),
            lambda who: reverse_payment(who, payment.pk, reason="x"),
            lambda who: reverse_entry(who, fee.pk, reason="x"),
            lambda who: charge_fee(who, pk, amount=one, reason="x"),
            lambda who: write_off(who, pk, amount=one, reason="x"),
        ):
            with pytest.raises(NotAllowed):
                attempt(actor)
    with pytest.raises(StaleVersion):
        refund_payment(finance, payment.pk, amount=one, reason="x", version=account.version)
    refund_payment(finance, payment.pk, amount=one, reason="x", version=fresh(account).version)
    entry = account.entries.last()
    assert entry is not None
    assert (entry.actor, entry.reason) == (finance, "x")


def test_a_policyholder_sees_the_own_account_only() -> None:
    own = booked()
    booked()
    user = policyholder(own.policy.customer)
    assert list(BillingAccount.objects.visible_to(user)) == [own]
    pay(own, "1.00")
    assert Payment.objects.visible_to(user).count() == 1
    assert Payment.objects.visible_to(policyholder()).count() == 0


def test_money_that_came_before_the_premium_was_booked_paid_nothing_of_it() -> None:
    begins = timezone.now() - datetime.timedelta(days=3)
    backdated, coming = booked(start_date=begins), booked()
    with pytest.raises(Conflict) as refused:
        pay(coming, "10.00", received_at=begins)
    assert (refused.value.code, refused.value.errors[0].field) == ("before_policy", "received_at")
    assert pay(backdated, "10.00", received_at=begins.replace(hour=0, minute=0)).pk
    with pytest.raises(Conflict):
        pay(backdated, "10.00", received_at=begins - datetime.timedelta(days=1))


def test_what_a_provider_received_before_the_policy_was_booked_is_its_money_all_the_same() -> None:
    early = timezone.now() - datetime.timedelta(days=3)
    assert pay(booked(), "10.00", key="local/early", received_at=early).received_at == early
