"""What the database itself holds, whoever writes to it."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from policies.billing.append_only import created, dropped
from policies.billing.models import BillingAccount, Invoice, InvoiceLine, LedgerEntry, Payment
from policies.billing.services import receive_payment, refund_payment, reverse_payment
from tests.billing.books import booked, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> BillingAccount:
    """100.00 billed, 130.00 paid, 10.00 refunded."""
    account = booked("100.00")
    payment = receive_payment(None, account.policy_id, amount=Decimal("130.00"), method="card")
    refund_payment(None, payment.pk, amount=Decimal("10.00"), reason="Overpaid")
    return fresh(account)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: LedgerEntry.objects.update(amount=Decimal("1.00")),
        lambda: LedgerEntry.objects.update(reason="nothing happened"),
        lambda: LedgerEntry.objects.filter(kind="refund").delete(),
        lambda: LedgerEntry.objects.all()._raw_delete("default"),
        lambda: InvoiceLine.objects.update(amount=Decimal("1.00")),
        lambda: InvoiceLine.objects.all()._raw_delete("default"),
    ],
)
def test_what_is_booked_is_neither_changed_nor_deleted(account: BillingAccount, attempt: Callable[[], object]) -> None:
    before = list(account.entries.values())
    with pytest.raises(IntegrityError), transaction.atomic():
        attempt()
    assert list(account.entries.values()) == before


def _copy(entry: LedgerEntry, **fields: object) -> LedgerEntry:
    values = {field.attname: getattr(entry, field.attname) for field in LedgerEntry._meta.concrete_fields if field.name != "id"}
    return LedgerEntry(**(values | fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "payment", "amount": Decimal("5.00"), "refers_to_id": None},
        {"kind": "premium_charge", "amount": Decimal("-5.00"), "refers_to_id": None},
        {"kind": "fee", "amount": Decimal("0.00"), "refers_to_id": None},
        {"kind": "gift", "amount": Decimal("5.00"), "refers_to_id": None},
        {"kind": "refund", "amount": Decimal("5.00"), "refers_to_id": None},
        {"kind": "reversal", "amount": Decimal("5.00"), "refers_to_id": None},
        {"kind": "fee", "amount": Decimal("5.00")},
    ],
)
def test_no_entry_has_a_wrong_sign_an_unknown_kind_or_refers_where_it_must_not(account: BillingAccount, fields: dict[str, object]) -> None:
    refund = account.entries.get(kind="refund")
    with pytest.raises(IntegrityError), transaction.atomic():
        _copy(refund, **fields).save(force_insert=True)


def test_a_refund_refers_to_a_payment_and_nothing_refers_to_another_account(account: BillingAccount) -> None:
    refund, charge = account.entries.get(kind="refund"), account.entries.get(kind="premium_charge")
    foreign = booked().entries.get()
    for wrong in (
        _copy(refund, refers_to_id=charge.pk),
        _copy(refund, refers_to_id=foreign.pk),
        _copy(refund, kind="reversal", refers_to_id=foreign.pk),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong.save(force_insert=True)


def test_an_entry_is_reversed_once(account: BillingAccount) -> None:
    reverse_payment(None, account.payments.get().pk, reason="Bounced")
    again = _copy(account.entries.get(kind="reversal"))
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)


def test_refunds_never_exceed_their_payment_nor_what_is_paid_its_invoice(account: BillingAccount) -> None:
    wrong: list[tuple[type[Model], dict[str, object]]] = [
        (Payment, {"refunded_amount": Decimal("130.01")}),
        (Payment, {"refunded_amount": Decimal("-0.01")}),
        (Invoice, {"paid_amount": Decimal("100.01")}),
        (BillingAccount, {"credit": Decimal("-0.01")}),
        (BillingAccount, {"plan": "weekly"}),
    ]
    for model, values in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            model._default_manager.update(**values)


def test_the_rules_go_out_of_the_database_and_into_it_again(account: BillingAccount) -> None:
    with connection.cursor() as cursor:
        for statement in dropped(connection.vendor):
            cursor.execute(statement)
        LedgerEntry.objects.filter(kind="refund").update(reason="changed")
        for statement in created(connection.vendor):
            cursor.execute(statement)
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.update(reason="changed again")
