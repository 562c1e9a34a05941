"""What customers asks and tells the rooms to its right."""

from dataclasses import dataclass
from uuid import UUID

from vanguard.accounts.models import User


@dataclass(frozen=True, slots=True)
class CustomersMerging:
    """Asked inside the transaction: whoever keeps records of `merged_id` hands them to `kept_id` now, and notes each (`record_moved`).

    Or objects: a DomainError refuses the merge.
    """

    merge_id: UUID
    kept_id: UUID
    merged_id: UUID
    actor: User | None


@dataclass(frozen=True, slots=True)
class CustomersUnmerging:
    """Asked inside the transaction: what was noted for this merge goes back to `merged_id`, and nothing else."""

    merge_id: UUID
    kept_id: UUID
    merged_id: UUID
    actor: User | None


@dataclass(frozen=True, slots=True)
class CustomersMerged:
    """Told after the commit."""

    merge_id: UUID
    kept_id: UUID
    merged_id: UUID
    actor_id: UUID | None


@dataclass(frozen=True, slots=True)
class CustomersUnmerged:
    """Told after the commit."""

    merge_id: UUID
    kept_id: UUID
    merged_id: UUID
    actor_id: UUID | None
