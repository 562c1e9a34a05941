"""What policies tells the rooms to its right, after the commit, and what it asks and tells them inside the transaction."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from policies.terms import Terms


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
class PolicyEndorsed:
    policy_id: UUID
    policy_number: str
    version: int
    effective_at: datetime.datetime
    premium_change: Decimal
    actor_id: UUID | None


@dataclass(frozen=True, slots=True)
class PolicyReinstated:
    policy_id: UUID
    policy_number: str
    effective_at: datetime.datetime
    premium_change: Decimal
    actor_id: UUID | None


@dataclass(frozen=True, slots=True)
class PolicyRenewed:
    policy_id: UUID
    policy_number: str
    renewal_id: UUID
    renewal_number: str
    actor_id: UUID | None


@dataclass(frozen=True, slots=True)
class CoverStretch:
    """A stretch in force, and the terms on which a loss in it is paid."""

    starts_at: datetime.datetime
    ends_at: datetime.datetime
    terms: Terms


@dataclass(frozen=True, slots=True)
class RatedTerm:
    """A term and what it is rated by: the version of its product, its dates and its figures."""

    product_version_id: UUID | None
    start_date: datetime.datetime
    end_date: datetime.datetime
    terms: Terms


@dataclass(slots=True)
class TermRating:
    """Asked where a term is corrected. Whoever sold it at the product's rates answers: `rated`, and what the rates come to for the term as
    it was and as it is to be; None where they cannot tell."""

    policy_id: UUID
    before: RatedTerm
    after: RatedTerm
    rated: bool = False
    premium_before: Decimal | None = None
    premium_after: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PolicyTermsChanging:
    """Asked before the terms are changed, so that a room to the right can object. `stretches` is all that will be in force, and
    `product_version_id` the version of its product that the policy will be on; where that is another one, `moved_by` is the field that
    makes it so."""

    policy_id: UUID
    product_version_id: UUID | None
    start_date: datetime.datetime
    end_date: datetime.datetime
    stretches: tuple[CoverStretch, ...]
    moved_by: str = ""


@dataclass(frozen=True, slots=True)
class PolicyCancelling:
    """Asked before the cover is ended at `effective_at`, so that a room to the right can object."""

    policy_id: UUID
    effective_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class CoverWidening:
    """Asked before more is covered of losses from `starts_at` to `ends_at`: who knows of one objects ("known_loss").

    `field` is what makes it so: coverage_amount (a higher limit), deductible_amount (a lower one), covers.CODE.limit_amount and
    covers.CODE.deductible_amount (of a single coverage), effective_date (there was no cover), start_date and end_date (the term was
    shorter). `by_product`: the version of a product that goes with the new value pays more.
    """

    policy_id: UUID
    field: str
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    by_product: bool = False


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
