"""What customers asks and tells the rooms to its right."""

import datetime
from dataclasses import dataclass, field
from typing import Any
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


@dataclass(frozen=True, slots=True)
class ErasureStanding:
    """Asked before anything is erased: what still runs for these records goes into `runs`, in words without personal data; when what
    has ended did so, into `ended`: the law's retention is counted from the last of them."""

    customer_ids: frozenset[UUID]
    runs: list[str] = field(default_factory=list)
    ended: list[datetime.datetime] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CustomerErasing:
    """Asked inside the transaction: whoever keeps personal data of these records outside of the customer's own takes it away now.

    Money, dates and decisions stay. Stored files go last, through `files`: (storage, name).
    """

    customer_ids: frozenset[UUID]
    actor: User | None
    files: list[tuple[Any, str | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CustomerErased:
    """Told after the commit."""

    customer_id: UUID
    actor_id: UUID | None


@dataclass(frozen=True, slots=True)
class CustomerExporting:
    """Asked by an export: each room puts what it holds on these records under a name of its own into `shares`, as JSON takes it."""

    customer_ids: frozenset[UUID]
    shares: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class LooksCounting:
    """Asked where somebody's looks of the day are counted: each room that shows personal data of people who are no customers adds its own
    since that moment."""

    actor_id: UUID
    since: datetime.datetime
    number: int = 0
