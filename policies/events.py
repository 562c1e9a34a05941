"""What policies tells the rooms to its right, after the commit."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PolicyBooked:
    policy_id: UUID
    policy_number: str
    policy_type: str
    premium_amount: Decimal
    actor_id: UUID | None


@dataclass(frozen=True, slots=True)
class PolicyCancelled:
    policy_id: UUID
    policy_number: str
    reason: str
    actor_id: UUID | None


@dataclass(frozen=True, slots=True)
class PolicyTermsChanging:
    """Asked before the terms are changed, so that a room to the right can object. `most_payable` is limit less deductible."""

    policy_id: UUID
    start_date: datetime.datetime
    end_date: datetime.datetime
    most_payable: Decimal


@dataclass(frozen=True, slots=True)
class PolicyCancelling:
    """Asked before the cover is ended at `effective_at`, so that a room to the right can object."""

    policy_id: UUID
    effective_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class PremiumBooked:
    """Told inside the transaction that books it, so that what is owed changes with the cover or not at all.

    `amount` is the signed change of the term's written premium; `kind` the version's kind.
    """

    policy_id: UUID
    version: int
    kind: str
    amount: Decimal
    effective_at: datetime.datetime
    booked_at: datetime.datetime
    actor_id: UUID | None
