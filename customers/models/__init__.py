"""The customer, what hangs on the record, and what is asked about its data."""

from customers.models.customer import (
    CURRENT,
    FEW,
    MASK,
    ContactEntry,
    Customer,
    CustomerMerge,
    CustomerQuerySet,
    DataKey,
    MovedRecord,
    first_or_last_name,
    named,
)
from customers.models.privacy import BreakGlass, CustomerExport, Erasure, LegalHold, Reveal

__all__ = [
    "CURRENT",
    "FEW",
    "MASK",
    "BreakGlass",
    "ContactEntry",
    "Customer",
    "CustomerExport",
    "CustomerMerge",
    "CustomerQuerySet",
    "DataKey",
    "Erasure",
    "LegalHold",
    "MovedRecord",
    "Reveal",
    "first_or_last_name",
    "named",
]
