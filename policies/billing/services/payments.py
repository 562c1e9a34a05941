"""Money that comes in, bounces, and goes back."""

import datetime
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from policies.billing.models import BillingAccount, Invoice, Kind, Payment, total
from policies.billing.rules import refundable
from policies.billing.services.lapsing import bring_back, restore
from policies.billing.services.ledger import locked_account, not_an_amount, post, required_reason, settle
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.accounts.step_up import require_recent
from vanguard.accounts.zones import zone_of
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, FieldError, Invalid
from vanguard.money import dollars
from vanguard.querysets import get_or_refuse
from vanguard.validation import check


def receive_payment(
    actor: User | None,
    policy_id: UUID,
    *,
    amount: Decimal,
    method: str,
    reference: str = "",
    received_at: datetime.datetime | None = None,
    invoice_id: UUID | None = None,
    key: str | None = None,
    version: int | None = None,
) -> Payment:
    """Book `amount` for the policy: it pays the oldest due first, whichever invoice the payer named, and beyond that it is credit.

    The same `key` gives the first payment again. Raises Invalid; NotFound; Conflict for an invoice of another policy ("other_account"),
    for a receipt from before there was anything to pay ("before_policy") and for a key that came with another payment ("key_reused").
    """
    require(actor, "billing.receive_payment")
    now = timezone.now()
    payment = Payment(amount=amount, method=method, reference=reference, received_at=received_at or now, key=key)
    future = FieldError("received_at", "in_the_future", "A payment is recorded once it was received.")
    check(payment, *([future] if payment.received_at > now else []))
    with unit_of_work(actor):
        account = locked_account(version, policy_id=policy_id)
        if before := Payment.objects.filter(key=key).first() if key else None:
            return _same(before, payment, account)
        _refuse_foreign_invoice(account, invoice_id)
        # What a provider tells of came when it says, also where the policy that it is for was booked later.
        if key is None and payment.received_at < (first := first_receipt(account)):
            day = f"{first.day} {first:%b %Y}"
            raise Conflict(f"Nothing was to pay on this policy before {day}.", code="before_policy", field="received_at")
        payment.account = account
        payment.entry = post(
            account,
            Kind.PAYMENT,
            -payment.amount,
            actor_id=actor.pk if actor else None,
            effective_at=payment.received_at,
            booked_at=now,
            reason=payment.reference,
        )
        payment.save(force_insert=True)
        settle(account, payment.entry, now)
        bring_back(account, actor, now)
    return payment


def refund_payment(actor: User | None, payment_id: UUID, *, amount: Decimal, reason: str, version: int | None = None) -> Payment:
    """Give back `amount` of a payment out of the account's credit.

    Raises Invalid; Conflict when the payment bounced ("reversed"), when less of it is left ("more_than_paid") or less is held as
    credit ("more_than_credit"); StepUpRequired.
    """
    require(actor, "billing.refund_payment")
    require_recent(actor)
    if errors := [*not_an_amount(amount), *required_reason(reason)]:
        raise Invalid.of(errors)
    with unit_of_work(actor):
        account, payment = _locked(payment_id, version)
        if payment.reversed_at:
            raise Conflict("This payment was reversed; there is nothing to give back.", code="reversed", field="status")
        if amount > (left := payment.amount - payment.refunded_amount):
            raise Conflict(f"Of this payment {dollars(left)} is left.", code="more_than_paid", field="amount")
        if amount > (held := refundable_on(account)):
            raise Conflict(f"Of this account's money {dollars(held)} can be refunded.", code="more_than_credit", field="amount")
        now = timezone.now()
        entry = post(
            account,
            Kind.REFUND,
            amount,
            actor_id=actor.pk if actor else None,
            effective_at=now,
            booked_at=now,
            refers_to=payment.entry,
            reason=reason,
        )
        change(payment, refunded_amount=payment.refunded_amount + amount)
        settle(account, entry, now)
    return payment


def reverse_payment(actor: User | None, payment_id: UUID, *, reason: str, version: int | None = None) -> Payment:
    """The payment bounced: what it had paid is due again. What was refunded of it is owed as well, and invoiced at once.

    Raises Invalid; Conflict when it was reversed before ("reversed").
    """
    require(actor, "billing.reverse_payment")
    if errors := required_reason(reason):
        raise Invalid.of(errors)
    with unit_of_work(actor):
        account, payment = _locked(payment_id, version)
        if payment.reversed_at:
            raise Conflict("This payment was reversed before.", code="reversed", field="status")
        now = timezone.now()
        entry = post(
            account,
            Kind.REVERSAL,
            payment.amount,
            actor_id=actor.pk if actor else None,
            effective_at=now,
            booked_at=now,
            refers_to=payment.entry,
            reason=reason,
        )
        change(payment, reversed_at=now)
        settle(account, entry, now)
        restore(account, payment.entry)
    return payment


def refundable_on(account: BillingAccount) -> Decimal:
    """What may be paid out of the account's credit."""
    standing = account.entries.filter(kind=Kind.WRITE_OFF).exclude(referring__kind=Kind.REVERSAL)
    return refundable(account.credit, -total(standing))


def first_receipt(account: BillingAccount) -> datetime.datetime:
    """From when money can have come for the policy: the day on which its premium was booked or its cover began, by its own clock."""
    booked_at = account.entries.order_by("booked_at", "id").values_list("booked_at", flat=True).first()
    begins = account.policy.start_date
    first = (min(begins, booked_at) if booked_at else begins).astimezone(zone_of(account.policy))
    return first.replace(hour=0, minute=0, second=0, microsecond=0)


def _locked(payment_id: UUID, version: int | None) -> tuple[BillingAccount, Payment]:
    """The account first, then the payment as it is under that lock; `version` is the account's."""
    account_id = get_or_refuse(Payment.objects.all(), payment_id).account_id
    account = locked_account(version, pk=account_id)
    return account, Payment.objects.select_related("entry").get(pk=payment_id)


def _refuse_foreign_invoice(account: BillingAccount, invoice_id: UUID | None) -> None:
    if invoice_id is None:
        return
    named = get_or_refuse(Invoice.objects.all(), invoice_id, field="invoice_id")
    if named.account_id != account.pk:
        raise Conflict("This invoice is another policy's.", code="other_account", field="invoice_id")


def _same(before: Payment, payment: Payment, account: BillingAccount) -> Payment:
    if (before.account_id, before.amount) != (account.pk, payment.amount):
        raise Conflict("This key came with another payment before.", code="key_reused", field="key")
    return before
