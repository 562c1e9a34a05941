"""Every change to an account. Each function is one transaction, asks for the permission, and refuses by a DomainError."""

from policies.billing.services.adjustments import charge_fee, reverse_entry, write_off
from policies.billing.services.delinquency import Chased, run_delinquency
from policies.billing.services.deliveries import allocate_event, take_delivery
from policies.billing.services.payments import receive_payment, refund_payment, reverse_payment
from policies.billing.services.plans import change_plan
from policies.billing.services.premiums import book_premium

__all__ = [
    "Chased",
    "allocate_event",
    "book_premium",
    "change_plan",
    "charge_fee",
    "receive_payment",
    "refund_payment",
    "reverse_entry",
    "reverse_payment",
    "run_delinquency",
    "take_delivery",
    "write_off",
]
