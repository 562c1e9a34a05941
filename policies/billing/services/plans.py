"""Changing how a premium is paid."""

from uuid import UUID

from policies.billing.models import BillingAccount, Plan
from policies.billing.services.instalments import lay_out_again
from policies.billing.services.ledger import locked_account
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, Invalid


def change_plan(actor: User | None, policy_id: UUID, *, plan: str, version: int | None) -> BillingAccount:
    """Lay out what is open of the premium by another plan, from the start of the term. The present invoices stay, with nothing on them.

    Raises Conflict once a payment stands ("paid_before"), and while a notice of non-payment stands, or has run out ("noticed"): what
    was due at its instant stays what it was.
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
        if account.notices.filter(paid_at=None).exists():
            raise Conflict("Notice of non-payment was given by the present plan, so it stays.", code="noticed", field="plan")
        change(account, plan=plan)
        lay_out_again(account)
        return account
