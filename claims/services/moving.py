"""The one place that moves a claim from state to state, and the checks that every step shares."""

import copy
from decimal import Decimal
from typing import Any
from uuid import UUID

from claims.clocks.keeping import move_clocks
from claims.diary.services import keep_diary
from claims.events import ClaimChanged, ClaimEvent, DecisionConsidered
from claims.models import Claim, ClaimTransition, Stage, Status
from claims.rules import ALLOWED_FROM, require_own
from policies.models import Policy
from vanguard import context
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change
from vanguard.errors import Conflict, Invalid
from vanguard.events import consult, publish
from vanguard.making import new
from vanguard.querysets import get_or_refuse, locked


def claim_for(actor: User | None, permission: str, claim_id: UUID, version: int | None = None, *, under_cover: bool = False) -> Claim:
    """The claim, locked, for a step that needs `permission`: the actor's own, nobody's, or anybody's for who may.

    `under_cover`: the step asks whether the policy covers the loss, so the policy is locked too, and before the claim, as
    everywhere. Otherwise the terms and the loss could change past each other, each right by what it read.
    """
    require(actor, permission)
    claim = locked_under_cover(claim_id, version) if under_cover else locked(Claim.objects.all(), claim_id, version)
    require_own(actor, claim)
    return claim


def locked_under_cover(claim_id: UUID, version: int | None = None) -> Claim:
    """The claim with its policy, both locked. Of all claims of the policy one at a time is here: what they use up of one aggregate
    holds still."""
    policy = _policy_of(claim_id)
    claim = locked(Claim.objects.all(), claim_id, version)
    claim.policy = policy
    return claim


def _policy_of(claim_id: UUID) -> Policy:
    policy_id = get_or_refuse(Claim.objects.only("policy_id"), claim_id).policy_id
    return get_or_refuse(Policy.objects.select_for_update(no_key=True), policy_id)


def second_person_reasons(claim: Claim) -> list[str]:
    """Why a second person decides on the claim's money whatever the amount, as other rooms say; mostly nothing."""
    question = DecisionConsidered(claim.pk)
    consult(question)
    return question.second_person


def require_step(claim: Claim, command: str) -> None:
    """Raises Conflict ("not_allowed_now") when the claim's status does not allow `command`."""
    if claim.status not in ALLOWED_FROM[command]:
        allowed = " or ".join(status.value for status in ALLOWED_FROM[command])
        message = f"{claim.claim_number} is {claim.status}; {command} is for a claim that is {allowed}."
        raise Conflict(message, code="not_allowed_now", field="status")


def required_reason(reason: str) -> str:
    """The reason, trimmed. Raises Invalid when there is none."""
    if not reason.strip():
        raise Invalid("Give a reason.", code="required", field="reason")
    return reason.strip()


def move(
    claim: Claim,
    actor: User | None,
    command: str,
    *,
    status: Status,
    stage: Stage,
    event: type[ClaimEvent] | None = None,
    amount: Decimal | None = None,
    reason: str = "",
    basis: str = "",
    maker: User | None = None,
    **values: Any,
) -> Claim:
    """Change state by compare-and-swap, with its history row, clocks, next deadline, diary and event, in the open transaction.

    Every step of every service comes by here, so no clock is forgotten. A step of the clocks themselves brings `due_at` along.
    """
    from_status, former_owner_id, former_stage = claim.status, claim.assignee_id, claim.stage
    values |= {"status": status, "stage": stage}
    after = copy.copy(claim)
    for name, value in values.items():
        setattr(after, name, value)
    if "due_at" not in values:
        values["due_at"] = move_clocks(command, claim, after)
    change(claim, **values)
    record(claim, actor, command, from_status=from_status, amount=amount, reason=reason, basis=basis, maker=maker)
    keep_diary(claim, actor, former_owner_id, former_stage)
    tell(event or ClaimChanged, claim, actor, amount)
    return claim


def record(
    claim: Claim,
    actor: User | None,
    command: str,
    *,
    from_status: str,
    amount: Decimal | None = None,
    reason: str = "",
    basis: str = "",
    maker: User | None = None,
) -> None:
    """Store the history row of a step that has just been made (changed or touched: see `Transition`)."""
    step = step_of(claim, actor, command, from_status=from_status, amount=amount, reason=reason, basis=basis, maker=maker)
    step.save(force_insert=True)


def step_of(
    claim: Claim,
    actor: User | None,
    command: str,
    *,
    from_status: str,
    amount: Decimal | None = None,
    reason: str = "",
    basis: str = "",
    maker: User | None = None,
) -> ClaimTransition:
    """The history row of a step, not stored yet."""
    return new(
        ClaimTransition,
        at=claim.updated_at,
        claim=claim,
        actor=actor,
        command=command,
        from_status=from_status,
        to_status=claim.status,
        stage=claim.stage,
        amount=amount,
        reason=reason,
        basis=basis,
        maker=maker,
        correlation_id=context.correlation_id.get(),
    )


def tell(event: type[ClaimEvent], claim: Claim, actor: User | None, amount: Decimal | None) -> None:
    """Publish `event` with the claim as it now is."""
    actor_id = actor.pk if actor else None
    publish(event(claim.pk, claim.claim_number, claim.claim_type, claim.status, claim.stage, amount, actor_id))
