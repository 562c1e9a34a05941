"""The claim and its money: reserves and what moved in the ledger, payments, recoveries, the proof of each approval."""

from claims.models.authority import AuthorityLimit
from claims.models.claim import (
    AGAIN,
    DECIDED,
    STAGES_OF,
    Claim,
    ClaimDocument,
    ClaimNote,
    ClaimQuerySet,
    ClaimTransition,
    DocumentKind,
    EarlierDescription,
    Stage,
    Status,
)
from claims.models.ledger import Balance, CostType, EntryKind, LedgerEntry, LedgerQuerySet, RecoverySource
from claims.models.payments import ClaimPayment, PaymentStatus
from claims.models.proof import SettlementProof

__all__ = [
    "AGAIN",
    "DECIDED",
    "STAGES_OF",
    "AuthorityLimit",
    "Balance",
    "Claim",
    "ClaimDocument",
    "ClaimNote",
    "ClaimPayment",
    "ClaimQuerySet",
    "ClaimTransition",
    "CostType",
    "DocumentKind",
    "EarlierDescription",
    "EntryKind",
    "LedgerEntry",
    "LedgerQuerySet",
    "PaymentStatus",
    "RecoverySource",
    "SettlementProof",
    "Stage",
    "Status",
]
