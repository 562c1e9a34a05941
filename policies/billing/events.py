"""What billing tells the rooms to its right: after the commit, or inside the transaction where that is said."""

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
class NoticeGiving:
    """Told inside the transaction that gives the notice: who has to put it in writing does so, or objects, and none is given."""

    policy_id: UUID


@dataclass(frozen=True, slots=True)
class NoticeGiven:
    policy_id: UUID
    invoice_number: str
    amount: Decimal
    lapses_at: str
