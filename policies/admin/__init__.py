"""Policies in the workbench: list, policy page, booking, cancelling, and their part of the home page, sidebar and search."""

from policies.admin import home, pages, search
from policies.admin.policy import PolicyAdmin
from vanguard.workbench.contributions import NavItem
from vanguard.workbench.site import workbench

__all__ = ["PolicyAdmin"]

LIST = "admin:policies_policy_changelist"

workbench().add_navigation(
    NavItem("Policies", LIST, "policy", order=40, go="p", permission="policies.view_policy"),
    NavItem(
        "Changes to approve", LIST, "two", order=45, query="view=waiting", permission="policies.approve_endorsement", count=pages.to_approve
    ),
)
workbench().add_board(home.board)
workbench().add_search(search.search)
workbench().add_record_panel("customers.customer", pages.on_customer)
