"""Where a premium is collected: laid out over a plan's due dates, spread over what comes, and laid out again where plan or term change.

Fees have invoices of their own, which nothing here touches. An instalment that was laid out anew has a line below nought of a charge on
its old invoice: such an invoice is withdrawn, and nothing is put on it again.
"""

import datetime
from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from policies.billing.models import BillingAccount, Invoice, InvoiceLine, InvoiceQuerySet, Kind, LedgerEntry, total
from policies.billing.rules import covered, due_dates, parts, taken_off
from policies.billing.services.ledger import CHARGED, invoice, invoice_at_once, settle, spread, take_off
from policies.models import Policy
from vanguard.accounts.zones import zone_of
from vanguard.money import ZERO

PREMIUM = (*CHARGED, Kind.ENDORSEMENT_CREDIT, Kind.CANCELLATION_CREDIT)


def of_premium(account: BillingAccount) -> InvoiceQuerySet:
    """The invoices that collect premium, in the order in which they are due."""
    rows = Invoice.objects.filter(Exists(_charges().filter(amount__gt=0)), account=account)
    return rows.order_by("due_at", "invoice_number")


def coming(account: BillingAccount, moment: datetime.datetime) -> list[Invoice]:
    """The instalments due after `moment`, also those that nothing is left on; not those that were withdrawn."""
    return list(of_premium(account).filter(~Exists(_charges().filter(amount__lt=0)), due_at__gt=moment))


def _charges() -> QuerySet[InvoiceLine]:
    return InvoiceLine.objects.filter(invoice=OuterRef("pk"), entry__kind__in=CHARGED)


def lay_out(account: BillingAccount, entry: LedgerEntry) -> None:
    """The plan's instalments of a term. None is due before it was booked."""
    dues = _dues(account, entry)
    invoice(entry, list(zip(dues, parts(entry.amount, len(dues)), strict=True)))


def _dues(account: BillingAccount, begun: LedgerEntry) -> list[datetime.datetime]:
    policy = Policy.objects.only("start_date", "end_date", "time_zone").get(pk=account.policy_id)
    dates = due_dates(policy.start_date, policy.end_date, account.plan, zone_of(policy))
    return [max(date, begun.booked_at) for date in dates]


def spread_over_what_comes(account: BillingAccount, entry: LedgerEntry) -> None:
    """An additional premium: over the instalments still to come, or at once where there is none."""
    if to_come := coming(account, entry.booked_at):
        spread(entry, to_come, parts(entry.amount, len(to_come)))
    else:
        invoice_at_once(account, entry)


def lay_out_again(account: BillingAccount) -> None:
    """What is open of the premium, by the plan that the account has now.

    Due dates are those that the plan would have had from the beginning, so that another plan is no way to pay later than it says.
    """
    term, open_ones = _begun(account), list(of_premium(account).open())
    amount = sum((each.open_amount for each in open_ones), ZERO)
    if term is None or not amount:
        return
    spread(term, open_ones, [-each.open_amount for each in open_ones])
    dues = _dues(account, term)
    invoice(term, list(zip(dues, parts(amount, len(dues)), strict=True)))
    settle(account, term, timezone.now())


def _begun(account: BillingAccount) -> LedgerEntry | None:
    """The charge of the term; None where the policy was taken over and its first premium billed elsewhere."""
    return account.entries.filter(kind=Kind.PREMIUM_CHARGE, policy_version=1).first()


def correct(account: BillingAccount, entry: LedgerEntry | None, moment: datetime.datetime) -> None:
    """The term was corrected at `moment`: what is not due or not paid yet moves to where the right term has it. (docs/decisions/0123)

    `entry` is the change of the premium that is booked with it, if it changes. What is paid stays on its invoice; what is due stays
    due as far as it would be by the right term.
    """
    term = _begun(account)
    if term is None:
        if entry is not None:
            _as_any_change(account, entry)
            settle(account, entry, moment)
        return
    dues = [date for date in _dues(account, term) if date > moment]
    if [each.due_at for each in coming(account, moment)] == dues and not _not_due_yet(account, term, moment):
        if entry is not None and not _evenly(entry, coming(account, moment)):
            _as_any_change(account, entry)
    else:
        _move(account, entry, term, dues, moment)
    settle(account, entry or term, moment)


