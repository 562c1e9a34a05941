"""A claim as it was known at an instant: its state from its steps, its money from its ledger, corrected facts from the audit trail."""

from claims.past.claim import PastClaim, claim_known_at, notes_for
from claims.past.facts import NOTHING
from claims.past.money import payments_at, to_pay_at
from claims.past.querying import incident_at, nothing_since, owner_at, type_at

__all__ = [
    "NOTHING",
    "PastClaim",
    "claim_known_at",
    "incident_at",
    "notes_for",
    "nothing_since",
    "owner_at",
    "payments_at",
    "to_pay_at",
    "type_at",
]
