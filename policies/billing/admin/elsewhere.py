"""Billing on the policy page, which does not know of it."""

from django.http import HttpRequest

from policies.billing import reading
from policies.billing.models import BillingAccount
from policies.models import Policy
from vanguard.workbench.contributions import Panel
from vanguard.workbench.model_admin import actor_of

ENTRIES, INVOICES = 6, 6


def on_policy(request: HttpRequest, policy: Policy) -> Panel | None:
    """What is owed and why, the instalments, and the newest entries; None where nothing was ever billed."""
    user = actor_of(request)
    if not user.has_perm("billing.view_billingaccount"):
        return None
    account = BillingAccount.objects.filter(policy=policy).first()
    if account is None:
        return None
    account.policy = policy
    entries = reading.entries_of(account)
    invoices = [each for each in account.invoices.order_by("due_at", "invoice_number") if each.amount]
    shown = [each for each in invoices if each.open_amount][:INVOICES] or invoices[-1:]
    words = {
        "account": account,
        "identity": reading.identity(entries),
        "entries": entries[:ENTRIES],
        "invoices": shown,
        "more": f"{len(shown)} of {len(invoices)} instalments; the others are on the account." if len(shown) < len(invoices) else "",
        "may_pay": user.has_perm("billing.receive_payment"),
    }
    return Panel("billing/on_policy.html", words, order=20)