def _as_any_change(account: BillingAccount, entry: LedgerEntry) -> None:
    if entry.amount < ZERO:
        take_off(entry, -entry.amount)
    else:
        spread_over_what_comes(account, entry)


def _not_due_yet(account: BillingAccount, term: LedgerEntry, moment: datetime.datetime) -> list[tuple[Invoice, Decimal]]:
    """What stands as due and unpaid, and would not be due yet by the right term: with the invoices that it is on."""
    dues, written = _dues(account, term), total(account.entries.filter(kind__in=PREMIUM))
    right = sum((part for date, part in zip(dues, parts(written, len(dues)), strict=True) if date <= moment), ZERO)
    due = list(of_premium(account).filter(due_at__lte=moment))
    still_open = [each.open_amount for each in due]
    taken = taken_off(still_open, min(sum(still_open, ZERO), max(sum((each.amount for each in due), ZERO) - right, ZERO)))
    return [(each, part) for each, part in zip(due, taken, strict=True) if part]


def _evenly(entry: LedgerEntry, invoices: Sequence[Invoice]) -> bool:
    """Whether the change could be put on these instalments so that they are equal parts again; then it is."""
    amount = sum((each.open_amount for each in invoices), ZERO) + entry.amount
    if not invoices or amount < ZERO:
        return False
    changes = [part - each.open_amount for part, each in zip(parts(amount, len(invoices)), invoices, strict=True)]
    if any(change * entry.amount < ZERO for change in changes):
        return False
    spread(entry, invoices, changes)
    return True


def _move(
    account: BillingAccount, entry: LedgerEntry | None, term: LedgerEntry, dues: Sequence[datetime.datetime], moment: datetime.datetime
) -> None:
    """Withdraw what is not due by the right term, and lay it out over the due dates to come, or at once where there is none."""
    if entry and entry.amount < ZERO:
        take_off(entry, -entry.amount)
        settle(account, entry, moment)
    pool = [*_not_due_yet(account, term, moment), *((each, each.open_amount) for each in coming(account, moment))]
    left = sum((amount for _, amount in pool), ZERO)
    stays = total(of_premium(account)) - left
    spread(term, [each for each, _ in pool], [-amount for _, amount in pool])
    change = entry.amount if entry and entry.amount > ZERO else ZERO
    if entry and change and not dues:
        invoice(term, [(moment, left)])
        invoice_at_once(account, entry)
        return
    amounts = _to_collect(account, term, left + change, stays, moment) if dues else [left]
    _lay_out_both(term, left, entry, list(zip(dues or [moment], amounts, strict=True)))


def _to_collect(account: BillingAccount, term: LedgerEntry, amount: Decimal, stays: Decimal, moment: datetime.datetime) -> list[Decimal]:
    """`amount` over the due dates to come: the equal parts of the premium, of which `stays` has paid or billed the first ones."""
    dues, written = _dues(account, term), total(account.entries.filter(kind__in=PREMIUM))
    equal = parts(written, len(dues))
    met, _ = covered(equal, min(stays, written))
    still = [part - done for date, part, done in zip(dues, equal, met, strict=True) if date > moment]
    missing = amount - sum(still, ZERO)
    if missing < ZERO:
        return [part - less for part, less in zip(still, taken_off(still, -missing), strict=True)]
    return [part + more for part, more in zip(still, parts(missing, len(still)), strict=True)]


def _lay_out_both(term: LedgerEntry, left: Decimal, entry: LedgerEntry | None, dues: Sequence[tuple[datetime.datetime, Decimal]]) -> None:
    """An invoice for each of `dues`: `left` of the term's charge pays for the first of them, the additional premium for the rest."""
    of_term, _ = covered([amount for _, amount in dues], left)
    made = {each.due_at: each for each in invoice(term, [(date, part) for (date, _), part in zip(dues, of_term, strict=True)])}
    if entry is not None:
        more = [(date, amount - part) for (date, amount), part in zip(dues, of_term, strict=True)]
        spread(entry, [made[date] for date, _ in more if date in made], [amount for date, amount in more if date in made])
        invoice(entry, [(date, amount) for date, amount in more if date not in made])
