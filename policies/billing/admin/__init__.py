"""Billing in the workbench: accounts and their commands, money that waits for an account, Finance's part of the home page."""

from policies.billing.admin import elsewhere, home
from policies.billing.admin.account import BillingAccountAdmin
from policies.billing.admin.events import ProviderEventAdmin
from policies.billing.admin.grace import GracePeriodAdmin
from vanguard.workbench.contributions import NavItem
from vanguard.workbench.site import workbench

__all__ = ["BillingAccountAdmin", "GracePeriodAdmin", "ProviderEventAdmin"]

workbench().add_navigation(
    NavItem("Billing", "admin:billing_billingaccount_changelist", "money", order=45, go="b", permission="billing.view_billingaccount")
)
workbench().add_board(home.board)
workbench().add_record_panel("policies.policy", elsewhere.on_policy)
