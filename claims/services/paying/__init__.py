"""Payments: asked for, approved, sent out, cleared; or stopped, or voided. Each step holds the claim's lock."""

from claims.services.paying.approving import approve_payment
from claims.services.paying.asking import left_to_pay, pay_claim
from claims.services.paying.issuing import clear_payment, issue_payment
from claims.services.paying.taking_back import stop_payment, void_payment

__all__ = ["approve_payment", "clear_payment", "issue_payment", "left_to_pay", "pay_claim", "stop_payment", "void_payment"]
