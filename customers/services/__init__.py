"""Every change to a customer. Each function is one transaction, asks for the permission, and refuses by a DomainError."""

from customers.services.contacts import record_contact
from customers.services.duplicates import Lookalike, duplicates_of, find_duplicates
from customers.services.erasing import erase_again, erase_due, request_erasure, standing_of
from customers.services.holds import hold_on, lift_hold, set_hold
from customers.services.merging import TAKEABLE, merge_customers, moved_ids, record_moved, unmerge_customers
from customers.services.records import create_customer, delete_customer, lookup_by_ssn, prepare, refuse_merged, update_customer

__all__ = [
    "TAKEABLE",
    "Lookalike",
    "create_customer",
    "delete_customer",
    "duplicates_of",
    "erase_again",
    "erase_due",
    "find_duplicates",
    "hold_on",
    "lift_hold",
    "lookup_by_ssn",
    "merge_customers",
    "moved_ids",
    "prepare",
    "record_contact",
    "record_moved",
    "refuse_merged",
    "request_erasure",
    "set_hold",
    "standing_of",
    "unmerge_customers",
    "update_customer",
]
