"""Booking an entry, and what follows from it: the one place that writes entries, lines and running totals.

Whoever comes here holds the account's lock. Money is what the entries leave beyond the invoices: Σ lines − Σ entries. It pays the oldest
due first, and what it does not need for that is the credit; so Σ open − credit = Σ entries, always. Where it would be below nought (a
payment that bounced after its refund), an invoice due at once collects the difference.
"""

import datetime
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from policies.billing.events import EntryBooked
from policies.billing.models import BillingAccount, Invoice, InvoiceLine, Kind, LedgerEntry, by_invoice
from policies.billing.rules import covered, taken_off
from policies.billing.services.lapsing import follow
from policies.models import Policy
from vanguard import context
from vanguard.audit import change
from vanguard.errors import FieldError, NotFound, StaleVersion
from vanguard.events import publish
from vanguard.money import CENT, ZERO
from vanguard.numbers import next_numbers
from vanguard.validation import check

# What makes the premium more.
CHARGED = (Kind.PREMIUM_CHARGE, Kind.ENDORSEMENT_CHARGE)


def locked_account(version: int | None = None, **which: UUID) -> BillingAccount:
    """The account, locked until the transaction ends, and before it its policy, whose cover hangs on what is paid: the order of every
    premium booking. Raises NotFound; StaleVersion when `version` is given and no longer its own.
    """
    policies = Policy.objects.select_for_update(no_key=True).filter(pk__in=BillingAccount.objects.filter(**which).values("policy"))
    policy = policies.first()
    account = BillingAccount.objects.select_for_update().filter(policy=policy).first() if policy else None
    if policy is None or account is None:
        raise NotFound("This policy has no billing account: no premium was booked for it here.")
    account.policy = policy
    if version is not None and account.version != version:
        raise StaleVersion("Somebody else changed this account meanwhile. Nothing was saved; read it again.")
    return account


def post(
    account: BillingAccount,
    kind: str,
    amount: Decimal,
    *,
    actor_id: UUID | None,
    effective_at: datetime.datetime,
    booked_at: datetime.datetime,
    refers_to: LedgerEntry | None = None,
    policy_version: int | None = None,
    reason: str = "",
) -> LedgerEntry:
    """Add one entry. The caller lays out its lines, if it has any, and settles the account."""
    entry = LedgerEntry(
        account=account,
        kind=kind,
        amount=amount,
        actor_id=actor_id,
        effective_at=effective_at,
        booked_at=booked_at,
        refers_to=refers_to,
        policy_version=policy_version,
        reason=reason,
        correlation_id=context.correlation_id.get(),
    )
    check(entry)
    entry.save(force_insert=True)
    publish(EntryBooked(account.policy_id, entry.pk, kind, amount, actor_id))
    return entry


def invoice(entry: LedgerEntry, dues: Sequence[tuple[datetime.datetime, Decimal]]) -> list[Invoice]:
    """New invoices for `entry`, one for each due date with an amount. Numbered in the order of their due dates."""
    dues = [(due_at, amount) for due_at, amount in dues if amount]
    if not dues:
        return []
    numbers = next_numbers("INV", entry.booked_at.year, len(dues))
    made = [
        Invoice(account_id=entry.account_id, invoice_number=number, due_at=due_at, amount=amount)
        for number, (due_at, amount) in zip(numbers, dues, strict=True)
    ]
    Invoice.objects.bulk_create(made)
    InvoiceLine.objects.bulk_create([InvoiceLine(invoice=each, entry=entry, amount=each.amount) for each in made])
    return made


def invoice_at_once(account: BillingAccount, entry: LedgerEntry) -> None:
    """A charge with no instalment to come: the credit pays it, and what is beyond that is invoiced and due at once.

    So that it is never paid with the money that has paid an earlier invoice.
    """
    invoice(entry, [(entry.booked_at, max(entry.amount - account.credit, ZERO))])


def spread(entry: LedgerEntry, invoices: Sequence[Invoice], amounts: Sequence[Decimal]) -> None:
    """Put `amounts` of `entry` on invoices that are there: more to collect, or, below nought, less."""
    lines = zip(invoices, amounts, strict=True)
    InvoiceLine.objects.bulk_create([InvoiceLine(invoice=each, entry=entry, amount=amount) for each, amount in lines if amount])


def take_off(entry: LedgerEntry, amount: Decimal) -> None:
    """Collect less by what `entry` gives back, as far as it is open: a premium from the last instalment backwards, a fee on its own.

    What is not open any more is money of the account, which pays whatever is due first.
    """
    given_back = Q(entry=entry.refers_to_id) if entry.refers_to_id else Q(entry__kind__in=CHARGED)
    of_it = InvoiceLine.objects.filter(given_back, invoice=OuterRef("pk"), amount__gt=0)
    invoices = list(Invoice.objects.open().filter(Exists(of_it), account_id=entry.account_id).order_by("due_at", "invoice_number"))
    taken = taken_off([each.open_amount for each in invoices], amount)
    spread(entry, invoices, [-each for each in taken])


def settle(account: BillingAccount, entry: LedgerEntry, moment: datetime.datetime) -> None:
    """Bring the running totals in line with entries and lines, from scratch, and the notice that stands with what is paid.

    `entry` is what was booked or laid out anew at `moment`, which is now.
    """
    billed = by_invoice(InvoiceLine.objects.filter(invoice__account=account))
    money = sum(billed.values(), ZERO) - account.balance
    if money < ZERO:
        invoice(entry, [(moment, -money)])
        billed, money = by_invoice(InvoiceLine.objects.filter(invoice__account=account)), ZERO
    invoices = list(account.invoices.order_by("due_at", "invoice_number"))
    paid, credit = covered([billed.get(each.pk, ZERO) for each in invoices], money)
    _write_totals(invoices, [(billed.get(each.pk, ZERO), part) for each, part in zip(invoices, paid, strict=True)])
    change(account, credit=credit, next_due_at=min((each.due_at for each in invoices if each.open_amount), default=None))
    follow(account, moment)


def required_reason(reason: str) -> list[FieldError]:
    """What an entry by hand must say."""
    return [] if reason.strip() else [FieldError("reason", "required", "Reason is missing.")]


def not_an_amount(amount: Decimal) -> list[FieldError]:
    """What is wrong with an amount that somebody typed: it is above nought, in whole cents."""
    if not amount.is_finite() or amount <= ZERO:
        return [FieldError("amount", "not_positive", "Enter more than 0.00.")]
    if amount != amount.quantize(CENT, rounding=ROUND_DOWN):
        return [FieldError("amount", "too_many_decimals", "An amount has at most two decimals.")]
    return []


def _write_totals(invoices: Sequence[Invoice], totals: Sequence[tuple[Decimal, Decimal]]) -> None:
    now, stale = timezone.now(), []
    for each, (amount, paid_amount) in zip(invoices, totals, strict=True):
        if (each.amount, each.paid_amount) != (amount, paid_amount):
            each.amount, each.paid_amount = amount, paid_amount
            each.version, each.updated_at = each.version + 1, now
            stale.append(each)
    Invoice.objects.bulk_update(stale, ["amount", "paid_amount", "version", "updated_at"])
