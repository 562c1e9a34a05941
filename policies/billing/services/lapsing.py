"""What becomes of a notice of non-payment: the one place that decides it. (docs/decisions/0118 and 0133)

Cover ends at the instant that a notice names unless what was received before it has paid the notice's invoice. That is worked out from
the entries, by when money came and by what was charged then: never from when a command ran, or when somebody typed it. Whoever comes
here holds the policy's lock and the account's.
"""

import datetime
from collections.abc import Iterable

from django.db.models import F, QuerySet

from policies.billing.models import BillingAccount, InvoiceLine, Kind, LedgerEntry, Notice, by_invoice
from policies.billing.rules import covered
from policies.models import Policy
from policies.reading import ends_with_prior
from policies.services import can_lapse, reinstated_by_hand, the_renewal, undo_lapse
from vanguard.accounts.models import User
from vanguard.audit import change
from vanguard.money import ZERO

# What pays invoices without a line of its own.
MONEY = (Kind.PAYMENT, Kind.WRITE_OFF)


def is_paid_in_time(notice: Notice) -> bool:
    """Whether what came before `notice.lapses_at` paid the notice's invoice, as the books of that instant had it.

    A payment counts from its receipt, whenever it was booked, and one that bounced is none, whenever that was told. Charges and credits
    count from when they were booked: a return premium that is granted later has paid nothing in time. Until it was told that a payment
    had bounced which had paid in time, the cover went on: what came by then has paid in time as well.
    """
    entries = list(notice.account.entries.select_related("refers_to"))
    instants = [notice.lapses_at, *_bounced_late(notice, entries)]
    return any(_is_paid(notice, entries, instant) for instant in instants)


def _bounced_late(notice: Notice, entries: list[LedgerEntry]) -> list[datetime.datetime]:
    """When it was told, after the notice's instant, that what had paid it in time had bounced."""
    told = [each.booked_at for each in entries if _is_bounce(each) and each.booked_at > notice.lapses_at]
    known = {moment: [each for each in entries if each.booked_at < moment] for moment in told}
    return [moment for moment, then in known.items() if _is_paid(notice, then, notice.lapses_at)]


def _is_bounce(entry: LedgerEntry) -> bool:
    return entry.kind == Kind.REVERSAL and entry.refers_to is not None and entry.refers_to.kind in MONEY


def _is_paid(notice: Notice, entries: Iterable[LedgerEntry], instant: datetime.datetime) -> bool:
    """Whether those of `entries` that count by `instant` pay the notice's invoice, the oldest due first."""
    entries = [each for each in entries if _counts(each, instant)]
    billed = by_invoice(InvoiceLine.objects.filter(entry__in=entries))
    money = sum(billed.values(), ZERO) - sum((each.amount for each in entries), ZERO)
    numbers = notice.account.invoices.order_by("due_at", "invoice_number").values_list("pk", flat=True)
    amounts = {pk: billed.get(pk, ZERO) for pk in numbers}
    paid, _ = covered(list(amounts.values()), max(money, ZERO))
    return dict(zip(amounts, paid, strict=True))[notice.invoice_id] == amounts[notice.invoice_id]


def _counts(entry: LedgerEntry, instant: datetime.datetime) -> bool:
    of = entry.refers_to if entry.refers_to is not None and _is_bounce(entry) else entry
    return (of.effective_at if of.kind in MONEY else of.booked_at) < instant


def _in_order(account: BillingAccount) -> QuerySet[Notice]:
    return account.notices.select_related("account").order_by("given_at", "id")


def ended_before(policy: Policy, instant: datetime.datetime) -> bool:
    """Whether there was no cover left to end at `instant`: whatever is booked for later does not stand against a lapse."""
    return policy.end_date <= instant or (policy.cancelled_at is not None and policy.cancelled_at <= instant)


def follow(account: BillingAccount, moment: datetime.datetime) -> None:
    """End the notice that stands, if it is paid in time, or if the cover was cancelled from before its instant."""
    notice = _in_order(account).filter(paid_at=None, lapsed_at=None).first()
    if notice is None:
        return
    if account.policy.cancelled_at is not None and ended_before(account.policy, notice.lapses_at):
        change(notice, lapsed_at=max(moment, notice.given_at))
    elif is_paid_in_time(notice):
        change(notice, paid_at=max(moment, notice.given_at))
    else:
        return
    tell_policy(account.policy, None)


def restore(account: BillingAccount, reversed_one: LedgerEntry) -> None:
    """`reversed_one` had ended the last notice: it is as if it had never come, and the instant holds that the notice named.

    Not where money that came since has paid the invoice all the same, or a person has reinstated the policy since: whoever did that has
    gone on with the cover. Nor where the lapse could not be booked, because a claim was approved for a loss after it: a policy that
    nobody can move helps nobody. In each of these what is open gets a notice of its own.
    """
    notice = _in_order(account).last()
    if notice is None or notice.paid_at is None or not notice.invoice.open_amount or ended_before(account.policy, notice.lapses_at):
        return
    if reversed_one.kind not in MONEY or reversed_one.effective_at >= notice.lapses_at or is_paid_in_time(notice):
        return
    if reinstated_by_hand(account.policy, min(notice.paid_at, notice.lapses_at)) or not can_lapse(account.policy, notice.lapses_at):
        return
    change(notice, paid_at=None)
    tell_policy(account.policy, notice.lapses_at)


def bring_back(account: BillingAccount, actor: User | None, moment: datetime.datetime) -> None:
    """Undo each lapse that was written down, where a payment that had come in time is booked only now, by `actor`.

    Not where money was paid out since: what came in time may not be here any more, and a person looks at that.
    """
    for notice in _in_order(account).filter(lapsed_at__gte=F("lapses_at")).reverse():
        if _is_refunded_since(account, notice.lapses_at) or not is_paid_in_time(notice):
            continue
        if undo_lapse(actor, account.policy, notice.lapses_at):
            change(notice, lapsed_at=None, paid_at=max(moment, notice.given_at))
            account.refresh_from_db(fields=["credit", "next_due_at", "version", "updated_at"])


def _is_refunded_since(account: BillingAccount, instant: datetime.datetime) -> bool:
    refunds = account.entries.filter(kind=Kind.REFUND, booked_at__gte=instant)
    return refunds.exclude(referring__kind=Kind.REVERSAL).exists()


def align(policy: Policy, account: BillingAccount | None, moment: datetime.datetime) -> None:
    """Bring notice and policy in line, both ways, and what renews it, where a writer of an earlier release knew only of the notice."""
    if account is not None:
        follow(account, moment)
    tell_again(policy)


def tell_again(policy: Policy) -> None:
    """As tell_policy, by the notice that stands."""
    tell_policy(policy, _named(policy))


def tell_policy(policy: Policy, named: datetime.datetime | None) -> None:
    """Write onto the policy when its cover ends unpaid, and onto what renews it: where a term lapses before its end, nothing of its
    renewal is covered. `named` is the instant of its own notice; that of the term before it goes before.

    The caller holds the policy's lock; renewals are locked here, after what they renew, as always.
    """
    lapses_at = ends_with_prior(policy) or named
    if policy.lapses_at != lapses_at:
        change(policy, lapses_at=lapses_at)
    if renewal := the_renewal(policy, hold=True):
        tell_again(renewal)


def _named(policy: Policy) -> datetime.datetime | None:
    """The instant that the notice names which stands on the policy itself."""
    standing = Notice.objects.filter(account__policy=policy.pk, paid_at=None, lapsed_at=None)
    return standing.values_list("lapses_at", flat=True).first()
