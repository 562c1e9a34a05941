"""Every change to a claim. Each function is one transaction, asks for the permission, and refuses by a DomainError."""

from claims.services.closing import close_claim, reopen_claim
from claims.services.decisions import approve_claim, deny_claim
from claims.services.file import add_note, attach_document
from claims.services.handling import assign_claim, start_claim, take_next_claim
from claims.services.intake import delete_claim, submit_claim, update_claim

__all__ = [
    "add_note",
    "approve_claim",
    "assign_claim",
    "attach_document",
    "close_claim",
    "delete_claim",
    "deny_claim",
    "reopen_claim",
    "start_claim",
    "submit_claim",
    "take_next_claim",
    "update_claim",
]
