"""Changing how a premium is paid."""

from uuid import UUID

from policies.billing.models import BillingAccount, Kind, Plan
from policies.billing.rules import due_dates, parts
from policies.billing.services.ledger import invoice, locked_account, settle, spread
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.money import ZERO


def change_plan(actor: User | None, policy_id: UUID, *, plan: str, version: int | None) -> BillingAccount:
    """Lay out what is open by another plan, from the start of the term. The present invoices stay, with nothing on them.

    Raises Conflict once a payment stands ("paid_before"), and while a notice of non-payment stands ("noticed").
    """
    require(actor, "billing.change_plan")
    if plan not in Plan.values:
        raise Invalid(f"Plan is one of {', '.join(Plan.values)}.", code="unknown", field="plan")
    with unit_of_work(actor):
        account = locked_account(version, policy_id=policy_id)
        if account.plan == plan:
            return account
        if account.payments.filter(reversed_at=None).exists():
            raise Conflict("A payment was received by the present plan, so it stays.", code="paid_before", field="plan")
        if account.notices.filter(paid_at=None, lapsed_at=None).exists():
            raise Conflict("Notice of non-payment was given by the present plan, so it stays.", code="noticed", field="plan")
        change(account, plan=plan)
        _lay_out_again(account)
        return account


def _lay_out_again(account: BillingAccount) -> None:
    """Due dates are those that the plan would have had from the beginning, so that another plan is no way to pay later than it says."""
    entry = account.entries.filter(kind=Kind.PREMIUM_CHARGE).last()
    invoices = list(account.invoices.open())
    total = sum((each.open_amount for each in invoices), ZERO)
    if entry is None or not total:
        return
    spread(entry, invoices, [-each.open_amount for each in invoices])
    dates = due_dates(entry.effective_at, account.policy.end_date, account.plan)
    dues = [max(date, entry.booked_at) for date in dates]
    invoice(entry, list(zip(dues, parts(total, len(dues)), strict=True)))
    settle(account, entry)
