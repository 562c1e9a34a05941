"""What billing tells the rooms to its right, after the commit."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class EntryBooked:
    """`amount` is signed as in the ledger: what the policyholder owes is positive."""

    policy_id: UUID
    entry_id: UUID
    kind: str
    amount: Decimal
    actor_id: UUID | None


@dataclass(frozen=True, slots=True)
class NoticeGiven:
    policy_id: UUID
    invoice_number: str
    amount: Decimal
    lapses_at: str
