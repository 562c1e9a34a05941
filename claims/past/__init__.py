"""A claim as it was known at an instant: its state from its steps, its money from its ledger, corrected facts from the audit trail."""

from claims.past.claim import PastClaim, claim_known_at, notes_for
from claims.past.money import payments_at, to_pay_at

__all__ = ["PastClaim", "claim_known_at", "notes_for", "payments_at", "to_pay_at"]
