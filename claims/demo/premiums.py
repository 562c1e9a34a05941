"""Billing accounts of the demo's policies: paid up, overdue, in their grace, lapsed, in credit; each step by the service that does it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from policies.billing import services
from policies.billing.models import BillingAccount, Invoice, Payment, Plan
from policies.billing.providers import LOCAL, PAYMENT_RECEIVED, Told
from policies.events import PremiumBooked
from policies.models import Policy
from vanguard.accounts.models import User
from vanguard.money import to_cents

METHODS = ("bank_transfer", "direct_debit", "card", "check")
# The job that chases what is unpaid ran on these days, the last time yesterday morning.
CHASED = (38, 24, 12, 6)


@dataclass(frozen=True, slots=True)
class Payer:
    """How one policyholder pays: the policy began so many `days` ago, `minutes` into the day; the `unpaid` last of what is due is open."""

    plan: Plan
    days: int
    unpaid: int = 0
    minutes: int = 0


MONTHLY, QUARTERLY, HALF, ANNUAL = Plan.MONTHLY, Plan.QUARTERLY, Plan.SEMI_ANNUAL, Plan.ANNUAL
PAID_UP = (
    *(Payer(MONTHLY, days) for days in (75, 48, 20)),
    *(Payer(QUARTERLY, days) for days in (310, 250, 160, 45)),
    *(Payer(HALF, days) for days in (290, 120)),
    *(Payer(ANNUAL, days) for days in (340, 338, 200, 90, 12)),
)
JUST_OVERDUE = (Payer(ANNUAL, 1, 1), Payer(ANNUAL, 2, 1), Payer(ANNUAL, 4, 1))
IN_GRACE = (Payer(ANNUAL, 8, 1), Payer(ANNUAL, 15, 1), Payer(ANNUAL, 26, 1))
LAPSED = (Payer(ANNUAL, 41, 1),)
# Cover begins tonight, and the premium is due with it.
DUE_TODAY = tuple(Payer(plan, 0, minutes=23 * 60 + 59) for plan in (ANNUAL, QUARTERLY))
QUIET = (*PAID_UP, *JUST_OVERDUE, *IN_GRACE, *LAPSED, *DUE_TODAY)


def open_account(policy: Policy, payer: Payer, now: datetime) -> BillingAccount:
    """What the booking of the policy, when it began, would have made: the ledger's first entry, and the plan's instalments."""
    begins, booked = policy.start_date, min(policy.start_date, now)
    account = services.book_premium(PremiumBooked(policy.pk, 1, "new_business", policy.premium_amount, begins, booked, None))
    return account if payer.plan == account.plan else services.change_plan(None, policy.pk, plan=payer.plan, version=None)


def pay(actor: User, account: BillingAccount, payer: Payer, rng: Random, now: datetime) -> list[Payment]:
    """Pay what is due but for the `unpaid` last of it, each within days of its due date."""
    due = list(Invoice.objects.open().filter(account=account, due_at__lte=now).order_by("due_at"))
    method = rng.choice(METHODS)
    return [
        services.receive_payment(
            actor,
            account.policy_id,
            amount=invoice.open_amount,
            method=method,
            reference=f"{invoice.invoice_number}" if method == "bank_transfer" else "",
            received_at=min(invoice.due_at + timedelta(hours=rng.randint(8, 90)), now),
        )
        for invoice in due[: len(due) - payer.unpaid]
    ]


def chase(now: datetime) -> None:
    """The delinquency job on the days on which it would have run: notices, and a lapse where a grace has run out since."""
    for days in CHASED:
        services.run_delinquency(now - timedelta(days=days))


def adjust(actor: User, paid: list[Payment], overdue: BillingAccount, small: BillingAccount) -> None:
    """What Finance did by hand: a payment that bounced with its fee, and a remainder that was not worth a letter."""
    # A new one: what has been unpaid for longer than the grace would have ended the cover.
    monthly = (payment for payment in paid if payment.account.plan == MONTHLY)
    bounced = max(monthly, key=lambda payment: payment.received_at)
    services.reverse_payment(actor, bounced.pk, reason="The bank returned it: insufficient funds.")
    services.charge_fee(actor, bounced.account.policy_id, amount=Decimal("25.00"), reason="Returned payment.")
    services.charge_fee(actor, overdue.policy_id, amount=Decimal("10.00"), reason="Late payment, second reminder.")
    services.charge_fee(actor, small.policy_id, amount=Decimal("3.17"), reason="Bank charges of the transfer.")
    services.write_off(actor, small.policy_id, amount=Decimal("3.17"), reason="Too small to collect; the customer has paid for ten years.")


def refund_part(actor: User, account: BillingAccount) -> None:
    """Half of what is held goes back to who paid it; the rest waits."""
    account.refresh_from_db()
    payment = account.payments.order_by("-amount").first()
    if payment is not None and account.credit:
        services.refund_payment(
            actor, payment.pk, amount=to_cents(account.credit / 2), reason="Asked for by telephone, to the same account."
        )


def unallocated(now: datetime) -> None:
    """Money that came with a number that is nobody's."""
    for number, (amount, named) in enumerate((("183.40", "POL-2026-O00127"), ("96.25", "HO 4471 Whitaker"))):
        said = now - timedelta(days=number, hours=3)
        told = Told(f"evt_demo_{number}", PAYMENT_RECEIVED, said, f"pi_demo_{number}", Decimal(amount), "bank_transfer", named)
        services.take_delivery(LOCAL, told, told.event_id.encode())
