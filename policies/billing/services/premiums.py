"""What a premium booking does to the account: whatever changes the written premium changes what is owed by the same amount."""

from policies.billing.models import BillingAccount, Kind, LedgerEntry, Plan
from policies.billing.rules import due_dates, parts
from policies.billing.services.ledger import invoice, invoice_at_once, post, settle, spread, take_off
from policies.events import PremiumBooked
from policies.models import Policy
from vanguard.money import ZERO

# A term begins with these: its premium is laid out over the plan's due dates.
TERMS = ("new_business", "renewal")


def book_premium(event: PremiumBooked) -> BillingAccount:
    """Books `event` inside the caller's transaction, which holds the policy's lock; the first one makes the account.

    A term's premium becomes the plan's instalments. An additional premium is spread over the instalments still to come, or invoiced at
    once where there is none. A return premium reduces what is open, the last instalment first, and what is left of it is credit.
    """
    account, _ = BillingAccount.objects.select_for_update().get_or_create(policy_id=event.policy_id, defaults={"plan": _plan_for(event)})
    if event.amount == ZERO:
        return account
    entry = post(
        account,
        _kind(event),
        event.amount,
        actor_id=event.actor_id,
        effective_at=event.effective_at,
        booked_at=event.booked_at,
        policy_version=event.version,
    )
    if event.amount < ZERO:
        take_off(entry, -event.amount)
    elif event.kind in TERMS:
        lay_out(account, entry)
    else:
        _spread_over_what_comes(account, entry)
    settle(account, entry)
    return account


def _plan_for(event: PremiumBooked) -> str:
    """A renewal is paid as the policy that it renews is; anything else at once, until another plan is chosen."""
    if event.kind != "renewal":
        return Plan.ANNUAL
    renewed = Policy.objects.filter(pk=event.policy_id).values("renews")
    return BillingAccount.objects.filter(policy__in=renewed).values_list("plan", flat=True).first() or Plan.ANNUAL


def lay_out(account: BillingAccount, entry: LedgerEntry) -> None:
    """The plan's instalments of a term. None is due before it was booked."""
    end = Policy.objects.values_list("end_date", flat=True).get(pk=account.policy_id)
    dates = due_dates(entry.effective_at, end, account.plan)
    dues = [max(date, entry.booked_at) for date in dates]
    invoice(entry, list(zip(dues, parts(entry.amount, len(dues)), strict=True)))


def _spread_over_what_comes(account: BillingAccount, entry: LedgerEntry) -> None:
    coming = list(account.invoices.filter(due_at__gt=entry.booked_at).order_by("due_at", "invoice_number"))
    if coming:
        spread(entry, coming, parts(entry.amount, len(coming)))
    else:
        invoice_at_once(account, entry)


def _kind(event: PremiumBooked) -> str:
    if event.amount > ZERO:
        return Kind.ENDORSEMENT_CHARGE if event.kind in ("endorsement", "correction") else Kind.PREMIUM_CHARGE
    return Kind.CANCELLATION_CREDIT if event.kind == "cancellation" else Kind.ENDORSEMENT_CREDIT
