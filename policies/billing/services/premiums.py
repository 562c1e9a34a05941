"""What a premium booking does to the account: whatever changes the written premium changes what is owed by the same amount."""

from policies.billing.models import BillingAccount, Kind, LedgerEntry, Plan
from policies.billing.services.instalments import correct, lay_out, spread_over_what_comes
from policies.billing.services.lapsing import follow, tell_again
from policies.billing.services.ledger import post, settle, take_off
from policies.events import PremiumBooked
from policies.models import Policy
from vanguard.money import ZERO

# A term begins with these: its premium is laid out over the plan's due dates.
TERMS = ("new_business", "renewal")


def book_premium(event: PremiumBooked) -> BillingAccount:
    """Books `event` inside the caller's transaction, which holds the policy's lock; the first one makes the account.

    A term's premium becomes the plan's instalments. An additional premium is spread over the instalments still to come, or invoiced at
    once where there is none. A return premium reduces what is open, the last instalment first, and what is left of it is credit. A
    correction moves what is not due or not paid yet to where the right term has it.
    """
    account, _ = BillingAccount.objects.select_for_update().get_or_create(policy_id=event.policy_id, defaults={"plan": _plan_for(event)})
    entry = _post(account, event) if event.amount != ZERO else None
    if event.kind == "correction":
        correct(account, entry, event.booked_at)
        if account.policy.lapses_at is not None:
            # Where a term ends decides whether it lapses before that, and its renewal along.
            tell_again(account.policy)
    elif entry is not None:
        _collect(account, entry, event)
    else:
        # Also a cancellation that gives nothing back may leave a notice nothing to end.
        follow(account, event.booked_at)
    return account


def _post(account: BillingAccount, event: PremiumBooked) -> LedgerEntry:
    return post(
        account,
        _kind(event),
        event.amount,
        actor_id=event.actor_id,
        effective_at=event.effective_at,
        booked_at=event.booked_at,
        policy_version=event.version,
    )


def _collect(account: BillingAccount, entry: LedgerEntry, event: PremiumBooked) -> None:
    if event.amount < ZERO:
        take_off(entry, -event.amount)
    elif event.kind in TERMS:
        lay_out(account, entry)
    else:
        spread_over_what_comes(account, entry)
    settle(account, entry, event.booked_at)


def _plan_for(event: PremiumBooked) -> str:
    """A renewal is paid as the policy that it renews is; anything else at once, until another plan is chosen."""
    if event.kind != "renewal":
        return Plan.ANNUAL
    renewed = Policy.objects.filter(pk=event.policy_id).values("renews")
    return BillingAccount.objects.filter(policy__in=renewed).values_list("plan", flat=True).first() or Plan.ANNUAL


def _kind(event: PremiumBooked) -> str:
    if event.amount > ZERO:
        return Kind.ENDORSEMENT_CHARGE if event.kind in ("endorsement", "correction") else Kind.PREMIUM_CHARGE
    return Kind.CANCELLATION_CREDIT if event.kind == "cancellation" else Kind.ENDORSEMENT_CREDIT
