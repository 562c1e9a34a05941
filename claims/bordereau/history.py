"""The rows of history and money that a closed claim leaves: plain rows, because a book has a quarter of a million of them."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from claims.bordereau.lines import ClosedClaim
from claims.models import Claim, Stage, Status
from policies.models import Policy
from vanguard.ids import new_id

NOT_LIABLE = "Not liable, as the bordereau says."


class ClaimStep(NamedTuple):
    """A row of ClaimTransition, by its columns. Nobody here took the step: the actor stays empty."""

    id: UUID
    claim_id: UUID
    at: datetime
    command: str
    from_status: str
    to_status: str
    stage: str
    amount: Decimal | None = None
    reason: str = ""
    actor_id: UUID | None = None
    correlation_id: str = ""
    basis: str = ""


class PolicyStep(NamedTuple):
    """A row of PolicyTransition, by its columns."""

    id: UUID
    policy_id: UUID
    at: datetime
    command: str
    from_status: str
    to_status: str
    actor_id: UUID | None = None
    reason: str = ""
    correlation_id: str = ""


class Payment(NamedTuple):
    """A row of ClaimPayment, by its columns."""

    id: UUID
    claim_id: UUID
    amount: Decimal
    paid_at: datetime
    created_at: datetime


def claim_history(source: ClosedClaim, claim: Claim) -> list[ClaimStep]:
    """The steps that the bordereau tells of. It does not say when work began: the day of the report is taken."""
    pk = claim.pk
    pending, processing, approved, denied = Status.PENDING, Status.PROCESSING, Status.APPROVED, Status.DENIED
    steps = [
        ClaimStep(new_id(), pk, source.reported, "submit", "", pending, Stage.REPORTED, source.loss),
        ClaimStep(new_id(), pk, source.reported, "start", pending, processing, Stage.INVESTIGATION),
    ]
    if source.liable:
        steps.append(ClaimStep(new_id(), pk, source.decided, "approve", processing, approved, Stage.APPROVED, source.paid))
    else:
        steps.append(ClaimStep(new_id(), pk, source.decided, "deny", processing, denied, Stage.DENIED, reason=NOT_LIABLE))
    if source.paid:
        steps.append(ClaimStep(new_id(), pk, source.decided, "pay", approved, approved, Stage.PAID, source.paid))
    return [*steps, ClaimStep(new_id(), pk, source.closed, "close", claim.status, claim.status, claim.stage)]


def payments(source: ClosedClaim, claim: Claim) -> list[Payment]:
    """One payment where something was paid: the bordereau holds sums, not instalments."""
    return [Payment(new_id(), claim.pk, source.paid, source.decided, claim.created_at)] if source.paid else []


def policy_history(policy: Policy) -> list[PolicyStep]:
    """Booked at its start, expired at its end."""
    active, expired = Policy.Status.ACTIVE, Policy.Status.EXPIRED
    steps = [PolicyStep(new_id(), policy.pk, policy.start_date, "book", "", active)]
    if policy.status == expired:
        steps.append(PolicyStep(new_id(), policy.pk, policy.end_date, "expire", active, expired))
    return steps
