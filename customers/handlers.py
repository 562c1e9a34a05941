"""What the platform does when records are merged: lines for compliance."""

from customers.events import CustomerErased, CustomersMerged, CustomersUnmerged
from vanguard.events import on
from vanguard.observability.compliance import recorded_as

on(CustomersMerged)(recorded_as("customers_merged"))
on(CustomersUnmerged)(recorded_as("customers_unmerged"))
on(CustomerErased)(recorded_as("customer_erased"))
