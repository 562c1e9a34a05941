"""What Finance books by hand: fees, write-offs, and the reversal of an entry that was wrong."""

from decimal import Decimal
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from policies.billing.models import BillingAccount, Kind, LedgerEntry, total
from policies.billing.services.lapsing import restore
from policies.billing.services.ledger import invoice_at_once, locked_account, not_an_amount, post, required_reason, settle, take_off
from policies.billing.services.payments import reverse_payment
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.money import dollars
from vanguard.querysets import get_or_refuse

# Premiums follow the policy's versions: they are changed by changing the cover. A reversal stands.
REVERSIBLE = (Kind.PAYMENT, Kind.REFUND, Kind.FEE, Kind.WRITE_OFF)


def charge_fee(actor: User | None, policy_id: UUID, *, amount: Decimal, reason: str, version: int | None = None) -> BillingAccount:
    """A fee, invoiced and due at once. Raises Invalid."""
    require(actor, "billing.charge_fee")
    _refuse_wrong(amount, reason)
    with unit_of_work(actor):
        account = locked_account(version, policy_id=policy_id)
        entry = _by_hand(account, actor, Kind.FEE, amount, reason)
        invoice_at_once(account, entry)
        settle(account, entry, entry.booked_at)
    return account


def write_off(actor: User | None, policy_id: UUID, *, amount: Decimal, reason: str, version: int | None = None) -> BillingAccount:
    """Give up `amount` of what is open, the oldest due first. Raises Invalid; Conflict for more than is open ("more_than_open")."""
    require(actor, "billing.writeoff_balance")
    _refuse_wrong(amount, reason)
    with unit_of_work(actor):
        account = locked_account(version, policy_id=policy_id)
        still_open = open_on(account)
        if amount > still_open:
            raise Conflict(f"On this account {dollars(still_open)} is open.", code="more_than_open", field="amount")
        entry = _by_hand(account, actor, Kind.WRITE_OFF, -amount, reason)
        settle(account, entry, entry.booked_at)
    return account


def reverse_entry(actor: User | None, entry_id: UUID, *, reason: str, version: int | None = None) -> BillingAccount:
    """Book the opposite of an entry, once. Raises Conflict ("not_reversible", "reversed"); Invalid without a reason."""
    require(actor, "billing.reverse_payment")
    if errors := required_reason(reason):
        raise Invalid.of(errors)
    entry = get_or_refuse(LedgerEntry.objects.select_related("refers_to__payment", "payment"), entry_id, field="entry")
    if entry.kind not in REVERSIBLE:
        raise Conflict("Only payments, refunds, fees and write-offs are reversed here.", code="not_reversible", field="entry")
    if entry.kind == Kind.PAYMENT:
        reverse_payment(actor, entry.payment.pk, reason=reason, version=version)
        return BillingAccount.objects.get(pk=entry.account_id)
    with unit_of_work(actor):
        account = locked_account(version, pk=entry.account_id)
        if entry.referring.filter(kind=Kind.REVERSAL).exists():
            raise Conflict("This entry was reversed before.", code="reversed", field="entry")
        reversal = _by_hand(account, actor, Kind.REVERSAL, -entry.amount, reason, entry)
        if entry.kind == Kind.FEE:
            take_off(reversal, entry.amount)
        if entry.kind == Kind.REFUND and entry.refers_to:
            payment = entry.refers_to.payment
            payment.refresh_from_db()
            change(payment, refunded_amount=payment.refunded_amount - entry.amount)
        settle(account, reversal, reversal.booked_at)
        restore(account, entry)
    return account


def open_on(account: BillingAccount) -> Decimal:
    """What is invoiced and not paid, due or not."""
    return total(account.invoices.all(), F("amount") - F("paid_amount"))


def _refuse_wrong(amount: Decimal, reason: str) -> None:
    if errors := [*not_an_amount(amount), *required_reason(reason)]:
        raise Invalid.of(errors)


def _by_hand(
    account: BillingAccount, actor: User | None, kind: str, amount: Decimal, reason: str, refers_to: LedgerEntry | None = None
) -> LedgerEntry:
    now = timezone.now()
    return post(
        account,
        kind,
        amount,
        actor_id=actor.pk if actor else None,
        effective_at=now,
        booked_at=now,
        refers_to=refers_to,
        reason=reason,
    )
