"""The rows of history and money that a closed claim leaves: plain rows, because a book has a quarter of a million of them."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from claims.bordereau.lines import ClosedClaim
from claims.models import Claim, CostType, EntryKind, PaymentStatus, Stage, Status
from claims.stages import Work
from policies.models import Policy
from vanguard.ids import new_id
from vanguard.money import ZERO

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
    status: str
    coverage: str
    cost_type: str
    payee: str = ""
    basis: str = ""
    waits_for: str = ""
    seal: str = ""


class Entry(NamedTuple):
    """A row of LedgerEntry, by its columns."""

    id: UUID
    claim_id: UUID
    coverage: str
    cost_type: str
    kind: str
    paid: Decimal
    payment_id: UUID
    effective_at: datetime
    booked_at: datetime
    source: str = ""
    outstanding: Decimal = ZERO
    recovered: Decimal = ZERO
    reason: str = ""
    correlation_id: str = ""


def claim_history(source: ClosedClaim, claim: Claim, *, is_named: bool = True) -> list[ClaimStep]:
    """The steps that the bordereau tells of. It does not say when work began: the day of the report is taken.

    Each loss was in force, or it would be refused; `is_named`: a coverage of the policy names its type.
    """
    pk = claim.pk
    pending, processing, approved, denied = Status.PENDING, Status.PROCESSING, Status.APPROVED, Status.DENIED
    steps = [
        ClaimStep(new_id(), pk, source.reported, "submit", "", pending, Stage.REPORTED, source.loss),
        ClaimStep(new_id(), pk, source.reported, "start", pending, processing, Work(cover_open=not is_named).stage),
    ]
    if source.liable:
        steps.append(ClaimStep(new_id(), pk, source.decided, "approve", processing, approved, Stage.APPROVED, source.paid))
    else:
        steps.append(ClaimStep(new_id(), pk, source.decided, "deny", processing, denied, Stage.DENIED, reason=NOT_LIABLE))
    if source.paid:
        steps.append(ClaimStep(new_id(), pk, source.decided, "pay", approved, approved, Stage.PAID, source.paid))
    return [*steps, ClaimStep(new_id(), pk, source.closed, "close", claim.status, claim.status, claim.stage)]


def payment(source: ClosedClaim, claim: Claim, coverage: str) -> Payment:
    """What was paid: the bordereau holds sums, not instalments, and no longer knows to whom."""
    cleared, indemnity = PaymentStatus.CLEARED.value, CostType.INDEMNITY.value
    return Payment(new_id(), claim.pk, source.paid, source.decided, claim.created_at, cleared, coverage, indemnity)


def entry(payment: Payment) -> Entry:
    """Its booking. A bordereau of closed claims tells of no reserve: nothing was set aside, and nothing is."""
    kind = EntryKind.PAYMENT.value
    return Entry(
        new_id(), payment.claim_id, payment.coverage, payment.cost_type, kind, payment.amount, payment.id,
        payment.paid_at, payment.created_at,
    )  # fmt: skip


def policy_history(policy: Policy) -> list[PolicyStep]:
    """Booked at its start, expired at its end."""
    active, expired = Policy.Status.ACTIVE, Policy.Status.EXPIRED
    steps = [PolicyStep(new_id(), policy.pk, policy.start_date, "book", "", active)]
    if policy.status == expired:
        steps.append(PolicyStep(new_id(), policy.pk, policy.end_date, "expire", active, expired))
    return steps
