"""Every change to a customer. Each function is one transaction, asks for the permission, and refuses by a DomainError."""

from customers.services.contacts import record_contact
from customers.services.duplicates import Lookalike, duplicates_of, find_duplicates
from customers.services.erasing import erase_again, erase_due, request_erasure, standing_of
from customers.services.exporting import export_customer
from customers.services.holds import hold_on, lift_hold, set_hold
from customers.services.merging import TAKEABLE, merge_customers, moved_ids, record_moved, unmerge_customers
from customers.services.records import create_customer, delete_customer, lookup_by_ssn, prepare, refuse_merged, update_customer
from customers.services.revealing import break_glass, glass_of, midnight, reveal, revealed_today

__all__ = [
    "TAKEABLE",
    "Lookalike",
    "break_glass",
    "create_customer",
    "delete_customer",
    "duplicates_of",
    "erase_again",
    "erase_due",
    "export_customer",
    "find_duplicates",
    "glass_of",
    "hold_on",
    "lift_hold",
    "lookup_by_ssn",
    "merge_customers",
    "midnight",
    "moved_ids",
    "prepare",
    "record_contact",
    "record_moved",
    "refuse_merged",
    "request_erasure",
    "reveal",
    "revealed_today",
    "set_hold",
    "standing_of",
    "unmerge_customers",
    "update_customer",
]
