"""Quotes in the workbench: list, quote page, referral queue, and their part of the home page, the sidebar and the search."""

from policies.quotes.admin import elsewhere, figures, home, search
from policies.quotes.admin.quote import QuoteAdmin
from policies.quotes.admin.rule import UnderwritingRuleAdmin
from vanguard.workbench.contributions import Key, NavItem
from vanguard.workbench.site import workbench

__all__ = ["QuoteAdmin", "UnderwritingRuleAdmin"]

LIST = "admin:quotes_quote_changelist"

workbench().add_navigation(
    NavItem("Quotes", LIST, "doc", order=42, go="q", permission="quotes.view_quote"),
    NavItem("Referrals", LIST, "two", order=44, query="view=referred", permission="quotes.approve_quote", count=figures.referrals),
)
workbench().add_board(home.board)
workbench().add_search(search.search)
workbench().add_keys(Key("Go to the quotes", ("G", "Q")))
workbench().add_record_panel("customers.customer", elsewhere.on_customer)
workbench().add_record_panel("policies.policy", elsewhere.on_policy)
