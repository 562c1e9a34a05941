"""Every change to a claim. Each function is one transaction, asks for the permission, and refuses by a DomainError."""

from claims.letters.services import write_letter
from claims.services.appeals import appeal_claim
from claims.services.asking import answer_question, ask_information, receive_information
from claims.services.claimants import ToldClaimant, add_claimant, end_claimant, reveal_claimant
from claims.services.claimants_data import AskedErasure, export_claimant, request_claimant_erasure
from claims.services.clocks import correct_jurisdiction, extend_clock, record_answer, record_inquiry
from claims.services.closing import close_claim, reopen_claim
from claims.services.decisions import approve_claim, withdraw_approval
from claims.services.denying import deny_claim
from claims.services.drafts import discard_notice, file_notice, take_notice
from claims.services.file import add_note, attach_document, examine_upload, scan_waiting_documents
from claims.services.handling import assign_claim, hand_over, release_claim, start_claim, take_next_claim
from claims.services.intake import delete_claim, submit_claim, update_claim
from claims.services.ledger import set_reserve
from claims.services.look_alikes import PossibleDuplicate, link_claims, look_alikes
from claims.services.paying import approve_payment, clear_payment, issue_payment, pay_claim, stop_payment, void_payment
from claims.services.proving import faults_of
from claims.services.recovering import record_recovery, reverse_recovery
from claims.services.triaging import triage_claim
from claims.services.working import check_claim_cover, evaluate_claim, investigate_claim

__all__ = [
    "AskedErasure",
    "PossibleDuplicate",
    "ToldClaimant",
    "add_claimant",
    "add_note",
    "answer_question",
    "appeal_claim",
    "approve_claim",
    "approve_payment",
    "ask_information",
    "assign_claim",
    "attach_document",
    "check_claim_cover",
    "clear_payment",
    "close_claim",
    "correct_jurisdiction",
    "delete_claim",
    "deny_claim",
    "discard_notice",
    "end_claimant",
    "evaluate_claim",
    "examine_upload",
    "export_claimant",
    "extend_clock",
    "faults_of",
    "file_notice",
    "hand_over",
    "investigate_claim",
    "issue_payment",
    "link_claims",
    "look_alikes",
    "pay_claim",
    "receive_information",
    "record_answer",
    "record_inquiry",
    "record_recovery",
    "release_claim",
    "reopen_claim",
    "request_claimant_erasure",
    "reveal_claimant",
    "reverse_recovery",
    "scan_waiting_documents",
    "set_reserve",
    "start_claim",
    "stop_payment",
    "submit_claim",
    "take_next_claim",
    "take_notice",
    "triage_claim",
    "update_claim",
    "void_payment",
    "withdraw_approval",
    "write_letter",
]
