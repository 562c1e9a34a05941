"""Customers in the workbench: list, customer page with masked personal data, creating and editing, and their part of the search."""

from customers.admin.customer import CustomerAdmin
from customers.admin.search import search
from vanguard.workbench.contributions import NavItem
from vanguard.workbench.site import workbench

__all__ = ["CustomerAdmin"]

workbench().add_navigation(
    NavItem("Customers", "admin:customers_customer_changelist", "person", order=50, go="c", permission="customers.view_customer")
)
workbench().add_search(search)
