"""What special investigation tells, after the commit: to compliance only, so it is no event of the claim that others hear."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ClaimReferred:
    """It is with special investigation from now on."""

    claim_id: UUID
    claim_number: str
    score: int
    actor_id: UUID | None


@dataclass(frozen=True, slots=True)
class ReferralClosed:
    """The investigation has an outcome."""

    claim_id: UUID
    claim_number: str
    outcome: str
    actor_id: UUID | None
